"""Pre-check over HTTP, on this machine only unless told otherwise: for hospital systems to try.

`POST /precheck` takes one draft encounter in the interface's JSON and answers what :func:`precheck` answers; bad input
is answered 422 with every field named. `GET /health` says what is loaded and how long answers take. Nothing is stored
and nothing of a request is logged. No page loads anything from elsewhere.
"""

from __future__ import annotations

import ipaddress
import socket
import statistics
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from yb_analytics.rules.precheck._asking import answer
from yb_analytics.rules.precheck._desk import Desk
from yb_analytics.rules.precheck._encounter import Unreadable, read
from yb_analytics.schema import Refusal

LARGEST = 4 * 2**20
"""Bytes of one request."""

HOSTS = ("127.0.0.1", "localhost", "[::1]")
"""Names of this machine: a page elsewhere cannot ask under a name of its own."""

_TIMES = 1_000
"""Answers the times of /health are of."""

PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><title>事前提醒 · Pre-check</title>
<body style="font-family:sans-serif;max-width:46em;margin:2em auto;line-height:1.6">
<h1>事前提醒 · Pre-check</h1>
<p>以国家接口报文（2203、2204/2301、2206/2304 节点）提交一次就诊草稿，返回提醒；不拒付。
<br>Post one draft encounter in the national interface's JSON; the answer reminds and never refuses.</p>
<pre>POST /precheck
{"fixmedins_code": "H33040200001", "psn_no": "…",
 "feedetail": [{"feedetl_sn": "1", "med_list_codg": "…", "fee_ocur_time": "2025-06-15 08:30:00",
                "cnt": 1, "pric": 12.5, "det_item_fee_sumamt": 12.5}],
 "diseinfo": [{"diag_code": "K80.100"}],
 "setlinfo": {"fund_pay_sumamt": 10.0}}</pre>
<p><a href="health">/health</a> 运行状况 · state；<a href="openapi.json">/openapi.json</a> 接口定义 · schema。
422：逐项写明有误的字段 · every field that is wrong is named.</p></body></html>"""


class Clock:
    """How long the last answers took."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: deque[float] = deque(maxlen=_TIMES)
        self.answered = self.refused = 0

    def took(self, milliseconds: float) -> None:
        """An answer was given."""
        with self._lock:
            self._last.append(milliseconds)
            self.answered += 1

    def bad(self) -> None:
        """A request was refused."""
        with self._lock:
            self.refused += 1

    def told(self) -> dict[str, float | int | None]:
        """Counts and times, in milliseconds."""
        with self._lock:
            last = sorted(self._last)
        return {"answered": self.answered, "refused": self.refused,
                "p50_ms": round(statistics.median(last), 2) if last else None,
                "p99_ms": round(last[min(len(last) - 1, int(len(last) * 0.99))], 2) if last else None}


def application(desk: Desk, hosts: Sequence[str] = HOSTS) -> Any:
    """The web application over a warm desk; `hosts` are the names it may be asked under (`*`: any)."""
    from fastapi import FastAPI, Request
    from fastapi.responses import HTMLResponse, JSONResponse
    from starlette.concurrency import run_in_threadpool
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    app, clock = FastAPI(title="事前提醒 · Pre-check", version="1", docs_url=None, redoc_url=None), Clock()
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*hosts], www_redirect=False)

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    def page() -> str:
        return PAGE

    @app.get("/health", summary="运行状况 · State")
    def health() -> dict[str, Any]:
        return {"state": "ok", "rules": len(desk.classes), "points": desk.number, "since": desk.store.since.isoformat(),
                "data_version": desk.w.data_version, "as_of": desk.w.as_of.isoformat(), **clock.told()}

    @app.post("/precheck", summary="事前提醒 · Check a draft", openapi_extra={"requestBody": {
        "required": True, "content": {"application/json": {"schema": schema()}}}})
    async def check(request: Request) -> JSONResponse:
        began = time.perf_counter()
        body = await _body(request)
        status, told = await run_in_threadpool(_answered, desk, body) if body is not None else (413, _too_large())
        took = (time.perf_counter() - began) * 1e3
        clock.took(took) if status == 200 else clock.bad()
        return JSONResponse(told, status, {"X-Took-Ms": f"{took:.2f}", "Cache-Control": "no-store"})

    return app


async def _body(request: Any) -> bytes | None:
    """The body of a request; `None` if it is too large."""
    if int(request.headers.get("content-length") or 0) > LARGEST:
        return None
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST:
            return None
        parts.append(part)
    return b"".join(parts)


def _too_large() -> dict[str, Any]:
    return {"message": f"请求超过{LARGEST // 2**20}MB · request larger than {LARGEST // 2**20} MB", "errors": []}


def _answered(desk: Desk, body: bytes) -> tuple[int, dict[str, Any]]:
    try:
        return 200, answer(desk, read(body)).to_dict()
    except Unreadable as refusal:
        return 422, {"message": refusal.cause, "remedy": refusal.remedy, "errors": refusal.errors}
    except Refusal as refusal:
        return 422, {"message": refusal.cause, "remedy": refusal.remedy, "errors": []}


def schema() -> dict[str, Any]:
    """JSON schema of a message, from the canonical tables."""
    from yb_analytics.rules.precheck._encounter import json_schema

    return json_schema()


def loopback(host: str) -> bool:
    """Whether a host is this machine alone.

    Examples
    --------
    >>> loopback("127.0.0.1"), loopback("localhost"), loopback("::1"), loopback("0.0.0.0"), loopback("10.0.0.5")
    (True, True, True, False, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def refuse_outside(host: str, outside: bool) -> None:
    """Refuse an address other machines can reach, unless they may."""
    if not outside and not loopback(host):
        raise Refusal(f"{host} 可被其他机器访问 · can be reached from other machines",
                      "用 127.0.0.1，或确有防护时加 --allow-outside · add --allow-outside behind a proxy with access control",
                      "usage")


def serve(desk: Desk, host: str = "127.0.0.1", port: int = 8010, outside: bool = False) -> None:
    """Answer requests until interrupted.

    Raises
    ------
    Refusal
        If `host` is not this machine and `outside` does not say that others may reach it.
    """
    import uvicorn

    refuse_outside(host, outside)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            free.bind((host, port))
        except OSError as problem:
            raise Refusal(f"端口 {host}:{port} 不可用 · not to be had ({problem.strerror})",
                          "用 --port 换一个端口 · name another with --port", "environment") from None
    uvicorn.run(application(desk, ["*"] if outside else HOSTS), host=host, port=port, log_level="warning", access_log=False, server_header=False)

"""Figures as SVG, drawn by a Chromium that the machine already has; none is ever downloaded."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import threading
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from yb_analytics.schema import Refusal

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SECONDS = 60.0


def find_browser() -> Path | None:
    """The Chromium of this machine: `BROWSER_PATH`, else the first one on the search path."""
    named = os.environ.get("BROWSER_PATH")
    if named:
        return Path(named) if Path(named).is_file() else None
    found = (shutil.which(name) for name in BROWSERS)
    return next((Path(f) for f in found if f), None)


def svg(fig: Any, width: int = 720, height: int | None = None) -> bytes:
    """One figure as SVG; see :func:`svgs` for many."""
    return svgs([fig], width, [height])[0]


def svgs(figs: Sequence[Any], width: int = 720, heights: Sequence[int | None] | None = None) -> list[bytes]:
    """Several figures as SVG in one session of the browser.

    Parameters
    ----------
    figs
        Plotly figures or their JSON as dictionaries.
    width, heights
        Size in pixels; a height of None takes the figure's own.

    Raises
    ------
    Refusal
        Kind `environment` where the machine has no Chromium, or it does not draw.
    """
    if not figs:
        return []
    browser = find_browser()
    if browser is None:
        raise Refusal("no Chromium on this machine, figures cannot be drawn",
                      "install the Debian package chromium, or set BROWSER_PATH", "environment")
    plain = [_named(f if isinstance(f, dict) else f.to_plotly_json()) for f in figs]
    sizes = [{"format": "svg", "width": width, "height": int(h or f.get("layout", {}).get("height") or 400)}
             for f, h in zip(plain, heights or [None] * len(plain), strict=True)]
    try:
        drawn = _outside(_draw(plain, sizes, str(browser)))
    except Exception as problem:  # the browser is outside our hands
        raise Refusal(f"Chromium at {browser} did not draw: {type(problem).__name__}: {str(problem)[:120]}",
                      "reinstall the Debian package chromium", "environment") from problem
    return [_steady(raw, i) for i, raw in enumerate(drawn)]


def _named(fig: dict) -> dict:
    """The figure with a fixed id for every trace, where Plotly would draw lots."""
    return {**fig, "data": [{**trace, "uid": f"{i:06d}"} for i, trace in enumerate(fig["data"])]}


async def _draw(figs: list[dict], sizes: list[dict], browser: str) -> list[bytes]:
    import kaleido

    async with kaleido.Kaleido(n=1, timeout=SECONDS, mathjax=False, path=browser) as session:
        return [await session.calc_fig(f, opts=o) for f, o in zip(figs, sizes, strict=True)]


def _outside(work: Coroutine[Any, Any, list[bytes]]) -> list[bytes]:
    """Run in a thread with a loop of its own: a notebook's loop is already running."""
    box: dict[str, Any] = {}

    def run() -> None:
        try:
            box["value"] = asyncio.run(work)
        except BaseException as problem:
            box["error"] = problem

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join()
    if "error" in box:
        raise box["error"]
    return box["value"]


def _steady(raw: bytes, place: int) -> bytes:
    """The SVG with its random ids replaced, so the same figure gives the same bytes."""
    text = raw.decode("utf-8")
    found = re.search(r'id="defs-([0-9a-f]{6})"', text)
    return (text.replace(found[1], f"{place:06d}") if found else text).encode("utf-8")

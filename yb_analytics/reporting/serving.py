"""Open the dashboards on loopback; nothing they show or load comes from elsewhere."""

from __future__ import annotations

import importlib
import socket
import sys
from pathlib import Path
from typing import Any

from yb_analytics.schema import Refusal

ADDRESS = "127.0.0.1"
ROOT = Path(__file__).resolve().parents[2]


def pages(warehouse: Any) -> dict[str, Any]:
    """Address → page of the dashboards, for a server of one's own.

    Raises
    ------
    Refusal
        Kind `environment` where the folder `dashboards/` is not beside the package.
    """
    if not (ROOT / "dashboards" / "app.py").is_file():
        raise Refusal("看板文件夹 dashboards/ 不在程序旁 · the folder dashboards/ is not beside the package",
                      "请从代码仓库运行 · serve from a clone of the repository", "environment")
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    return importlib.import_module("dashboards.app").pages(warehouse)


def serve(warehouse: str | Path, port: int = 5006, announce: bool = True) -> None:
    """Serve the dashboards until interrupted, on 127.0.0.1 only.

    Parameters
    ----------
    warehouse
        Folder of a warehouse with published answers.
    port
        Refused with one line when another program has it.
    announce
        Print the address.
    """
    server = server_of(warehouse, port)
    if announce:
        print(f"看板 · Dashboards: http://{ADDRESS}:{server.port}  （Ctrl+C 停止 · stops）", flush=True)
    server.start()
    try:
        server.io_loop.start()
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()


def server_of(warehouse: Any, port: int) -> Any:
    """A server ready to start, bound to loopback, that takes websockets from its own address only.

    The warehouse (its folder, or a desk already open) must hold published answers before the port is taken.
    """
    from yb_analytics.reporting.views import Query, opened

    opened(warehouse).period(Query())
    _free(port)
    import panel
    import plotly

    found = pages(warehouse)
    assets = {"assets": str(ROOT / "dashboards" / "assets"),
              "plotly": str(Path(str(plotly.__file__)).parent / "package_data")}
    try:
        return panel.io.server.get_server(
            found, port=port, address=ADDRESS, show=False, start=False, location=False, static_dirs=assets,
            websocket_origin=[f"{ADDRESS}:{port}", f"localhost:{port}"], unused_session_lifetime_milliseconds=90_000,
            check_unused_sessions_milliseconds=15_000, title="医保基金监管")
    except OSError as problem:
        raise _taken(port) from problem


def _free(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            raise _taken(port) from None


def _taken(port: int) -> Refusal:
    return Refusal(f"端口 {port} 已被其他程序占用 · port {port} of {ADDRESS} is taken by another program",
                   "停止它，或用 --port 另选 · stop it, or choose another with --port", "environment")

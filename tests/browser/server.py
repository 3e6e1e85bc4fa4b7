"""`python -m tests.browser.server PORT [WAREHOUSE]`: the dashboards over the hand-made answers or a warehouse."""

from __future__ import annotations

import sys

from tests.browser.made import Published, explain
from yb_analytics.reporting import serving, views

if __name__ == "__main__":
    shown = sys.argv[2] if len(sys.argv) > 2 else views.Desk(Published(), explain)
    server = serving.server_of(shown, int(sys.argv[1]))
    server.start()
    print("ready", flush=True)
    server.io_loop.start()

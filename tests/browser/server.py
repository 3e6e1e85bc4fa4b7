"""`python -m tests.browser.server PORT`: the dashboards over the hand-made answers."""

from __future__ import annotations

import sys

from tests.browser.made import Published, explain
from yb_analytics.reporting import serving, views

if __name__ == "__main__":
    server = serving.server_of(views.Desk(Published(), explain), int(sys.argv[1]))
    server.start()
    print("ready", flush=True)
    server.io_loop.start()

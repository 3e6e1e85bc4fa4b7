"""One server and one browser for all tests; skipped where the machine has no Chromium."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from yb_analytics.plots import find_browser

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--no-first-run"]


def free_port() -> int:
    """A port nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def started(command: list[str], until: str):
    """A process of ours, once it has said `until`."""
    process = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, stdout=subprocess.PIPE, text=True,
                               env={**os.environ, "PYTHONPATH": str(ROOT)})
    for line in process.stdout:
        if until in line:
            return process
    raise RuntimeError(f"{command} ended with {process.wait()}")


def stopped(process) -> int:
    """End a process of ours as Ctrl+C does."""
    process.send_signal(signal.SIGINT)
    try:
        return process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


@pytest.fixture(scope="session")
def server():
    """Process and address of the dashboards over hand-made answers."""
    port = free_port()
    process = started(["tests.browser.server", str(port)], "ready")
    yield process, f"http://127.0.0.1:{port}"
    stopped(process)


@pytest.fixture(scope="session")
def chromium():
    """A Chromium of the machine, driven by Playwright; one profile, so scripts are fetched once."""
    path = find_browser()
    if path is None:
        pytest.skip("no Chromium on this machine: install the Debian package chromium")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(path), args=FLAGS)
        context = browser.new_context(accept_downloads=True)
        context.set_default_timeout(60_000)
        yield context
        browser.close()


class Visit:
    """A page with everything it asked for and complained about."""

    def __init__(self, context, base: str, width: int = 1280) -> None:
        self.base = base
        self.page = context.new_page()
        self.page.set_viewport_size({"width": width, "height": 900})
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.on("websocket", lambda s: self.requests.append(s.url))
        self.page.on("response", lambda r: self.errors.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type in ("error", "warning") else None)

    def open(self, address: str):
        """Go there and wait until it is connected and its figures are drawn."""
        self.page.goto(self.base + address)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until the session is there and every figure is drawn."""
        self.page.wait_for_function(
            "document.body.dataset.ready === '1' && "
            "[...document.querySelectorAll('.chart')].every(c => c.dataset.drawn === '1')", timeout=60_000)

    def shown(self, **state: str) -> None:
        """Wait until the answer to a click has come: the view has this state, none else but period and language."""
        self.page.wait_for_function("""wanted => {
            const has = Object.fromEntries(new URLSearchParams(document.body.dataset.shown || ""));
            delete has.lang;
            if (!("period" in wanted)) delete has.period;
            return JSON.stringify(Object.entries(has).sort()) === JSON.stringify(Object.entries(wanted).sort()); }""",
            arg=state, timeout=60_000)
        self.settle()

    @property
    def outside(self) -> list[str]:
        """What was asked of other machines."""
        own = (self.base, self.base.replace("http", "ws"), "blob:", "data:")
        return [url for url in self.requests if not url.startswith(own)]


@pytest.fixture
def visit(server, chromium):
    """Open visits; closed after the test."""
    made: list[Visit] = []

    def make(width: int = 1280) -> Visit:
        made.append(Visit(chromium, server[1], width))
        return made[-1]

    yield make
    for one in made:
        one.page.close()

"""`python -m tests.pictures data/demo`: the pictures of the README, made from the demo by a Chromium of the machine.

They go to `data/pictures/`: the overview in both languages, a lead, the index and the forecast, each under 300 KB.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.browser.conftest import FLAGS, Visit, free_port, started, stopped
from yb_analytics.plots import find_browser
from yb_analytics.schema import Refusal

PICTURES = Path(__file__).resolve().parents[1] / "data" / "pictures"
LARGEST = 300 * 1024


def main(demo: str = "data/demo") -> None:
    """Serve the demo warehouse, visit it, keep the pictures."""
    from playwright.sync_api import sync_playwright

    browser = find_browser()
    if browser is None:
        raise Refusal("no Chromium on this machine", "install the Debian package chromium", "environment")
    port = free_port()
    process = started(["tests.browser.server", str(port), str(Path(demo) / "warehouse")], "ready")
    try:
        with sync_playwright() as playwright:
            opened = playwright.chromium.launch(executable_path=str(browser), args=FLAGS)
            context = opened.new_context()
            context.set_default_timeout(120_000)
            _take(Visit(context, f"http://127.0.0.1:{port}", 1280))
            opened.close()
    finally:
        stopped(process)


def _take(visit: Visit) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    for lang, name in (("zh", "overview"), ("en", "overview-en")):
        page = visit.open(f"/?lang={lang}")
        page.set_viewport_size({"width": 1280, "height": 1080})
        page.wait_for_timeout(800)
        _keep(name, page.screenshot())
    page = visit.open("/")
    for block, name in (("county_index", "index"), ("forecast", "forecast")):
        _keep(name, page.locator(f"#v-{block}").screenshot())
    page = visit.open("/leads")
    page.locator("#v-lead_list tbody a").first.click()
    page.wait_for_selector("#s-findings")
    visit.settle()
    page.evaluate("window.scrollTo(0, document.getElementById('v-lead_detail').offsetTop - 12)")
    page.wait_for_timeout(600)
    _keep("lead", page.screenshot())


def _keep(name: str, picture: bytes) -> None:
    if len(picture) > LARGEST:
        raise Refusal(f"picture {name} has {len(picture)} bytes", "make it smaller", "failed")
    (PICTURES / f"{name}.png").write_bytes(picture)
    print(f"data/pictures/{name}.png  {len(picture) // 1024} KB")


if __name__ == "__main__":
    main(*sys.argv[1:2])

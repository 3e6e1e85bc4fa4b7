"""HTML editions: one self-contained file that opens offline, every text escaped, no outside address."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from yb_analytics.reporting.compose import Composition, grid

TEMPLATES = Path(__file__).parent / "templates"
_DRAW = """
document.querySelectorAll("script[data-figure]").forEach(function (holder) {
  var spec = JSON.parse(holder.textContent), place = document.getElementById(holder.dataset.figure);
  Plotly.newPlot(place, spec.data, spec.layout, {responsive: true, displaylogo: false,
    modeBarButtonsToRemove: ["sendDataToCloud", "lasso2d", "select2d"], locale: "zh-CN"});
});
window.addEventListener("beforeprint", function () {
  document.querySelectorAll("details").forEach(function (d) { d.open = true; });
});
"""


@cache
def environment() -> Environment:
    """Jinja2 with everything escaped and unknown names refused."""
    env = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
                      trim_blocks=True, lstrip_blocks=True)
    env.globals["grid"] = grid
    return env


def fragment(block: dict) -> str:
    """One block as HTML, for the notebook itself."""
    ready = {"number": "", "ref": "", **block}
    return environment().get_template("blocks.html.j2").module.show(ready, 0).strip()  # type: ignore[attr-defined]


def html(edition: Composition, about: dict[str, Any]) -> bytes:
    """An edition as one HTML file.

    Parameters
    ----------
    edition
        The composed document.
    about
        What the footer says: audience, data_version, code_version, notices.
    """
    figures = [b for b in edition.of("figure") if b.get("figure")]
    script = _plotly() if figures else ""
    run = Markup(_DRAW)
    page = environment().get_template("edition.html.j2").render(
        edition=edition, head=edition.head, about=about, sections=_sections(edition), policy=_policy(script, run),
        plotly=Markup(script), draw=run, figure_json=_figure_json)
    return page.encode("utf-8")


def _sections(edition: Composition) -> list[tuple[int, int, str]]:
    """Place, level and text of every heading, for the table of contents."""
    return [(i, b["level"], b["text"]) for i, b in enumerate(edition.body) if b["kind"] == "heading"]


def _figure_json(figure: dict) -> Markup:
    """JSON that cannot leave its script element."""
    text = json.dumps({"data": figure["data"], "layout": figure["layout"]}, ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


@cache
def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    return get_plotlyjs().replace("</script", "<\\/script")


def _policy(*scripts: str) -> str:
    """Content security policy that lets exactly these scripts run and nothing be fetched."""
    hashes = " ".join("'sha256-" + base64.b64encode(hashlib.sha256(s.encode("utf-8")).digest()).decode() + "'"
                      for s in scripts if s)
    return (f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
            "font-src data:; base-uri 'none'; form-action 'none'")

"""Blocks as escaped HTML: every value passes an autoescaping template, so names in data stay text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from yb_analytics.reporting.views._sheet import Sheet
from yb_analytics.reporting.views._words import say

TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True)
class View:
    """One block of a page: escaped HTML, the figure in it (JSON, empty when none), the tables it exports."""

    name: str
    html: str
    figure: str = ""
    sheets: dict[str, Sheet] = field(default_factory=dict)


@cache
def _environment():
    import jinja2

    made = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True,
                              lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    made.globals["say"] = say
    return made


def rendered(template: str, lang: str, **values: Any) -> str:
    """A template of the pages with its values escaped."""
    return _environment().get_template(template).render(lang=lang, **values)


@dataclass(frozen=True)
class Figure:
    """A chart with its text alternative."""

    json: str
    text: str


def figure(made: Any, text: str) -> Figure:
    """A plotly figure as JSON that fits the width it gets."""
    made.update_layout(width=None, autosize=True)
    return Figure(made.to_json(), text)


def block(name: str, lang: str, sheets: Sequence[Sheet] = (), chart: Figure | None = None, **shown: Any) -> View:
    """A titled block: optional chart with text alternative, sheets, notes.

    `shown` may hold `hint` (definition of what is shown), `note` (a line below), `fold` (hide tables behind
    “show the table”), `before` (escaped HTML placed first), `empty` (a sentence shown when there is nothing).
    """
    values = {"hint": "", "note": "", "fold": chart is not None, "before": "", "empty": "", "title": say(name, lang),
              **shown}
    html = rendered("block.html", lang, name=name, sheets=[s for s in sheets if s.rows], chart=chart, **values)
    return View(name, html, chart.json if chart else "", {s.name: s for s in sheets})


def script(text: str) -> str:
    """JSON that can stand in a script element whatever it holds."""
    for sign, code in (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e"), ("\u2028", "\\u2028"),
                       ("\u2029", "\\u2029")):
        text = text.replace(sign, code)
    return text


def page(views: dict[str, View], lang: str) -> str:
    """All blocks of a page in order, figures beside them as data."""
    charts = {name: json.loads(view.figure) for name, view in views.items() if view.figure}
    return rendered("page.html", lang, views=views.values(),
                    data=script(json.dumps(charts, ensure_ascii=False, separators=(",", ":"))))

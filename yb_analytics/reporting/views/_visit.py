"""One visit: the blocks of a page made, the frame around them, what changed, what is exported."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from yb_analytics.reporting.views._desk import Desk
from yb_analytics.reporting.views._html import View
from yb_analytics.reporting.views._query import Query
from yb_analytics.reporting.views._sheet import csv_bytes, xlsx_bytes
from yb_analytics.reporting.views._words import say
from yb_analytics.schema import Refusal

Block = Callable[[Desk, Query], View]
KINDS = {"csv": (csv_bytes, "text/csv;charset=utf-8"),
         "xlsx": (xlsx_bytes, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")}

_open: dict[Path, tuple[str, Desk]] = {}


def opened(path: str | Path | Desk) -> Desk:
    """The desk of a warehouse, opened anew when another version or other answers were published."""
    if isinstance(path, Desk):
        return path
    from yb_analytics.warehouse import open_warehouse

    place = Path(path).resolve()
    stamp = _stamp(place)
    if place not in _open or _open[place][0] != stamp:
        _open[place] = (stamp, Desk(open_warehouse(place)))
    return _open[place][1]


def _stamp(place: Path) -> str:
    """Names and times of everything published in a warehouse: manifests and answers."""
    files = sorted((*place.glob("manifests/*"), *place.glob("answers/*/*/*.parquet")))
    return "\n".join(f"{file}:{file.stat().st_mtime_ns}" for file in files)


def settled(desk: Desk, q: Query) -> Query:
    """The query with its period named, so that a shared link shows the same period later."""
    return replace(q, period=desk.period(q))


def frame(title: str, q: Query) -> dict[str, Any]:
    """The words around the blocks of a page."""
    keep = replace(Query(), lang=q.lang, period=q.period, county=q.county)
    links = [{"name": name, "text": say(name, q.lang), "href": f"./{'' if name == 'overview' else name}{keep.link()}",
              "here": name == title} for name in ("overview", "leads")]
    other = "en" if q.lang == "zh" else "zh"
    return {"lang": "zh-CN" if q.lang == "zh" else "en",
            "page_title": f"{say(title, q.lang)} · {say('product', q.lang)}",
            "heading": say(title, q.lang), "product": say("product", q.lang), "links": links,
            "other": {"text": say("other_language", q.lang), "href": q.link(lang=other),
                      "lang": "en" if other == "en" else "zh-CN"},
            "words": {key: say(key, q.lang) for key in ("skip", "pages", "evidence", "rounding", "updated", "offline")}}


def text_beside(file: str, name: str) -> str:
    """The text of a file that lies beside another."""
    return Path(file).with_name(name).read_text(encoding="utf-8")


def reply(title: str, before: Query, after: Query, blocks: dict[str, dict[str, str]]) -> dict[str, Any]:
    """What the browser gets after a click: changed blocks, addresses of the frame, the block to look at."""
    around = frame(title, after)
    scroll = "v-lead_detail" if after.lead and after.lead != before.lead else \
        "v-drill" if title == "leads" and (after.county, after.unit, after.lead) != (
            before.county, before.unit, before.lead) and after.filters == before.filters | after.filters else ""
    return {"blocks": blocks, "other": around["other"]["href"], "links": [link["href"] for link in around["links"]],
            "search": after.link(), "scroll": scroll}


def update(old: dict[str, View], new: dict[str, View]) -> dict[str, dict[str, str]]:
    """What a browser that shows `old` needs to show `new`."""
    return {name: {"html": view.html, "figure": view.figure} for name, view in new.items() if old.get(name) != view}


def download(desk: Desk, q: Query, views: dict[str, View], asked: dict[str, Any]) -> dict[str, str]:
    """A table of a page as a file: `asked` names block, table and kind."""
    view = views.get(str(asked.get("block")))
    sheet = view.sheets.get(str(asked.get("export"))) if view else None
    kind = str(asked.get("kind"))
    if sheet is None or kind not in KINDS:
        raise Refusal("no such export", "choose a table of the page and csv or xlsx", "usage")
    write, mime = KINDS[kind]
    period = desk.period(q)
    notes = _notes(desk, q, period)
    name = f"{sheet.title}_{period}_{desk.w.data_version}.{kind}".replace("/", "-").replace(":", "~").replace(" ", "")
    return {"file": name, "mime": mime, "data": base64.b64encode(write(sheet, notes)).decode("ascii")}


def _notes(desk: Desk, q: Query, period: str) -> Sequence[str]:
    said = [(say("period", q.lang), period), (say("as_of", q.lang), desk.w.as_of),
            (say("snapshot", q.lang), desk.w.data_version)]
    filters = [(say("amount_from" if k == "amount" else k, q.lang), v) for k, v in q.filters.items()]
    return [*(f"{name}: {value}" for name, value in (*said, *filters)), say("rounding", q.lang),
            say("evidence", q.lang)]

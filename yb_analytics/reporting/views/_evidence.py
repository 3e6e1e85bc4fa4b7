"""The evidence of one lead: findings, what could explain them innocently, settlement lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from yb_analytics.reporting.views._facts import sourced
from yb_analytics.reporting.views._html import View, block, rendered
from yb_analytics.reporting.views._names import columns, innocent, named, theme_name
from yb_analytics.reporting.views._query import Query
from yb_analytics.reporting.views._sheet import Col, Sheet, missing, records
from yb_analytics.reporting.views._words import say
from yb_analytics.schema import name_of
from yb_analytics.schema.text import rounded, yuan

if TYPE_CHECKING:
    from yb_analytics.reporting.views._desk import Desk

LINES = 500
"""Settlement lines shown on a page; the export has all that were read."""


def detail(desk: Desk, q: Query, lead: dict[str, Any]) -> View:
    """A lead with its facts, its findings and its lines."""
    from yb_analytics.reporting.views._desk import period_name, place_name

    told = desk.explain(q.lead)
    findings = _findings(desk, q, told.findings)
    lines = _lines(desk, q, told.lines)
    facts = {
        say("theme", q.lang): theme_name(lead["theme"], q.lang),
        say("subject", q.lang): desk.subject(lead["subject"], lead["subject_id"], q.lang),
        say("county", q.lang): place_name(lead["county"], q.lang),
        say("tier", q.lang): name_of("TIER", lead["tier"], q.lang),
        say("lead_amount", q.lang): yuan(float(lead["amount"]), q.lang),
        say("priority", q.lang): yuan(float(lead["priority"]), q.lang),
        say("score", q.lang): rounded(float(lead["score"]), 2),
        say("state", q.lang): name_of("LEAD_STATE", lead["state"], q.lang),
        say("period", q.lang): period_name(str(lead["period"]), q.lang),
        say("basis", q.lang): sourced(lead["basis"]),
    }
    before = rendered("lead.html", q.lang, why=desk.worded(lead["why"]), facts=facts,
                      innocent=innocent(str(lead["theme"]), q.lang))
    shown = Sheet(lines.name, lines.title, lines.cols, lines.rows[:LINES], q.lang, exact=True)
    made = block("lead_detail", q.lang, [findings, shown], before=before,
                 note="" if lines.rows else say("no_lines", q.lang))
    return View("lead_detail", made.html, "", {"findings": findings, "lines": lines})


def _findings(desk: Desk, q: Query, frame: pd.DataFrame) -> Sheet:
    rows = [{**r, "name": desk.title(r["found_by"], q.lang), "amount": float(r["amount"]),
             "level": name_of("TIER", r["tier"], q.lang).partition(",")[0], "basis": sourced(r["basis"]),
             "why": desk.worded(r["why"]),
             "guess": _yes(r.get("estimated"), q.lang)} for r in records(frame)]
    return Sheet("findings", say("findings", q.lang), [
        Col("name", "规则或模型 · Rule or detector"), Col("level", "层级 · Tier", "short"),
        Col("amount", "涉及基金（去重前） · Money before counting once", "yuan"),
        Col("guess", "是否估算 · Estimated", "short"), Col("score", "得分 · Score", "points"),
        Col("why", "说明 · Why", "long", foreign=True),
        Col("basis", "依据 · Clause", "name", foreign=True)], rows, q.lang)


def _yes(value: Any, lang: str) -> str | None:
    return None if missing(value) else name_of("YES_NO", "1" if value else "0", lang)


def _lines(desk: Desk, q: Query, frame: pd.DataFrame) -> Sheet:
    if "fixmedins_code" in frame.columns:
        frame = frame.assign(fixmedins_name=[desk.place(c)[0] for c in frame["fixmedins_code"]])
    cols = [c for c in columns(frame) if c.key != "fixmedins_code"]
    rows = [named(r, q.lang) for r in records(frame)]
    return Sheet("lines", say("lines", q.lang), cols, rows, q.lang, exact=True)

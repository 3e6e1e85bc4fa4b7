"""What is known about a figure: its unit and definition, its light, its change on earlier periods."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from yb_analytics.reporting.views._sheet import missing
from yb_analytics.reporting.views._words import say
from yb_analytics.schema import Period, Refusal
from yb_analytics.schema.text import rounded, show

if TYPE_CHECKING:
    from yb_analytics.reporting.views._desk import Desk
    from yb_analytics.reporting.views._query import Query


SEEDS = {"S0": "国办发〔2020〕20号", "S1": "运城基金监管意见（2021）", "S2": "国家医保局“无骗保城市”部署（2026）",
         "S3": "嘉兴“无骗保城市”实施意见（2020）", "S4": "湖南基金监管条例（2023）"}
"""Marks of the seed documents in `basis`, written out for readers."""

_DATES = {"ledger month": "台账月份", "settlement": "结算日期", "discharge": "出院日期",
          "month the contribution is for": "费款所属期"}


@cache
def _unit(name: str) -> Any:
    """What the shelf of indicators declares under a name, or None."""
    from yb_analytics.indicators import shelf

    try:
        return shelf[name] if name in shelf.names else None
    except Refusal:
        return None


def sourced(basis: str) -> str:
    """A basis with the short marks of the seed documents written out.

    Examples
    --------
    >>> sourced("S3 二(三)、三1"), sourced("条例 第三十八条(一)")
    ('嘉兴“无骗保城市”实施意见（2020） 二(三)、三1', '条例 第三十八条(一)')
    """
    return re.sub(r"\bS[0-4]\b", lambda found: SEEDS[found[0]], str(basis))


def unit_of(indicator: str) -> tuple[str, str, str]:
    """Unit, bilingual title and direction of an indicator; empty texts where the shelf has none."""
    held = _unit(indicator)
    return (held.unit, f"{held.title.zh} · {held.title.en}", held.better) if held is not None else ("", "", "")


def definition(name: str, lang: str) -> str:
    """Definition of an indicator in one paragraph, with its basis."""
    held = _unit(name)
    if held is None:
        return ""
    if lang != "zh":
        return " ".join(held.title.reason.split()) or held.title.en
    better = {"higher": "越高越好", "lower": "越低越好", "zero": "应为零"}[held.better]
    return f"{held.title.zh}。分母：{held.denominator}；{better}；依据：{sourced(held.basis)}；责任单位：{held.owner}。"


def metric_definition(row: dict[str, Any], lang: str) -> str:
    """Definition of a fund metric from its row: dimension and the date its rows count on."""
    basis = str(row.get("date_basis") or "")
    if lang != "zh":
        return f"Counted by {basis}." if basis else ""
    dimension = str(row.get("dimension") or "")
    return "；".join(s for s in (dimension, f"按{_DATES.get(basis, basis)}统计" if basis else "") if s)


def light(state: Any, lang: str) -> tuple[str, str]:
    """Mark and word of a warning state; the shape is drawn by the mark."""
    name = str(state) if str(state) in ("ok", "attention", "warning") else "not evaluable"
    return ("none" if name == "not evaluable" else name), say(name, lang)


def change(desk: Desk, q: Query, name: str, column: str, unit: str, ago: Any = None,
           **where: Any) -> list[str]:
    """同比 and 环比 of a figure where the earlier periods are held; of the number of rows without a column.

    `ago` is the figure of a year before where the answer itself holds it.
    """
    ago = None if missing(ago) else float(ago)
    period = Period.parse(desk.period(q))
    now = _figure(desk, name, period.text, column, where)
    told: list[str] = []
    for word, before in (("year_on_year", period.year_ago), ("on_previous", period.previous)):
        then = _figure(desk, name, before.text, column, where) if period.kind != "day" else None
        then = ago if then is None and word == "year_on_year" else then
        if now is None or then is None or (told and before.text == period.year_ago.text):
            continue
        told.append(f"{say(word, q.lang)} {_difference(now, then, unit, q.lang)}")
    return told


def _figure(desk: Desk, name: str, period: str, column: str, where: dict[str, Any]) -> float | None:
    if not column:
        return float(len(desk.rows(name, period))) or None
    row = desk.row(name, period, **where)
    return None if row is None or missing(row[column]) else float(row[column])


def _difference(now: float, then: float, unit: str, lang: str) -> str:
    if unit == "share":
        space = "" if lang == "zh" else " "
        return f"{_signed(100 * (now - then), 2)}{space}{say('points', lang)}"
    if unit in ("points", "months", "days"):
        return _signed(now - then, 2) + show(1, unit, lang).removeprefix("1")
    return f"{_signed(100 * (now / then - 1), 1)}%" if then else "—"


def _signed(value: float, digits: int) -> str:
    text = rounded(value, digits)
    return text if text.startswith("-") else f"+{text}"

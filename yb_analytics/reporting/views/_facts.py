"""What is known about a figure: its unit and definition, its light, its change on earlier periods."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from yb_analytics.reporting.views._sheet import missing
from yb_analytics.reporting.views._words import say
from yb_analytics.schema import Period, Refusal
from yb_analytics.schema.text import rounded, show

if TYPE_CHECKING:
    from yb_analytics.reporting.views._desk import Desk
    from yb_analytics.reporting.views._query import Query


@cache
def _unit(shelf: str, name: str) -> Any:
    """What a shelf declares under a name, or None."""
    try:
        if shelf == "fund":
            from yb_analytics.fund import shelf as units
        else:
            from yb_analytics.indicators import shelf as units
        return units[name] if name in units.names else None
    except (ImportError, Refusal):
        return None


def unit_of(indicator: str) -> tuple[str, str, str]:
    """Unit, bilingual title and direction of an indicator; empty texts where the shelf has none."""
    held = _unit("indicator", indicator)
    return (held.unit, f"{held.title.zh} · {held.title.en}", held.better) if held is not None else ("", "", "")


def definition(shelf: str, name: str, lang: str) -> str:
    """Definition of an indicator or metric in one paragraph, with its basis."""
    held = _unit(shelf, name)
    if held is None:
        return ""
    basis = getattr(held, "basis", "")
    if lang != "zh":
        reason = " ".join(held.title.reason.split()) or held.title.en
        return f"{reason} Basis: {basis}." if basis else reason
    better = {"higher": "越高越好", "lower": "越低越好", "zero": "应为零"}.get(getattr(held, "better", ""), "")
    parts = [f"分母：{held.denominator}" if getattr(held, "denominator", "") else "", better,
             f"依据：{basis}" if basis else "", f"责任单位：{held.owner}" if getattr(held, "owner", "") else ""]
    return f"{held.title.zh}。" + "；".join(p for p in parts if p)


def light(state: Any, lang: str) -> tuple[str, str]:
    """Mark and word of a warning state; the shape is drawn by the mark."""
    name = str(state) if str(state) in ("ok", "attention", "warning") else "not evaluable"
    return ("none" if name == "not evaluable" else name), say(name, lang)


def change(desk: Desk, q: Query, name: str, column: str, unit: str, **where: Any) -> list[str]:
    """同比 and 环比 of a figure where the earlier periods are held; of the number of rows without a column."""
    period = Period.parse(desk.period(q))
    now = _figure(desk, name, period.text, column, where)
    told = []
    for word, before in (("year_on_year", period.year_ago), ("on_previous", period.previous)):
        then = _figure(desk, name, before.text, column, where) if period.kind != "day" else None
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

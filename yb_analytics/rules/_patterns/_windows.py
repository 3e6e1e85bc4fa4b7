"""Windows in which quantities, days and amounts are counted."""

from __future__ import annotations

from datetime import timedelta

from ibis.expr import types as ir

from yb_analytics.rules._patterns import Asked

_BACK = {"day": timedelta(), "week": timedelta(days=7), "month": timedelta(days=31),
         "stay": timedelta(days=366), "year": timedelta(days=366)}
"""How far before the period a window may begin; a sliding one its own length."""


def days_of(window: str) -> int:
    """Length of a sliding window `<n>d` in days."""
    return int(window.removesuffix("d"))


def lines_back(asked: Asked) -> ir.Table:
    """Netted fee lines of the period and of every window that reaches into it."""
    back = [_BACK[w] if w in _BACK else timedelta(days=days_of(w)) for w in asked.windows]
    since = asked.period.start - max(back, default=timedelta())
    return asked.w.fee_lines.filter(lambda t: (t.fee_ocur_time >= since.isoformat())
                                    & (t.fee_ocur_time < asked.period.end.isoformat()) & (t.cnt > 0))


def bucket(rows: ir.Table) -> ir.StringValue:
    """The calendar window a row falls into, as text."""
    return rows.window.cases(
        ("stay", rows.mdtrt_id), ("week", rows.day.truncate("W").cast("string")),
        ("month", rows.day.truncate("M").cast("string")), ("year", rows.day.truncate("Y").cast("string")),
        else_=rows.day.cast("string"))

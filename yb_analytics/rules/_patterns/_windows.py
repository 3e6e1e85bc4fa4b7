"""Windows in which quantities, days and amounts are counted, and pairs and presuppositions looked for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from ibis.expr import types as ir

from yb_analytics.rules._patterns import Asked

COUNTED = ("max_count", "max_course", "max_amount", "requires", "pair")
"""Conditions with a window."""

_REACH = {"": timedelta(), "day": timedelta(), "week": timedelta(days=7), "month": timedelta(days=31),
          "stay": timedelta(days=366), "year": timedelta(days=366)}
"""How far before the period a window may begin; a sliding one its own length."""


def days_of(window: str) -> int:
    """Length of a sliding window `<n>d` in days."""
    return int(window.removesuffix("d"))


def hours_of(window: str) -> int:
    """Length of a window `<n>h` in hours."""
    return int(window.removesuffix("h"))


def reach(windows: Iterable[str]) -> timedelta:
    """How far the longest of some windows reaches.

    Examples
    --------
    >>> reach(["day", "90d", "month"]).days, reach(["36h"]).days, reach([]).days
    (90, 1, 0)
    """
    return max((_REACH[w] if w in _REACH else timedelta(hours=hours_of(w)) if w.endswith("h")
                else timedelta(days=days_of(w)) for w in windows), default=timedelta())


def lines_back(asked: Asked) -> ir.Table:
    """Netted fee lines of the period and of every window that reaches into it."""
    return asked.around(reach(asked.windows)).filter(lambda t: t.cnt > 0)


def lines_near(asked: Asked) -> ir.Table:
    """Netted fee lines of the period and of the windows around it; stays and hours reach to both sides."""
    both = reach(w for w in asked.windows if w == "stay" or w.endswith("h"))
    return asked.around(reach(asked.windows), both).filter(lambda t: t.cnt > 0)


def bucket(rows: ir.Table) -> ir.StringValue:
    """The calendar window a row falls into, as text."""
    return rows.window.cases(
        ("stay", rows.mdtrt_id), ("week", rows.day.truncate("W").cast("string")),
        ("month", rows.day.truncate("M").cast("string")), ("year", rows.day.truncate("Y").cast("string")),
        else_=rows.day.cast("string"))

"""The warehouse cut to a period, and what a detector needs of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from yb_analytics import knowledge
from yb_analytics.schema import TABLES, Period

_CUTS = {"stays": "begntime", "valid_settlements": "setl_time", "fee_lines": "fee_ocur_time",
         "drug_trace_d": "sale_time", "mdtrt_d": "begntime", "setl_d": "setl_time", "fee_list_d": "fee_ocur_time"}


class NotEvaluable(Exception):  # noqa: N818  (an answer, not a fault)
    """The data held cannot answer; the reason is told in the coverage statement."""


class Scope:
    """A warehouse whose fact tables show the period only; `history` shows everything up to its end.

    Parameters
    ----------
    warehouse
        The warehouse to look through.
    period
        The span; facts are cut by the time of admission, settlement, fee or sale.
    open_start
        True for `history`: nothing before the period is cut.
    """

    def __init__(self, warehouse: Any, period: Period, open_start: bool = False) -> None:
        self._warehouse, self.period, self._open = warehouse, period, open_start
        self._made: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(self._warehouse, name)
        if name not in _CUTS:
            return value
        column = value[_CUTS[name]]
        return value.filter(column < self.period.end.isoformat() if self._open else self.period.covers(column))

    def once(self, key: str, make: Callable[[], Any]) -> Any:
        """Make something for this period at first use, then keep it (fit and score share their rows)."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    @property
    def history(self) -> Scope:
        """The same warehouse up to the end of the period, the time before it included."""
        return Scope(self._warehouse, self.period, open_start=True)

    @property
    def last_day(self) -> date:
        """Last day of the period: the date parameters are read on."""
        return self.period.end - timedelta(days=1)


def unmet(w: Scope, needs: tuple[str, ...]) -> str | None:
    """Why the needs are not met, or nothing.

    A need is a table (`setl_d`), held for at least one month of the period, or a column (`setl_d.acct_pay`)
    that is filled in at least one row of it.
    """
    for need in needs:
        table, _, column = need.partition(".")
        if w.covers(table, w.period) <= 0:
            return f"{table} covers 0 % of {w.period}"
        if column:
            shown = getattr(w, table)
            filled = int(w.run(shown.aggregate(n=shown[column].count()))["n"].iloc[0])
            if not filled:
                return f"{table}.{column} ({TABLES[table][column].zh}) is empty in {w.period}"
    return None


def gaps(w: Scope, needs: tuple[str, ...]) -> str:
    """Which counties lack a needed table in the period, in Chinese; empty where none does."""
    p = knowledge.parameters("delivery", on=w.last_day)
    return w.delivery(p.expected_rows, p.stray_share).words({need.partition(".")[0] for need in needs}, w.period)

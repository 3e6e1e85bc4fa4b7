"""A large warehouse piece by piece: stretches of an ordered column, and all tables cut to the persons of one stretch.

Facts are sorted by person inside a month (trace codes by code), so a stretch reads its own row groups and little more,
and what is grouped by that column can be grouped stretch by stretch, in bounded memory.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from yb_analytics.schema import TABLES
from yb_analytics.warehouse.views.netted import LINES, SETTLEMENTS, Netted, fee_lines

AT_ONCE = 25_000_000
"""Rows that are grouped at once; more are cut into stretches."""

_LOOKED_AT = 200_000
"""Rows the ends of stretches are taken from."""

Stretch = tuple[str | None, str | None]
"""From (included) and to (excluded); empty: without bound."""


def stretches(w: Any, table: str, column: str, at_once: int | None = None) -> list[Stretch]:
    """Ranges of a column that hold about `at_once` rows of a table each, in order, nothing between them.

    Examples
    --------
    >>> import pandas as pd
    >>> from yb_analytics.warehouse import in_memory
    >>> w = in_memory({"ps_death": pd.DataFrame({"psn_no": list("abcd"), "death_date": "2025-01-01"})})
    >>> stretches(w, "ps_death", "psn_no", at_once=2)
    [(None, 'c'), ('c', None)]
    """
    rows = w.coverage()
    mine = rows[rows["table"] == table]
    number = -(-int(mine["rows"].sum()) // (at_once or AT_ONCE))
    if number <= 1:
        return [(None, None)]
    one = mine.loc[mine["rows"].idxmax()]
    t, month = w.table(table), TABLES[table].month
    if month and one["ym"]:  # a month stands for the year
        t = t.filter(t[month].strftime("%Y%m") == one["ym"])
    some = max(1, int(one["rows"]) // _LOOKED_AT)
    found = w.run(t.filter(t[column].hash() % some == 0).select(column))[column].sort_values(ignore_index=True)
    cuts = [found[len(found) * k // number] for k in range(1, number)] if len(found) else []
    ends: list[str | None] = [None, *dict.fromkeys(cuts), None]
    return list(itertools.pairwise(ends))


def within(rows: Any, column: str, stretch: Stretch) -> Any:
    """Rows of a table inside a stretch of its column."""
    since, until = stretch
    tests = ([] if since is None else [rows[column] >= since]) + ([] if until is None else [rows[column] < until])
    return rows.filter(*tests) if tests else rows


class OfPersons:
    """A warehouse cut to the persons of a stretch: the same names, fewer rows; what is not of a person stays whole.

    What it shows are views of fixed names. `turn` makes those anew that hold the bounds, so a query that was compiled
    for one stretch can run on the next.
    """

    _CUT = ("fee_list_d", "setl_d", "mdtrt_d", "psn_info_b", "ps_death", "stays")

    def __init__(self, w: Any) -> None:
        self._w = w
        self._views: dict[str, Any] = {}
        self._netted: dict[str, Netted] = {}

    def turn(self, stretch: Stretch) -> None:
        """Go on to another stretch."""
        for name in self._CUT:
            self._cut(name, getattr(self._w, name), stretch)
        for how in (SETTLEMENTS, LINES):
            whole = self._w.netted(how)
            roots = None if whole.roots is None else self._cut(f"{how.table}_roots", whole.roots, stretch)
            self._netted[how.table] = replace(whole, table=self._views[how.table], roots=roots)
        if "fee_lines" not in self._views:
            self._views["valid_settlements"] = self._named("valid_settlements", self.netted(SETTLEMENTS).rows())
            self._views["fee_lines"] = self._named("fee_lines", fee_lines(self))

    def _cut(self, name: str, rows: Any, stretch: Stretch) -> Any:
        self._views[name] = self._named(name, within(rows, "psn_no", stretch))
        return self._views[name]

    def _named(self, name: str, rows: Any) -> Any:
        return self._w.view(f"{name}_of_persons", rows)

    def __getattr__(self, name: str) -> Any:
        return self._views[name] if name in self._views else getattr(self._w, name)

    def netted(self, how: Any) -> Netted:
        """Reversals of a table, of these persons."""
        return self._netted[how.table]

    def fee_lines_of(self, narrow: Any) -> Any:
        """As of the whole warehouse, of these persons."""
        return fee_lines(self, narrow)

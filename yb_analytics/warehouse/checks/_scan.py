"""One look at a warehouse: rows with their month, county and the rows they refer to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import ibis

from yb_analytics.schema import TABLES, Period
from yb_analytics.warehouse.checks._check import Check, Join
from yb_analytics.warehouse.checks._grain import (
    county_column,
    in_period,
    institution_column,
    month_column,
    month_of,
)
from yb_analytics.warehouse.checks._text import is_id, is_text, plain

_HOME = "fixmedins_b"

_ODD = "odd__"
"""Before the name of a text: whether it is odd."""

_LARGE = 300_000
"""Rows from which a month shows what is usual."""


class Rows:
    """The rows a check looks at: own columns by name, columns of joined tables by `r.of(join, column)`."""

    def __init__(self, t: Any, scan: Scan, table: str) -> None:
        self.t, self.scan, self.table = t, scan, table

    def __getitem__(self, name: str):
        return self.t[name]

    def of(self, join: Join, column: str):
        """A column of the joined row, missing where there is none."""
        return self.t[_prefix(join) + column]

    def odd(self, name: str):
        """Whether a text holds more than visible ASCII characters; made once for all checks that ask."""
        made = _ODD + name
        return self.t[made] if made in self.t.columns else ~plain(self.t[name])

    def met(self, join: Join):
        """Whether there is a joined row."""
        return self.t[_prefix(join) + "_met"].notnull()


class Scan:
    """One warehouse looked at in one period.

    Parameters
    ----------
    w
        An open warehouse.
    period
        Rows of other months are left out; all rows when absent.
    """

    def __init__(self, w: Any, period: Period | None = None) -> None:
        self.w, self.period = w, period
        self.lengths: dict[str, dict[str, int]] = {}
        self._made: dict[object, Any] = {}

    def table(self, name: str):
        """Rows of a table in the period."""
        return in_period(TABLES[name], self.w.table(name), self.period)

    @cached_property
    def delivered(self) -> set[str]:
        """Tables that have rows at all."""
        return {name for name, rows in self.sizes.items() if rows > 0}

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Rows of every table, of all periods."""
        return self.w.coverage().groupby("table")["rows"].sum().astype(int).to_dict()

    @cached_property
    def quarantined(self) -> dict[str, int]:
        """Rows in quarantine by the table they were meant for."""
        if self.w.path is None:
            return {}
        rows = self.w.quarantine
        got = self.w.run(rows.group_by("target").aggregate(n=rows.count()))
        return dict(zip(got["target"], got["n"].astype(int), strict=True))

    @cached_property
    def last_month(self) -> str:
        """Last month of ordinary volume (a few rows dated ahead do not move it), `YYYYMM`; empty without facts."""
        rows = self.w.coverage()
        for name in ("setl_d", "mdtrt_d", "fee_list_d"):
            months = rows[(rows["table"] == name) & rows["ym"].astype(str).str.fullmatch(r"[1-9]\d{5}")]
            usual = months[months["rows"] >= 0.05 * months["rows"].median()] if len(months) else months
            if len(usual):
                return str(usual["ym"].max())
        return ""

    def usual_length(self, table: str, column: str) -> int:
        """The most common length of a column's texts, all identifiers of a table in one look at some of its rows."""
        if table not in self.lengths:
            t = self._some(table)
            ids = [c.name for c in TABLES[table].columns if is_id(c)]
            got = self.w.run(t.aggregate(**{c: t[c].length().mode() for c in ids})).iloc[0] if ids else {}
            self.lengths[table] = {str(c): int(v) for c, v in dict(got).items() if v == v and v is not None}
        return self.lengths[table].get(column, 0)

    def _some(self, name: str):
        """Rows that show what is usual: those of the month of median volume, all of a small or undated table."""
        t, month = self.table(name), TABLES[name].month
        rows = self.w.coverage()
        rows = rows[(rows["table"] == name) & rows["ym"].astype(str).str.fullmatch(r"[1-9]\d{5}")]
        if not month or self.sizes.get(name, 0) < _LARGE or self.period is not None or not len(rows):
            return t
        at = str(rows.sort_values("rows")["ym"].iloc[len(rows) // 2])
        return t.filter(Period.parse(f"{at[:4]}-{at[4:]}").covers(t[month]))

    def once(self, key: object, make: Callable[[], Any]) -> Any:
        """Make something that several checks of this look need, once."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    @cached_property
    def city(self) -> str:
        """First four digits of the city's codes; empty where the data name no place."""
        city = self.w.city
        return "" if city.startswith("0000") else city[:4]

    def placed(self, name: str, joins: Iterable[Join] = (), columns: Iterable[str] = (),
               only: Callable[[Any], Any] | None = None) -> Rows:
        """Rows of a table with `ym`, `county` and the columns of the joined tables.

        A query that names the `columns` it needs is compiled much faster. `only(rows)` narrows the rows before
        anything is joined.
        """
        table, t = TABLES[name], self.table(name)
        own, at = county_column(table), institution_column(table)
        if columns:
            t = t.select([c for c in table.names if c in {*columns, own, at, month_column(table)}])
        t = only(t) if only else t
        if not columns:
            t = t.mutate(**{_ODD + c.name: ~plain(t[c.name]) for c in table.columns if is_text(c)})
        wanted = list(joins)
        home = Join(at, _HOME, "fixmedins_code", ("fix_blng_admdvs",))
        if at:
            wanted.append(home)
        t = self.joined(name, t, wanted).t
        county = t[own] if own else t[_prefix(home) + "fix_blng_admdvs"] if at else ibis.literal("")
        return Rows(t.mutate(ym=month_of(table, t), county=county), self, name)

    def joined(self, name: str, t: Any, joins: Iterable[Join]) -> Rows:
        """Rows `t` of a table with the columns of the joined tables."""
        for join in _merged(joins):
            asked = t.select(_asked=join.own).distinct() if join.table == name else None
            t = t.left_join(self._side(join, asked), [(join.own, _prefix(join) + "_met")])
        return Rows(t, self, name)

    def _side(self, join: Join, asked: Any = None):
        """The joined table: one row per key (of those asked for), columns under names of their own."""
        t = self.w.table(join.table)
        keep = list(dict.fromkeys((*join.take, join.key)))
        t = t.select(*keep).filter(t[join.key].notnull())
        t = t if asked is None else t.semi_join(asked, [(join.key, "_asked")])
        if self.w.path is None or TABLES[join.table].key != (join.key,):  # stored tables are unique by their key
            t = t.distinct(on=join.key)
        prefix = _prefix(join)
        return t.select(**{prefix + "_met": t[join.key]}, **{prefix + c: t[c] for c in join.take})


def _prefix(join: Join) -> str:
    return f"{join.own}__{join.table}__"


def _merged(joins: Iterable[Join]) -> list[Join]:
    """Every joined table once, with all columns any check takes of it."""
    takes: dict[tuple[str, str, str], dict[str, None]] = {}
    for j in joins:
        takes.setdefault((j.own, j.table, j.key), {}).update(dict.fromkeys(j.take))
    return [Join(*key, tuple(c for c in take if c != key[2])) for key, take in takes.items()]

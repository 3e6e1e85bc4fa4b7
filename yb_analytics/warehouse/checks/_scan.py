"""Counting: row checks of a table together, by month and county; other checks by a query of their own.

Small tables are counted in one look. Large ones are first asked whether anything fails at all (`_looks`).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import ibis
import numpy as np
import pandas as pd

from yb_analytics.schema import TABLES, Period
from yb_analytics.warehouse.checks._check import Check, Join
from yb_analytics.warehouse.checks._compiled import Compiled, same
from yb_analytics.warehouse.checks._grain import (
    county_column,
    in_period,
    institution_column,
    month_column,
    month_of,
)
from yb_analytics.warehouse.checks._text import is_id

CELLS = ("check", "ym", "county", "rows", "failed", "size", "state", "reason")
"""Columns of the stored counts. `state` is empty where something was counted."""

VOLUME = "volume"
"""Name under which the rows of a table are counted."""

_HOME = "fixmedins_b"


ASKED = "asked"
"""State of the one row that says that a check without counts of its own was asked for."""


class Rows:
    """The rows a check looks at: own columns by name, columns of joined tables by `r.of(join, column)`."""

    def __init__(self, t: Any, scan: Scan, table: str) -> None:
        self.t, self.scan, self.table = t, scan, table

    def __getitem__(self, name: str):
        return self.t[name]

    def of(self, join: Join, column: str):
        """A column of the joined row, missing where there is none."""
        return self.t[_prefix(join) + column]

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
        """The most common length of a column's texts, all identifiers of a table in one look."""
        if table not in self.lengths:
            t = self.table(table)
            ids = [c.name for c in TABLES[table].columns if is_id(c)]
            got = same(self, ("lengths", table), lambda: Compiled(
                t.aggregate(**{c: t[c].length().mode() for c in ids})))[0] if ids else pd.DataFrame([{}])
            self.lengths[table] = {c: int(v) for c, v in got.iloc[0].items() if v == v and v is not None}  # type: ignore[misc]
        return self.lengths[table].get(column, 0)

    @cached_property
    def city(self) -> str:
        """First four digits of the city's codes; empty where the data name no place."""
        city = self.w.city
        return "" if city.startswith("0000") else city[:4]

    def placed(self, name: str, joins: Iterable[Join] = (), columns: Iterable[str] = ()) -> Rows:
        """Rows of a table with `ym`, `county` and the columns of the joined tables.

        A query that names the `columns` it needs is compiled much faster.
        """
        table, t = TABLES[name], self.table(name)
        own, at = county_column(table), institution_column(table)
        if columns:
            t = t.select([c for c in table.names if c in {*columns, own, at, month_column(table)}])
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
            t = t.left_join(self._side(join), [(join.own, _prefix(join) + "_met")])
        return Rows(t, self, name)

    def _side(self, join: Join):
        """The joined table: one row per key, columns under names of their own."""
        t = self.w.table(join.table)
        keep = list(dict.fromkeys((*join.take, join.key)))
        t = t.select(*keep).filter(t[join.key].notnull())
        if self.w.path is None or TABLES[join.table].key != (join.key,):  # stored tables are unique by their key
            t = t.distinct(on=join.key)
        prefix = _prefix(join)
        return t.select(**{prefix + "_met": t[join.key]}, **{prefix + c: t[c] for c in join.take})

    def flagged(self, check: Check):
        """The rows a check counts, with `bad` saying which fail."""
        if check.query:
            return check.query(self)
        rows = self.placed(check.table, check.joins)
        assert check.bad is not None
        applies, bad = applies_to(check, rows), check.bad(rows).fill_null(False)
        return rows.t.filter(applies).mutate(bad=bad) if applies is not None else rows.t.mutate(bad=bad)


def _prefix(join: Join) -> str:
    return f"{join.own}__{join.table}__"


def _merged(joins: Iterable[Join]) -> list[Join]:
    """Every joined table once, with all columns any check takes of it."""
    takes: dict[tuple[str, str, str], dict[str, None]] = {}
    for j in joins:
        takes.setdefault((j.own, j.table, j.key), {}).update(dict.fromkeys(j.take))
    return [Join(*key, tuple(c for c in take if c != key[2])) for key, take in takes.items()]


def applies_to(check: Check, rows: Rows):
    """Condition for a row to count; `None` where every row does."""
    tests = [rows[c].notnull() for c in check.filled]
    if check.where:
        tests.append(check.where(rows).fill_null(False))
    return ibis.and_(*tests) if tests else None


def row_checks(scan: Scan, name: str, checks: list[Check]) -> list[pd.DataFrame]:
    """Counts of all row checks of a table; a check that cannot be counted alone is an error."""
    try:
        return [counted(scan, name, checks)]
    except Exception as problem:  # one broken check must not stop the rest: find it by halving
        if len(checks) <= 1:
            return [_said(c, "error", _line(problem)) for c in checks]
        half = len(checks) // 2
        return [*row_checks(scan, name, checks[:half]), *row_checks(scan, name, checks[half:])]


def counted(scan: Scan, name: str, checks: list[Check], thin: Any = None) -> pd.DataFrame:
    """One aggregate expression over one table; equal denominators are counted once.

    `thin(table)` says which rows are looked at, all when absent.
    """
    joins = [j for c in checks for j in c.joins]
    for table in (name, _HOME, *(j.table for j in joins)):
        scan.w.table(table)  # what was compiled before refers to them by name
    if any(is_id(c) for c in TABLES[name].columns):
        scan.usual_length(name, "")
    key = (name, tuple((c.id, c.bad, c.size, c.distinct, c.where) for c in checks), scan.city, scan.last_month,
           tuple(scan.lengths.get(name, {}).items()))
    got, columns = same(scan, key, lambda: _compiled(scan, name, checks, thin), keep=thin is None)
    return long(name, got, columns)


def _compiled(scan: Scan, name: str, checks: list[Check], thin: Any) -> Compiled:
    rows = scan.placed(name, [j for c in checks for j in c.joins])
    if thin is not None:
        rows = Rows(rows.t.filter(thin(rows.t)), scan, name)
    sums: dict[str, Any] = {"all": rows.t.count()}
    columns = []
    for at, check in enumerate(checks):
        applies = applies_to(check, rows)
        under = "all"
        if applies is not None:
            under = f"w{at}" if check.where else "n_" + "_".join(check.filled)
            sums.setdefault(under, applies.sum() if check.where or len(check.filled) > 1
                            else rows[check.filled[0]].count())
        columns.append((check, under, f"x{at}"))
        sums[f"x{at}"] = _numerator(check, rows, applies)
    return Compiled(rows.t.group_by("ym", "county").aggregate(**sums), columns)


def _numerator(check: Check, rows: Rows, applies: Any):
    if check.distinct:
        value = check.distinct(rows)
        value = value if applies is None else applies.ifelse(value, None)
        return (value.min() == value.max()).ifelse(1, 2)
    if check.size:
        value = check.size(rows).cast("float64")
        return (value if applies is None else applies.ifelse(value, None)).sum()
    bad = check.bad(rows)  # type: ignore[misc]
    plain = len(check.filled) == 1 and not check.where and not check.joins  # empty where its column is
    return (bad if applies is None or plain else bad & applies).sum()


def long(name: str, got: pd.DataFrame, columns: list[tuple[Check, str, str]]) -> pd.DataFrame:
    """Counts in long form: one row per check and cell in which it counted something."""
    ym, county = _texts(got["ym"]), got["county"].fillna("").astype(str).to_numpy()
    numbers = {c: pd.to_numeric(got[c]).fillna(0).to_numpy(dtype=float) for c in got.columns.drop(["ym", "county"])}
    parts: dict[str, list] = {c: [] for c in CELLS[:6]}
    silent = []
    for check, under, over in [(None, "all", ""), *columns]:
        kept = np.flatnonzero(numbers[under] > 0)
        if check is not None and not len(kept):
            silent.append(check.id)
        zero = np.zeros(len(kept))
        value = numbers[over][kept] if over else zero
        sized = check is not None and bool(check.size or check.distinct)
        for column, part in zip(CELLS[:6], (
                np.full(len(kept), check.id if check else f"{VOLUME}:{name}", dtype=object), ym[kept], county[kept],
                numbers[under][kept], zero if sized else value, value if sized else zero), strict=True):
            parts[column].append(part)
    out = pd.DataFrame({c: np.concatenate(p) for c, p in parts.items()}).assign(state="", reason="")
    return pd.concat([out, *(_note(c, "not applicable", "没有适用的行") for c in silent)], ignore_index=True)


def _texts(ym: pd.Series) -> np.ndarray:
    """Months as text; empty where a row says none."""
    return np.array(["" if v is None or v != v else str(int(v)) if isinstance(v, float) else str(v) for v in ym],
                    dtype=object)


def _note(check: str, state: str, reason: str) -> pd.DataFrame:
    return pd.DataFrame([(check, "", "", 0, 0.0, 0.0, state, reason)], columns=list(CELLS))


def _said(check: Check, state: str, reason: str) -> pd.DataFrame:
    return _note(check.id, state, reason)


def _line(problem: Exception) -> str:
    return " ".join(f"{type(problem).__name__}: {problem}".split())[:200]


def query_check(scan: Scan, check: Check) -> pd.DataFrame:
    """Counts of a check that has a query of its own."""
    try:
        t = check.query(scan)  # type: ignore[misc]
        if isinstance(t, pd.DataFrame):
            return long(check.table, t, [(check, "all", "bad")]).query("check == @check.id")
        t = t.select("ym", "county", "bad")
        got = scan.w.run(t.group_by("ym", "county").aggregate(
            all=t.count(), bad=t.bad.fill_null(False).sum()))
        return long(check.table, got, [(check, "all", "bad")]).query("check == @check.id")
    except Exception as problem:  # as above
        return _said(check, "error", _line(problem))


def _of_rows(scan: Scan, name: str, checks: list[Check]) -> list[pd.DataFrame]:
    """Counts of row checks, in one look or, of a large table, in as many as are cheaper."""
    from yb_analytics.warehouse.checks import _looks

    if scan.sizes.get(name, 0) >= _looks.LARGE:
        try:
            return _looks.looked(scan, name, checks)
        except Exception:  # whatever breaks is found and named by the plain way
            return row_checks(scan, name, checks)
    return row_checks(scan, name, checks)


def count(scan: Scan, checks: Iterable[Check]) -> pd.DataFrame:
    """Counts of checks by month and county, in the columns :data:`CELLS`."""
    by_table: dict[str, list[Check]] = {}
    for check in checks:
        by_table.setdefault(check.table, []).append(check)
    parts: list[pd.DataFrame] = []
    for name, mine in by_table.items():
        if name not in scan.delivered:
            parts += [_said(c, "not applicable", "未报送") for c in mine]
            continue
        ready = []
        for check in mine:
            absent = [n for n in (*check.needs, *(j.table for j in check.joins)) if n not in scan.delivered]
            if absent:
                parts.append(_said(check, "not applicable", f"缺少{TABLES[absent[0]].zh}"))
            else:
                ready.append(check)
                if check.uses:
                    parts.append(_note(check.id, ASKED, ""))
        parts += _of_rows(scan, name, [c for c in ready if c.bad or c.size or c.distinct])
        parts += [query_check(scan, c) for c in ready if c.query]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(CELLS))

"""Large tables: first whether anything fails at all, then only what fails by month and county.

Checks of columns of few values are made of the values, not of the rows. Of texts of many values a cheap doubt is
asked first. What never failed is written as one count without month and county: no limit can make it fail. Means are
taken from a part of the rows, chosen by the hash of the key, that leaves hundreds in a month of a county.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from yb_analytics.schema import TABLES
from yb_analytics.warehouse.checks._check import CELL_ROWS, Check, Join
from yb_analytics.warehouse.checks._scan import CELLS, VOLUME, Rows, Scan, applies_to, counted

LARGE = 300_000
"""Rows from which several cheap looks cost less than one dear one."""

_FEW, _COMBINED, _FIRST = 3000, 6000, 50_000
"""Values a column has few of (in the first rows), combinations looked at together, rows looked at first."""

_CELL_SAMPLE = 1000
"""Rows a month of a county has on average in a sample."""


class _Seen(Rows):
    """Rows that note which columns were asked for."""

    def __init__(self, rows: Rows) -> None:
        super().__init__(rows.t, rows.scan, rows.table)
        self.columns: set[str] = set()

    def __getitem__(self, name: str):
        self.columns.add(name)
        return super().__getitem__(name)


class _Look:
    """One large table: how many rows, how many values of each column."""

    def __init__(self, scan: Scan, name: str) -> None:
        self.scan, self.name, self.t = scan, name, scan.table(name)
        filled = scan.w.run(self.t.aggregate(**{c: self.t[c].count() for c in self.t.columns}, _n=self.t.count()))
        self.filled = {c: int(n) for c, n in filled.iloc[0].items()}
        self.n = self.filled.pop("_n")
        first = self.t.limit(_FIRST)
        live = [c for c, n in self.filled.items() if n]
        kinds = scan.w.run(first.aggregate(**{c: first[c].nunique() for c in live}))
        self.kinds = {c: int(n) for c, n in kinds.iloc[0].items()}
        self.few = {c for c in live if self.kinds[c] <= _FEW and self.t[c].type().is_string()}
        self.totals: dict[str, tuple[int, int]] = {}
        self.failing: list[Check] = []

    def said(self, check: Check, rows: Any, failed: Any) -> None:
        """Keep the totals of a check; what fails is counted by month and county later."""
        self.totals[check.id] = (int(rows) if rows == rows else 0, 0)
        if failed == failed and failed:
            self.failing.append(check)

    def thin(self):
        """Which rows a sample has; `None` where the table is too small for one, or its key says too little."""
        cells = self.volume_cells
        key = max(TABLES[self.name].key, key=lambda k: self.kinds.get(k, 0))
        every = self.n // (max(cells, 1) * _CELL_SAMPLE)
        if every < 2 or self.kinds.get(key, 0) <= _FEW:
            return None
        return lambda t: t[key].hash() % every == 0

    volume_cells = 1


def looked(scan: Scan, name: str, checks: list[Check]) -> list[pd.DataFrame]:
    """Counts of the row checks of a large table, as :func:`_scan.row_checks` gives them."""
    look = _Look(scan, name)
    live = [c for c in checks if all(look.filled[f] for f in c.filled)]
    empty: list[Any] = []
    rest: list[Any] = []
    for check in (c for c in live if c.bad):
        (empty if _is_empty(check, look) else rest).append(check)
    alone = _by_values(look, rest)
    for joins, mine in _by_joins([c for c in rest if c.id not in alone]).items():
        _totals(look, joins, mine)
    partly = [c for c in empty if 0 < look.filled[c.column] < look.n]
    known = {c.id for c in partly}
    cells = counted(scan, name, look.failing + partly)
    volume = cells[cells["check"] == f"{VOLUME}:{name}"]
    look.volume_cells = len(volume)
    out = [cells, *(_copied(volume, c.id, failed=1.0 if not look.filled[c.column] else 0.0)
                    for c in empty if c.id not in known)]
    shown = {c.id for c in look.failing}
    out += [_total(look, volume, c) for c in rest if c.id not in shown]
    out += [_silent(c) for c in checks if not all(look.filled[f] for f in c.filled)]
    return out + _sampled(look, [c for c in live if c.size], [c for c in live if c.distinct], volume)


def _is_empty(check: Check, look: _Look) -> bool:
    """Whether a check asks only for emptiness, which is known."""
    if check.of != () or check.where or check.joins or check.column not in look.filled:
        return False
    assert check.bad is not None
    return check.bad(Rows(look.t, look.scan, look.name)).equals(look.t[check.column].isnull())


def _asked(check: Check, look: _Look) -> set[str]:
    """Columns of the table a check looks at."""
    rows = _Seen(look.scan.joined(look.name, look.t, check.joins))
    assert check.bad is not None
    check.bad(rows)
    if check.where:
        check.where(rows)
    return rows.columns | set(check.filled) | {j.own for j in check.joins}


def _by_values(look: _Look, checks: list[Check]) -> set[str]:
    """Make the checks of columns of few values, and say which they were."""
    bins: list[tuple[set[str], list[Check]]] = []
    wanted = [(_asked(c, look), c) for c in checks]
    for columns, check in sorted(wanted, key=lambda w: -len(w[0])):
        if not columns or not columns <= look.few:
            continue
        for together, mine in bins:
            if np.prod([float(look.kinds[c]) for c in together | columns]) <= _COMBINED or columns <= together:
                together |= columns
                mine.append(check)
                break
        else:
            if len(columns) == 1 or np.prod([float(look.kinds[c]) for c in columns]) <= 50 * _COMBINED:
                bins.append((set(columns), [check]))
    for together, mine in bins:
        t = look.t.group_by(sorted(together)).aggregate(_n=look.t.count())
        small = look.scan.w.materialise(t)
        rows = look.scan.joined(look.name, small, [j for c in mine for j in c.joins])
        sums = {}
        for at, check in enumerate(mine):
            applies = applies_to(check, rows)
            bad = check.bad(rows).fill_null(False)  # type: ignore[misc]
            sums[f"n{at}"] = rows.t["_n"].sum() if applies is None else rows.t["_n"].sum(where=applies)
            sums[f"x{at}"] = (bad if applies is None else bad & applies).sum()
        _told(look, mine, look.scan.w.run(rows.t.aggregate(**sums)))
    return {c.id for _, mine in bins for c in mine}


def _told(look: _Look, checks: list[Check], got: pd.DataFrame) -> None:
    one = got.iloc[0]
    for at, check in enumerate(checks):
        look.said(check, one[f"n{at}"], one[f"x{at}"])


def _by_joins(checks: Iterable[Check]) -> dict[tuple[Join, ...], list[Check]]:
    """Checks by the tables they join."""
    out: dict[tuple[tuple[str, str, str], ...], list[Check]] = {}
    for check in checks:
        out.setdefault(tuple((j.own, j.table, j.key) for j in check.joins), []).append(check)
    return {tuple(dict.fromkeys(j for c in mine for j in c.joins)): mine for mine in out.values()}


def _totals(look: _Look, joins: tuple[Join, ...], checks: list[Check]) -> None:
    """How many rows each check has, and whether any of them fails: one look at all rows."""
    t = look.t
    for own in {j.own for j in joins}:
        if look.filled[own] < look.n and all(own in c.filled for c in checks):
            t = t.filter(t[own].notnull())
    rows = look.scan.joined(look.name, t, joins)
    sums: dict[str, Any] = {}
    doubts: dict[Any, str] = {}
    under, over = {}, {}
    for at, check in enumerate(checks):
        applies = applies_to(check, rows)
        under[check.id] = f"n{at}"
        if check.where or len(check.filled) > 1:
            sums[f"n{at}"] = applies.sum()
        doubt = check.doubt(rows) if check.doubt else None
        if doubt is None:
            bad = check.bad(rows)  # type: ignore[misc]
            doubt = bad if applies is None else bad & applies
        over[check.id] = doubts.setdefault(doubt.op(), f"x{at}")
        if over[check.id] == f"x{at}":
            sums[f"x{at}"] = doubt.any()
    one = look.scan.w.run(rows.t.aggregate(**sums)).iloc[0]
    for check in checks:
        plain = look.filled[check.filled[0]] if check.filled else look.n
        look.said(check, one.get(under[check.id], plain), one[over[check.id]])


def _rows(check: str, ym: Any, county: Any, figures: dict[str, Any]) -> pd.DataFrame:
    made = pd.DataFrame({"ym": ym, "county": county})
    told: dict[str, Any] = {"failed": 0.0, "size": 0.0, "state": "", "reason": ""} | figures
    return made.assign(check=check, **told)[list(CELLS)]


def _copied(volume: pd.DataFrame, check: str, failed: float = 0.0, size: float = 0.0) -> pd.DataFrame:
    """All rows, by month and county, none or all of them failed."""
    rows = volume["rows"].to_numpy(float)
    return _rows(check, volume["ym"].to_numpy(), volume["county"].to_numpy(),
                 {"rows": rows, "failed": rows * failed, "size": size})


def _silent(check: Check) -> pd.DataFrame:
    return _rows(check.id, [""], [""], {"rows": 0.0, "state": "not applicable", "reason": "没有适用的行"})


def _total(look: _Look, volume: pd.DataFrame, check: Check) -> pd.DataFrame:
    """A check nothing failed: its rows as one count, by month and county where all rows count."""
    rows = look.totals[check.id][0]
    if not rows:
        return _silent(check)
    if rows == look.n:
        return _copied(volume, check.id)
    return _rows(check.id, [""], [""], {"rows": float(rows)})


def _sampled(look: _Look, sized: list[Check], distinct: list[Check], volume: pd.DataFrame) -> list[pd.DataFrame]:
    """Means from a sample; columns that vary in a sample vary, the others are looked at whole."""
    thin = look.thin()
    if not sized and not distinct:
        return []
    if thin is None:
        return [_own(counted(look.scan, look.name, sized + distinct))]
    whole = [c for c in distinct if any(look.filled[f] < look.n for f in c.filled)]
    tried = [c for c in distinct if c not in whole]
    got = _own(counted(look.scan, look.name, sized + tried, thin))
    large = int((volume["rows"] >= CELL_ROWS).sum())
    seen = got.merge(volume[volume["rows"] >= CELL_ROWS][["ym", "county"]], on=["ym", "county"])
    varied = set(seen[seen["size"] > 1].groupby("check").size().loc[lambda n: n == large].index)
    rows = got.groupby("check")["rows"].sum()
    whole += [c for c in sized if rows.get(c.id, 0) < rows.max() / 2]  # few rows have an amount: all of them are needed
    out = [got[~got["check"].isin({c.id for c in tried + whole})]]
    out += [_copied(volume, c.id, size=2.0) for c in tried if c.id in varied]
    whole += [c for c in tried if c.id not in varied]
    return out + ([_own(counted(look.scan, look.name, whole))] if whole else [])


def _own(cells: pd.DataFrame) -> pd.DataFrame:
    """Without the rows of the table, which are told once."""
    return cells[~cells["check"].str.startswith(f"{VOLUME}:")]

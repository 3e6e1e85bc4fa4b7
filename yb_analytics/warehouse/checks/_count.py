"""Counting: all row checks of a table in one aggregate, by month and county; other checks by a query of their own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ibis
import ibis.expr.operations as ops
import numpy as np
import pandas as pd

from yb_analytics.schema import TABLES
from yb_analytics.warehouse.checks._check import Check
from yb_analytics.warehouse.checks._scan import Rows, Scan

CELLS = ("check", "ym", "county", "rows", "failed", "size", "state", "reason")
"""Columns of the stored counts. `state` is empty where something was counted."""

VOLUME = "volume"
"""Name under which the rows of a table are counted."""

ASKED = "asked"
"""State of the one row that says that a check without counts of its own was asked for."""


class _Sums:
    """Aggregates of one table, each of them once: rows, filled values of a column, what checks count."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.named: dict[str, Any] = {"all": rows.t.count()}
        self._known: dict[Any, str] = {}

    def name(self, value: Any) -> str:
        """Name of an aggregate; equal ones have one name."""
        known = self._known.setdefault(value.op(), f"a{len(self.named)}")
        self.named.setdefault(known, value)
        return known

    def true(self, condition: Any) -> str:
        """Name of the number of rows that meet a condition."""
        return self.name(ibis.cases((condition, 1)).count())

    def rows_of(self, check: Check, applies: Any) -> str:
        """Name of the number of rows a check applies to."""
        if applies is None:
            return "all"
        plain = len(check.filled) == 1 and not check.where
        return self.name(self.rows[check.filled[0]].count()) if plain else self.true(applies)

    def told_by(self, check: Check, applies: Any) -> str:
        """Name of what a check counts; `-name` is all rows but those."""
        if check.distinct or check.size:
            value = (check.distinct or check.size)(self.rows)  # type: ignore[misc]
            value = value if applies is None or not check.where else applies.ifelse(value, None)
            return self.name((value.min() == value.max()).ifelse(1, 2) if check.distinct else value.sum())
        bad = check.bad(self.rows)  # type: ignore[misc]
        if applies is None and isinstance(bad.op(), ops.IsNull):
            return "-" + self.name(bad.op().arg.to_expr().count())
        alone = applies is None or (len(check.filled) == 1 and not check.where and not check.joins)
        return self.true(bad if alone else bad & applies)


def applies_to(check: Check, rows: Rows):
    """Condition for a row to count; `None` where every row does."""
    tests = [rows[c].notnull() for c in check.filled]
    if check.where:
        tests.append(check.where(rows))
    return ibis.and_(*tests) if tests else None


def flagged(scan: Scan, check: Check):
    """The rows a check counts (of some queries those that fail), with `bad` saying which fail."""
    found = check.query(scan) if check.query else None
    if found is not None:
        return found
    rows = scan.placed(check.table, check.joins)
    if check.query:
        return rows.t.mutate(bad=False)
    applies, bad = applies_to(check, rows), check.bad(rows).fill_null(False)  # type: ignore[misc]
    return rows.t.filter(applies).mutate(bad=bad) if applies is not None else rows.t.mutate(bad=bad)


def counted(scan: Scan, name: str, checks: list[Check], look: str = "") -> pd.DataFrame:
    """Counts of row checks of one table by one aggregate; a `look` may be a column that has to be filled."""
    only = (lambda t: t.filter(t[look].notnull())) if look in TABLES[name].names else None
    rows = scan.placed(name, [j for c in checks for j in c.joins], only=only)
    sums, columns = _Sums(rows), []
    for check in checks:
        applies = applies_to(check, rows)
        columns.append((check, sums.rows_of(check, applies), sums.told_by(check, applies)))
    got = scan.w.run(rows.t.group_by("ym", "county").aggregate(**sums.named))
    return long("" if look else name, got, columns)


def row_checks(scan: Scan, name: str, checks: list[Check], look: str = "") -> list[pd.DataFrame]:
    """Counts of row checks of a table; a check that cannot be counted alone is an error."""
    try:
        return [counted(scan, name, checks, look)]
    except Exception as problem:  # one broken check must not stop the rest: find it by halving
        if len(checks) <= 1:
            return [_notes((c.id, "error", _line(problem)) for c in checks)]
        half = len(checks) // 2
        return [*row_checks(scan, name, checks[:half], look), *row_checks(scan, name, checks[half:], look)]


def _looks(name: str, checks: list[Check]) -> dict[str, list[Check]]:
    """Checks that are counted together: those of own columns, those that join others, those that join the table itself.

    Texts are looked at once per value of a dictionary, and joins take the dictionaries away. Of a table joined with
    itself only the rows that refer to another are looked at: refunds are few.
    """
    out: dict[str, list[Check]] = {"": [], "*": []}
    for check in checks:
        own = next((j.own for j in check.joins if j.table == name), "*" if check.joins else "")
        out.setdefault(own, []).append(check)
    return {own: mine for own, mine in out.items() if mine or not own}


def long(name: str, got: pd.DataFrame, columns: list[tuple[Check, str, str]]) -> pd.DataFrame:
    """Counts in long form: one row per check and cell in which it counted something; the table's rows if it is named."""
    ym, county = _texts(got["ym"]), got["county"].fillna("").astype(str).to_numpy()
    numbers = {c: pd.to_numeric(got[c]).fillna(0).to_numpy(dtype=float) for c in got.columns.drop(["ym", "county"])}
    parts: dict[str, list] = {c: [] for c in CELLS[:6]}
    silent = []
    for check, under, over in [*([(None, "all", "")] if name else []), *columns]:
        kept = np.flatnonzero(numbers[under] > 0)
        if check is not None and not len(kept):
            silent.append(check.id)
        zero = np.zeros(len(kept))
        value = numbers["all"][kept] - numbers[over[1:]][kept] if over[:1] == "-" else numbers[over][kept] if over else zero
        sized = check is not None and bool(check.size or check.distinct)
        for column, part in zip(CELLS[:6], (
                np.full(len(kept), check.id if check else f"{VOLUME}:{name}", dtype=object), ym[kept], county[kept],
                numbers[under][kept], zero if sized else value, value if sized else zero), strict=True):
            parts[column].append(part)
    out = pd.DataFrame({c: np.concatenate(p) for c, p in parts.items()}).assign(state="", reason="")
    return pd.concat([out, _notes((c, "not applicable", "没有适用的行") for c in silent)], ignore_index=True)


def _texts(ym: pd.Series) -> np.ndarray:
    """Months as text; empty where a row says none."""
    return np.array(["" if v is None or v != v else str(int(v)) if isinstance(v, float) else str(v) for v in ym],
                    dtype=object)


def _notes(said: Iterable[tuple[str, str, str]]) -> pd.DataFrame:
    """What is said of checks that counted nothing: check, state, reason."""
    return pd.DataFrame([(c, "", "", 0, 0.0, 0.0, state, reason) for c, state, reason in said], columns=list(CELLS))


def _line(problem: Exception) -> str:
    return " ".join(f"{type(problem).__name__}: {problem}".split())[:200]


def query_check(scan: Scan, check: Check, volume: pd.DataFrame) -> pd.DataFrame:
    """Counts of a check that has a query of its own; where it gives failing rows only, all of `volume` was asked."""
    try:
        t = check.query(scan)  # type: ignore[misc]
        if t is None:
            return long("", volume.assign(bad=0), [(check, "all", "bad")])
        if not isinstance(t, pd.DataFrame):
            t = scan.w.run(t.group_by("ym", "county").aggregate(all=t.count(), bad=t.bad.count(where=t.bad)))
        if check.failing_only:
            found = t.assign(ym=_texts(t["ym"]), county=t["county"].fillna("")).drop(columns="all")
            t = volume.merge(found, how="left", on=["ym", "county"])
        return long("", t, [(check, "all", "bad")])
    except Exception as problem:  # as above
        return _notes([(check.id, "error", _line(problem))])


def _of_table(scan: Scan, name: str, checks: list[Check]) -> list[pd.DataFrame]:
    """Counts of the checks of one delivered table."""
    parts: list[pd.DataFrame] = []
    for look, mine in _looks(name, [c for c in checks if c.bad or c.size or c.distinct]).items():
        parts += row_checks(scan, name, mine, look)
    rows = pd.concat(parts, ignore_index=True).drop_duplicates(["check", "ym", "county"])  # halves say the volume again
    volume = rows.loc[rows["check"] == f"{VOLUME}:{name}", ["ym", "county", "rows"]]
    return [rows, *(query_check(scan, c, volume.rename(columns={"rows": "all"})) for c in checks if c.query)]


def _absent(scan: Scan, check: Check) -> str:
    """Why a check cannot be made: the table it needs that never came."""
    if check.table not in scan.delivered:
        return "未报送"
    missing = [n for n in (*check.needs, *(j.table for j in check.joins)) if n not in scan.delivered]
    return f"缺少{TABLES[missing[0]].zh}" if missing else ""


def count(scan: Scan, checks: Iterable[Check]) -> pd.DataFrame:
    """Counts of checks by month and county, in the columns :data:`CELLS`."""
    by_table: dict[str, list[Check]] = {}
    said = []
    for check in checks:
        if reason := _absent(scan, check):
            said.append((check.id, "not applicable", reason))
            continue
        by_table.setdefault(check.table, []).append(check)
        if check.uses:
            said.append((check.id, ASKED, ""))
    counts = [part for name, mine in by_table.items() for part in _of_table(scan, name, mine)]
    return pd.concat([*counts, _notes(said)], ignore_index=True)

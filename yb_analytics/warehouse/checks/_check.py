"""What a kind of check, a single check, its limits and its verdict are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from yb_analytics.schema import TABLES, Refusal, Table
from yb_analytics.shelf import Title, declare

SUBS = {
    "conformance": ("value", "relational", "computational"),
    "completeness": ("column", "period", "record"),
    "plausibility": ("uniqueness", "atemporal", "temporal"),
}
"""Categories of Kahn et al. (2016) and their parts; completeness is parted by what is missing."""

SEVERITIES = ("block", "warn", "note")
STATES = ("pass", "fail", "not applicable", "error")
CELL_ROWS = 30
"""A month of a county with fewer rows says nothing by itself."""


@dataclass(frozen=True)
class Limits:
    """How much of what a check counts is tolerated, and where that figure comes from.

    Parameters
    ----------
    limit
        Largest tolerated share of all rows the check applies to.
    cell
        Largest tolerated share within one month of one county (of :data:`CELL_ROWS` rows or more).
    measure
        What else the kind needs: days, a factor, an amount in yuan.
    severity
        `block` (no figure should be published from the table), `warn` or `note`.
    """

    limit: float = 0.0
    cell: float = 1.0
    measure: float = 0.0
    severity: str = "note"
    status: str = "proposal"
    source: str = "strictest"


@dataclass(frozen=True)
class Verdict:
    """What a check says of its counts: how many of how many, and where it is worst."""

    rows: float
    failed: float
    fails: bool
    ym: str = ""
    county: str = ""
    known: bool = True

    @property
    def share(self) -> float:
        """Share that failed; 0 where nothing was counted."""
        return self.failed / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class Join:
    """Columns of another table that a row check looks at: one row of `table` whose `key` equals `own`."""

    own: str
    table: str
    key: str
    take: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """One check of one table: row by row, by a query of its own, or from counts alone.

    Parameters
    ----------
    table, column
        What is checked; a check of the whole table has another word for `column`, or none.
    bad
        `bad(rows)`: condition under which a row fails (see `_scan.Rows`). All of them are one scan.
    size
        `size(rows)`: a number that is summed by month and county instead, for `tell`.
    distinct
        `distinct(rows)`: a value of which is counted whether it is one (1) or several (2), for `tell`.
    of, where
        Columns that must be filled for a row to count, and a condition beyond that.
    joins
        Other tables `bad`, `size` and `where` look at.
    query
        `query(scan)`: Ibis rows with `ym`, `county`, `bad`, for what is not said of one row.
    failing_only
        `query` gives rows that fail, or `None` of none; every other row of the table passes.
    tell
        `tell(cells, limits)`: verdict from `ym, county, rows, failed, size`; by default the share that failed.
    uses
        Kind of check whose counts `tell` reads instead of own ones; `volume` for the rows of the table.
    needs
        Other tables that must have been delivered.
    unit
        What is counted.
    """

    table: str
    column: str = ""
    bad: Callable[[Any], Any] | None = None
    size: Callable[[Any], Any] | None = None
    distinct: Callable[[Any], Any] | None = None
    of: tuple[str, ...] | None = None
    where: Callable[[Any], Any] | None = None
    joins: tuple[Join, ...] = ()
    query: Callable[[Any], Any] | None = None
    failing_only: bool = False
    tell: Callable[[pd.DataFrame, Limits], Verdict] | None = None
    uses: str = ""
    needs: tuple[str, ...] = ()
    unit: str = "行"
    kind: Kind = None  # type: ignore[assignment]  # set by `Kind.checks`

    @property
    def id(self) -> str:
        """`kind:table.column`."""
        return f"{self.kind.name}:{self.table}" + (f".{self.column}" if self.column else "")

    @property
    def filled(self) -> tuple[str, ...]:
        """Columns without which a row does not count."""
        if self.of is not None:
            return self.of
        return (self.column,) if self.column in TABLES[self.table].names else ()

    @property
    def about(self) -> str:
        """What is checked, in Chinese."""
        table = TABLES[self.table]
        names = [table[c].zh if c in table.names else c for c in self.column.split("+") if c]
        return f"{table.zh}·{'、'.join(names)}" if names else table.zh


@dataclass(frozen=True)
class Kind:
    """One kind of check; its function says which checks a table has.

    Parameters
    ----------
    name, title, fn
        File name, bilingual title, `fn(table) -> checks`.
    category, sub
        Kahn's category and its part, see :data:`SUBS`.
    basis
        Clause or source the check comes from.
    says, advice
        What it means that rows fail, and what to do, in Chinese.
    shows
        Id of the check the examples are about.
    fine, broken
        Example for and against: table → column → values.
    """

    name: str
    title: Title
    fn: Callable[[Table], Iterable[Check]]
    category: str
    sub: str
    basis: str
    says: str
    advice: str
    shows: str
    fine: dict[str, dict[str, list]] = field(default_factory=dict)
    broken: dict[str, dict[str, list]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.sub not in SUBS.get(self.category, ()):
            raise Refusal(f"kind {self.name}: {self.category}/{self.sub} is no category",
                          f"choose from {SUBS}", "schema")

    def checks(self, table: Table) -> list[Check]:
        """The checks of this kind a table has."""
        return [replace(c, kind=self) for c in self.fn(table)]


def kind(**facts: Any) -> Callable[[Callable], Kind]:
    """Declare a kind of check; unknown or missing keys are refused by name."""
    return declare(Kind, **facts)


def by_share(cells: pd.DataFrame, limits: Limits) -> Verdict:
    """The usual verdict: share of all rows, and share within a month of a county.

    Examples
    --------
    >>> cells = pd.DataFrame({"ym": ["202501", "202502"], "county": "", "rows": [900, 100], "failed": [0, 30]})
    >>> by_share(cells, Limits(limit=0.05, cell=0.2))
    Verdict(rows=1000, failed=30, fails=True, ym='202502', county='', known=True)
    """
    rows, failed = cells["rows"].to_numpy(float), cells["failed"].to_numpy(float)
    total, bad = rows.sum(), failed.sum()
    if not total:
        return Verdict(0, 0, False, known=False)
    if not bad:
        return Verdict(int(total), 0, False)
    shares = np.where(rows >= min(CELL_ROWS, total), failed / np.maximum(rows, 1), -1.0)
    at = int(shares.argmax())
    spot = (str(cells["ym"].iloc[at]), str(cells["county"].iloc[at])) if shares[at] >= 0 else ("", "")
    return Verdict(int(total), int(bad), bool(bad / total > limits.limit or shares[at] > limits.cell), *spot)

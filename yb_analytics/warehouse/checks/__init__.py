"""Checks of the data: one file per kind; the schema says which checks a table has.

A kind yields the checks of a table. The contract counts them, all row checks of a table in one scan by month
and county, and judges the counts: pass, fail, not applicable (nothing was delivered that could be checked) or
error (the check itself broke). Counts are kept with the data they were counted in, so limits can be changed and
judged again without counting again. Limits stand in `limits.csv`, dated, with source and status.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from yb_analytics.schema import TABLES, Period, Refusal
from yb_analytics.shelf import Shelf
from yb_analytics.warehouse._answers import store
from yb_analytics.warehouse.checks._check import (
    SEVERITIES,
    STATES,
    SUBS,
    Check,
    Join,
    Kind,
    Limits,
    Verdict,
    by_share,
    kind,
)
from yb_analytics.warehouse.checks._count import CELLS, count, flagged
from yb_analytics.warehouse.checks._judge import judge, sentence, summary
from yb_analytics.warehouse.checks._limits import limits_of, measure, read_limits
from yb_analytics.warehouse.checks._scan import Scan

__all__ = ["CELLS", "SEVERITIES", "STATES", "SUBS", "Check", "Join", "Kind", "Limits", "Quality", "Scan", "Verdict",
           "all_checks", "by_share", "failing", "judge", "kept", "kind", "limits_of", "measure", "read_limits", "run",
           "shelf", "summary"]

NAME = "quality"
"""Name under which counts are kept."""


@dataclass(frozen=True)
class Quality:
    """The counts of one look at the data, and what they say.

    Attributes
    ----------
    table
        One row per check: check, kind, title, category, sub, table, column, about, unit, severity, rows, failed,
        share, state, limit, ym, county (where it is worst), source, text, advice.
    counts
        What was counted, by check, month and county: all that :func:`judge` needs.
    """

    table: pd.DataFrame
    counts: pd.DataFrame
    period: str

    @property
    def text(self) -> str:
        """The account in one sentence."""
        return sentence(self.table)

    @property
    def summary(self) -> pd.DataFrame:
        """The worst of every table by category, see :func:`summary`."""
        return summary(self.table)

    def _repr_html_(self) -> str:
        shown = self.table[self.table["state"].isin(["fail", "error"])]
        return f"<p>{self.text}</p>{shown.to_html(index=False)}"


@lru_cache(maxsize=1)
def all_checks() -> dict[str, Check]:
    """Every check by id: each kind asked for each table of the schema."""
    made = [c for unit in shelf.values() for table in TABLES.values() for c in unit.checks(table)]
    out = {c.id: c for c in made}
    if len(out) < len(made):
        twice = sorted({c.id for c in made if sum(c.id == o.id for o in made) > 1})
        raise Refusal(f"checks declared twice: {', '.join(twice)}", "give each a column of its own", "schema")
    return out


def _chosen(names: Iterable[str] | None) -> list[Check]:
    """Checks of the named kinds or ids, all by default, with the checks whose counts they use."""
    known = all_checks()
    if names is None:
        return list(known.values())
    asked = set(names)
    unknown = sorted(asked - set(known) - set(shelf.names))
    if unknown:
        raise Refusal(f"no check or kind named {', '.join(unknown)}", "see `yb handbook checks`", "usage")
    mine = [c for c in known.values() if c.id in asked or c.kind.name in asked]
    used = {(c.uses, c.table) for c in mine if c.uses}
    own = {c.id for c in mine}
    return [c for c in known.values() if c.id in own or (c.kind.name, c.table) in used]


def run(w: Any, period: str | Period | None = None, names: Iterable[str] | None = None,
        tables: Iterable[str] | None = None, keep: bool = False) -> Quality:
    """Check the data of a warehouse.

    Parameters
    ----------
    w
        An open warehouse.
    period
        Months to look at; everything when absent. Registers are always looked at as a whole.
    names
        Kinds or ids of checks; all by default.
    tables
        Tables to look at; all by default.
    keep
        Store the counts beside the data, for :func:`kept`.

    Examples
    --------
    >>> from yb_analytics.warehouse.reader import in_memory
    >>> w = in_memory({"psn_info_b": {"psn_no": ["a", "b"], "gend": ["1", "7"]}})
    >>> found = run(w, names=["code_valid:psn_info_b.gend"]).table
    >>> found[["state", "failed", "rows"]].values.tolist()
    [['fail', 1.0, 2.0]]
    """
    span = Period.parse(period) if period is not None else None
    wanted = set(TABLES if tables is None else tables)
    counts = count(Scan(w, span), [c for c in _chosen(names) if c.table in wanted])
    told = str(span) if span else "all"
    if keep and w.path is not None:
        store(w.path, NAME, counts, span or w.periods, w.data_version)
    return Quality(judge(counts, all_checks()), counts, told)


def kept(w: Any, period: str | Period | None = None, limits: Any = None) -> Quality:
    """The counts kept for this version of the data, judged by the limits of now (or by `limits`).

    Raises
    ------
    Refusal
        `empty` if nothing is kept, saying what to run.
    """
    span = Period.parse(period) if period is not None else w.periods
    try:
        counts = w.run(w.stored(NAME, span))
    except Refusal as none:
        raise Refusal(none.cause, "run `yb check` first", none.kind) from None
    return Quality(judge(counts, all_checks(), limits), counts, str(span))


def failing(w: Any, check: str, period: str | Period | None = None, most: int = 20) -> pd.DataFrame:
    """Keys of rows that fail a check, at most `most`; no name, number or other personal value but the row's key.

    Raises
    ------
    Refusal
        `usage` for an unknown check, or one that judges counts and has no rows of its own.
    """
    known = all_checks()
    if check not in known:
        raise Refusal(f"no check named {check!r}", "see `yb handbook checks`", "usage")
    one = known[check]
    if not (one.bad or one.query):
        raise Refusal(f"{check} judges months, not rows", "look at its month and county", "usage")
    t = flagged(Scan(w, Period.parse(period) if period is not None else None), one)
    t = t.filter(t.bad)
    key = [k for k in TABLES[one.table].key if k in t.columns]
    return w.run(t.select(*key, "ym", "county").order_by(key).limit(most))


shelf: Shelf[Kind] = Shelf(__name__, Kind, call=run)
"""The kinds of checks by name; called, it runs all checks."""

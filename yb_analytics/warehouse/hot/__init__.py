"""The hot store: what is known of every person, laid out to be looked up in milliseconds.

A native DuckDB file derived from one published version of the data: netted lines and settlements, stays, visits,
diagnoses, trace codes sold and registers since a day, with integer codes for persons, institutions and items, sorted
by person. It lies beside the warehouse (`<warehouse>.hot`, or in `YB_HOT_DIR`), is named after the version it was made
from and never changed; any number of processes open it read-only. It may be deleted at any time: whoever needs it next
makes it again. Nothing in it is not in the warehouse.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ibis.expr import types as ir

from yb_analytics.schema import TABLES
from yb_analytics.warehouse.hot import _keeping
from yb_analytics.warehouse.hot._building import LAYOUT, REGISTERS, build, text_code
from yb_analytics.warehouse.reader import Warehouse

__all__ = ["HotStore", "build_hot", "hot_store", "text_code", "since_for"]

_ALIAS = "hot"


@dataclass(frozen=True)
class HotStore:
    """An open hot store: tables as they are stored (`table`) and with the national names again (`named`)."""

    con: Any
    since: date
    data_version: str
    file: Path | None

    def table(self, name: str) -> ir.Table:
        """A stored table; persons, institutions and items are numbers in it."""
        return self.con.table(name, database=(_ALIAS, "main"))

    def named(self, name: str, rows: ir.Table | None = None) -> ir.Table:
        """Rows of a stored table (all of them if not given) in the columns of their canonical table.

        `rows` may bring a `psn_no` of their own; then persons are not looked up.
        """
        rows = self.table(name) if rows is None else rows
        for code, (register, column) in {"person": ("person", "psn_no"), **REGISTERS}.items():
            if code in rows.columns and column not in rows.columns:
                known = self.table(register).select(code, column)
                rows = rows.left_join(known, code).drop(f"{code}_right")
        canonical = TABLES[name].names if name in TABLES else rows.columns
        return rows.select(*(c for c in canonical if c in rows.columns and c not in ("person", *REGISTERS)))


def since_for(w: Warehouse, days: int) -> date:
    """First day a store holds: `days` before the last day of the data, from the first of that month."""
    first = w.as_of - timedelta(days=days)
    return first.replace(day=1)


def build_hot(w: Warehouse, days: int) -> Path:
    """Make the hot store of a warehouse on disk, if it is not there and sound; its file.

    Parameters
    ----------
    w
        A warehouse on disk.
    days
        How many days before the last day of the data must be held: the longest window of any live point.
    """
    assert w.path is not None
    since = since_for(w, days)

    def make(draft: Path) -> None:
        con = w._source.con
        con.attach(_keeping.quoted(draft), "hot_draft")
        try:
            build(w, "hot_draft", since)
        finally:
            con.detach("hot_draft")

    facts = {"data_version": w.data_version, "since": since.isoformat(), "layout": LAYOUT}
    return _keeping.made(w.path, facts, make)


def hot_store(w: Warehouse, days: int) -> HotStore:
    """The hot store of a warehouse, opened on the warehouse's own connection; made first where it is missing.

    A warehouse in memory gets one in memory.
    """
    return w._once(("hot", days), lambda: _opened(w, days))


def _opened(w: Warehouse, days: int) -> HotStore:
    con, since = w._source.con, since_for(w, days)
    if w.path is None:
        con.attach(":memory:", _ALIAS)
        build(w, _ALIAS, since)
        return HotStore(con, since, w.data_version, None)
    file = build_hot(w, days)
    con.attach(_keeping.quoted(file), _ALIAS, read_only=True)
    return HotStore(con, since, w.data_version, file)

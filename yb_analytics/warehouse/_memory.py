"""Tables held in memory, for examples and tests: the source behind a warehouse without files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from yb_analytics.schema import TABLES, Refusal
from yb_analytics.warehouse._engine import connect, row_hash
from yb_analytics.warehouse._frames import arrow_schema, canonical


def _by_month(rows: pa.Table, name: str) -> list[tuple[str, str | None, int]]:
    """Rows by month of one table in memory: `table, ym, rows`; no month is `None`, that of a register empty."""
    month = TABLES[name].month
    if not month or not len(rows):
        return [(name, "", len(rows))] if len(rows) else []
    number = pc.add(pc.multiply(pc.year(rows[month]), 100), pc.month(rows[month]))
    return [(name, None if c["values"] is None else str(c["values"]), c["counts"])
            for c in pc.value_counts(number.combine_chunks()).to_pylist()]


class Memory:
    """Tables held in memory."""

    path: Path | None = None

    def __init__(self, frames: dict[str, object]) -> None:
        unknown = sorted(set(frames) - set(TABLES))
        if unknown:
            raise Refusal(f"没有这样的表 · no such table: {', '.join(unknown)}",
                          f"可用的表见数据字典（yb handbook data） · choose from {', '.join(TABLES)}", "schema")
        self.con = connect()
        self._rows = {name: canonical(TABLES[name], frame) for name, frame in frames.items()}

    def table(self, name: str):
        """The canonical table, made when it is first asked for."""
        if name not in self.con.list_tables():
            rows = self._rows.get(name, arrow_schema(TABLES[name]).empty_table())
            self.con.create_table(name, rows, schema=ibis.schema(TABLES[name].ibis_schema()))
        return self.con.table(name)

    def counts(self) -> pd.DataFrame:
        """Rows by table and month."""
        return pd.DataFrame([c for n, rows in self._rows.items() for c in _by_month(rows, n)],
                            columns=["table", "ym", "rows"])

    def damage(self) -> list[str]:
        """Nothing: no file is behind it."""
        return []

    def recheck(self) -> None:
        """Nothing: no file is behind it."""

    def confirm_stored(self, files: list[Path]) -> None:
        """Nothing: no file is behind it."""

    @property
    def data_version(self) -> str:
        """`memory` and a hash of the rows."""
        sums = [f"{n}:{self.con.to_pyarrow(row_hash(self.table(n))).as_py()}" for n in sorted(self._rows)]
        return "memory" + hashlib.sha256("\n".join(sums).encode()).hexdigest()[:12]

"""From arrays to Parquet in the canonical shapes; facts wait until their month is complete."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv
import pyarrow.parquet as pq

from yb_analytics.schema import TABLES

ARROW = {
    "text": pa.string(),
    "code": pa.string(),
    "flag": pa.string(),
    "money": pa.decimal128(16, 2),
    "quantity": pa.decimal128(16, 4),
    "number": pa.float64(),
    "count": pa.int64(),
    "date": pa.date32(),
    "time": pa.timestamp("us"),
    "bool": pa.bool_(),
    "list": pa.list_(pa.string()),
}
"""Kind of a column → Arrow type."""

FORMATS = ("parquet", "csv")
PARTS = ".parts"
"""Folder of the parts of each block while a city is being made."""


def decimals(value: np.ndarray, kind: pa.DataType, missing: np.ndarray | None = None) -> pa.Array:
    """Scaled integers as decimals, without a detour through text."""
    wide = np.empty((len(value), 2), dtype=np.int64)
    wide[:, 0], wide[:, 1] = value, value >> 63
    mask, nulls = None, 0
    if missing is not None and missing.any():
        mask, nulls = pa.py_buffer(np.packbits(~missing, bitorder="little")), int(missing.sum())
    return pa.Array.from_buffers(kind, len(value), [mask, pa.py_buffer(wide)], null_count=nulls)


def _codes(value: Any) -> pa.Array:
    """Codes as text; 0 and the empty text are missing."""
    if isinstance(value, pa.Array):
        return value
    if isinstance(value, tuple):
        index, names = value
        index = np.asarray(index)
        taken = pa.array(np.maximum(index, 0).astype(np.int32), mask=index < 0)
        return pa.array([None if n is None else str(n) for n in names], pa.string()).take(taken)
    if isinstance(value, np.ndarray) and value.dtype.kind == "i":
        return pc.cast(pa.array(value, mask=value == 0), pa.string())
    text = pd.Series(value).astype(object)
    return pa.array(text.where(text.notna() & (text != ""), None), pa.string())


def _dates(value: Any, kind: pa.DataType) -> pa.Array:
    series = pd.Series(value)
    if series.dtype.kind == "i":
        number = series.to_numpy()
        missing = (number == 0) | (number == -1)  # days before 1970 are birth dates
        if kind == pa.date32():
            return pa.array(number.astype(np.int32), pa.int32(), mask=missing).cast(kind)
        return pa.array(number * 1_000_000, pa.int64(), mask=number <= 0).cast(kind)
    stamps = pd.to_datetime(series)
    return pa.array(stamps.astype("datetime64[us]"), pa.timestamp("us"), from_pandas=True).cast(kind)


def column(kind: str, value: Any) -> pa.Array:
    """One column; money in fen, times in seconds or days since 1970, codes as numbers (0: missing) or text."""
    if kind in ("text", "code", "flag"):
        value = value.to_numpy() if isinstance(value, pd.Series) and value.dtype.kind == "i" else value
        return _codes(value)
    if kind == "money":
        return decimals(np.asarray(value, dtype=np.int64), ARROW[kind])
    if kind == "quantity":
        number = np.asarray(value, dtype=float)
        missing = np.isnan(number)
        return decimals(np.round(np.where(missing, 0, number) * 10_000).astype(np.int64), ARROW[kind], missing)
    if kind in ("date", "time"):
        return _dates(value, ARROW[kind])
    return pa.array(pd.Series(value), from_pandas=True).cast(ARROW[kind])


def arrow(table: str, columns: dict[str, Any] | pd.DataFrame) -> pa.Table:
    """A canonical table; absent columns are null."""
    first = columns[str(next(iter(columns)))]
    size = len(first[0]) if isinstance(first, tuple) else len(first)
    unknown = set(columns) - set(TABLES[table].names)
    if unknown:
        raise ValueError(f"{table} has no column {sorted(map(str, unknown))}")
    return pa.table(
        {
            c.name: column(c.kind, columns[c.name]) if c.name in columns else pa.nulls(size, ARROW[c.kind])
            for c in TABLES[table].columns
        }
    )


def months_of(seconds: np.ndarray) -> np.ndarray:
    """YYYYMM of times in seconds."""
    month = np.asarray(seconds).astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    return (1970 + month // 12) * 100 + month % 12 + 1


class Writer:
    """Parts of one block: registers at once, facts by month when no later row can fall into it.

    Parameters
    ----------
    folder, months, block
        The city's folder, its months (`YYYYMM`) and the number of the block.
    touch
        `touch(table, ym, rows)` → rows, called once for each part before it is written.
    """

    def __init__(self, folder: Path, months: list[int], block: int, touch: Callable[..., pa.Table]) -> None:
        self.folder, self.months, self.block, self.touch = folder, set(months), block, touch
        self.waiting: dict[tuple[str, int], list[pa.Table]] = {}

    def register(self, table: str, columns: dict[str, Any] | pd.DataFrame) -> None:
        """Write the block's rows of a register; integers of a frame stay numbers, 0 is missing."""
        if isinstance(columns, pd.DataFrame):
            if "updt_time" in TABLES[table].names and "rpt_date" in columns:
                columns = columns.assign(updt_time=columns["rpt_date"].to_numpy(np.int64) * 86_400 + 20 * 3600)
            numeric = {str(c): columns[c].dtype.kind in "if" for c in columns}
            columns = {c: columns[c].to_numpy() if n else columns[c] for c, n in numeric.items()}
        self._save(table, table, arrow(table, columns), 0)

    def fact(self, table: str, columns: dict[str, Any], ym: np.ndarray) -> None:
        """Keep rows of a fact by month; rows after the city's last month have not been delivered."""
        data = arrow(table, columns)
        for month in np.unique(ym):
            if int(month) in self.months:
                part = data.filter(pa.array(ym == month))
                self.waiting.setdefault((table, int(month)), []).append(part)

    def flush(self, ym: int) -> None:
        """Write the months up to `ym`."""
        for key in [k for k in self.waiting if k[1] <= ym]:
            self._save(key[0], str(key[1]), pa.concat_tables(self.waiting.pop(key)), key[1])

    def add(self, table: str, rows: pa.Table, month: str) -> None:
        """Add canonical rows to a register or, by the month of their column `month`, to a fact."""
        if not month:
            self._save(table, table, rows, 0)
            return
        ym = pc.add(pc.multiply(pc.year(rows[month]), 100), pc.month(rows[month])).to_numpy()
        for one in np.unique(ym):
            if int(one) in self.months:
                self.waiting.setdefault((table, int(one)), []).append(rows.filter(pa.array(ym == one)))

    def _save(self, table: str, name: str, data: pa.Table, ym: int) -> None:
        data = self.touch(table, ym, data)
        target = self.folder / PARTS / table / name
        target.mkdir(parents=True, exist_ok=True)
        pq.write_table(data, target / f"{self.block:04d}.parquet", compression="zstd", compression_level=1)


def pending(folder: Path) -> list[tuple[str, str]]:
    """Tables and months whose parts wait to be joined."""
    return sorted((p.parent.name, p.name) for p in (folder / PARTS).glob("*/*"))


def join(folder: Path, table: str, name: str, form: str) -> int:
    """Make one file of the parts of a table's month, block after block; returns its rows."""
    source = folder / PARTS / table / name
    target = folder / "data" / table / f"{name}.{form}"
    target.parent.mkdir(parents=True, exist_ok=True)
    parts = sorted(source.iterdir())
    if form == "parquet" and len(parts) == 1:
        rows = pq.read_metadata(parts[0]).num_rows
        parts[0].rename(target)
        source.rmdir()
        return rows
    rows, schema = 0, pq.read_schema(parts[0])
    writer = (
        pq.ParquetWriter(target, schema, compression="zstd", compression_level=1)
        if form == "parquet"
        else pc_csv.CSVWriter(target, schema)
    )
    with writer:
        for part in parts:
            data = pq.read_table(part, use_threads=False)
            rows += data.num_rows
            writer.write_table(data)
            part.unlink()
    source.rmdir()
    return rows


def finish(folder: Path) -> None:
    """Remove what is left of the parts."""
    shutil.rmtree(folder / PARTS, ignore_errors=True)

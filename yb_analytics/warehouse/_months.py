"""Rows of some months as sorted Parquet files, one a month, and what each of them holds.

Months are sorted and written in memory, several at once: half of the cost of sorting in the engine, and one
query instead of one a month. A month too large for that is sorted by the engine, which spills to disk; both
ways give the same rows in the same order, so the same digest.
"""

from __future__ import annotations

import itertools
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yb_analytics.schema import Period, Table
from yb_analytics.warehouse.manifest import Part
from yb_analytics.warehouse.sealing.digest import Digest, summary

WHOLE = "all"  # the one part of a table without months
UNDATED = "000000"
NOTHING = Part(0, "0", {})
ROWS_IN_MEMORY = 3_000_000
LARGEST_MONTH = 5_000_000
_ROWS_OF_A_GROUP = 1 << 17


def part_of(table: Table, rows):
    """Month of each row (`YYYYMM`) as an Ibis column; a table without months is one part."""
    if not table.month:
        return ibis.literal(WHOLE)
    return rows[table.month].strftime("%Y%m").fill_null(UNDATED)


def in_parts(table: Table, rows, parts: list[str]):
    """Rows of some months, by ranges that Parquet's own statistics can answer."""
    if not table.month:
        return rows
    month = rows[table.month]
    dated = [Period.parse(f"{p[:4]}-{p[4:]}") for p in parts if p != UNDATED]
    tests = [(month >= p.start.isoformat()) & (month < p.end.isoformat()) for p in dated]
    return rows.filter(ibis.or_(*tests, *([month.isnull()] if UNDATED in parts else [])))


def chunks(sizes: dict[str, int]) -> list[list[str]]:
    """Months that are written together: compiling costs per query, memory per row."""
    out: list[list[str]] = []
    held = ROWS_IN_MEMORY
    for part in sorted(sizes):
        if held + sizes[part] > ROWS_IN_MEMORY:
            out.append([])
            held = 0
        out[-1].append(part)
        held += sizes[part]
    return out


def _order(table: Table) -> list[str]:
    return [*dict.fromkeys((*table.sort, *table.key))]


def _new_file(folder: Path, table: Table, part: str) -> Path:
    file = folder / f"{table.part or 'part'}={part}" / f"{uuid.uuid4().hex}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def kept(path: Path) -> None:
    """See to it that what was written there survives a power failure."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _numbered(rows: pa.Table, table: Table) -> pa.Array:
    """Month of each row as a number, 202503; 0 where there is none."""
    if not table.month:
        return pa.array(np.zeros(len(rows), np.int64))
    month = rows[table.month]
    return pc.fill_null(pc.add(pc.multiply(pc.year(month), 100), pc.month(month)), 0)


def _groups(rows: pa.Table, order: pa.Array) -> Iterator[pa.Table]:
    for start in range(0, len(order), _ROWS_OF_A_GROUP):
        yield rows.take(order.slice(start, _ROWS_OF_A_GROUP))


def _write(file: Path, groups: Iterator[pa.Table], table: Table) -> Part:
    digest, writer = Digest(table), None
    try:
        for group in groups:
            writer = writer or pq.ParquetWriter(file, group.schema, compression="zstd", store_decimal_as_integer=True)
            writer.write_table(group)
            digest.add(group)
    finally:
        if writer:
            writer.close()
    return digest.part()


def write_months(rows: pa.Table, table: Table, folder: Path) -> dict[str, tuple[Path, Part]]:
    """Write canonical rows, one sorted file for each month they hold."""
    if not len(rows):
        return {}
    rows = rows.combine_chunks()
    months = _numbered(rows, table)
    keyed = rows.select(_order(table)).append_column("_month", months)
    order = pc.sort_indices(keyed, [(n, "ascending") for n in ("_month", *_order(table))])
    sorted_months = np.asarray(pc.take(months, order))
    starts = np.concatenate([[0], np.flatnonzero(np.diff(sorted_months)) + 1, [len(order)]])
    out = {}
    for start, end in itertools.pairwise(starts):
        part = f"{sorted_months[start]:06d}" if table.month else WHOLE
        file = _new_file(folder, table, part)
        held = _write(file, _groups(rows, order.slice(start, end - start)), table)
        kept(file)
        out[part] = file, held
    return out


def write_large_month(con, rows, table: Table, folder: Path, part: str) -> dict[str, tuple[Path, Part]]:
    """Write one month of an Ibis table, sorted by the engine."""
    file = _new_file(folder, table, part)
    con.to_parquet(rows.order_by([rows[c] for c in _order(table)]), file, compression="zstd")
    kept(file)
    return {part: (file, summary(file, table))}


def write(con, rows, table: Table, folder: Path, sizes: dict[str, int]) -> dict[str, tuple[Path | None, Part]]:
    """Write the months of one chunk of an Ibis table; a month that no row is left of has no file.

    Parameters
    ----------
    rows
        Canonical columns of all rows of these months.
    sizes
        Month → rows at most.
    """
    made: dict[str, tuple[Path | None, Part]] = dict.fromkeys(sizes, (None, NOTHING))
    if len(sizes) == 1 and (part := next(iter(sizes))) and sizes[part] > LARGEST_MONTH:
        return made | write_large_month(con, rows, table, folder, part)
    return made | write_months(con.to_pyarrow(rows), table, folder)

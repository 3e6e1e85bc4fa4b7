"""What a stored month holds, as one number: the digest of its columns in the canonical order of rows.

Stored rows have one order (the table's sort, then its key, which no two rows share), so the digest does not
depend on the order in which rows came, on the number of deliveries, nor on how a file is cut into row groups.
It is SHA-256 over values, by definition and not by an engine's hash function: the same rows give the same
digest after any upgrade.

Left out are columns without any value (a column the schema gains later changes nothing) and keyed pseudonyms
(the same deliveries have the same data version under any key; the SHA-256 of the file covers them).
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yb_analytics.schema import Table
from yb_analytics.schema.column import Column
from yb_analytics.warehouse.manifest import Part

_ROWS_AT_ONCE = 1 << 17


class _ColumnDigest:
    """SHA-256 of one column: which rows have a value, how long each text is, and the values."""

    def __init__(self, column: Column) -> None:
        self.column, self.rows, self.values = column, 0, 0
        self._told, self._lengths, self._bytes = hashlib.sha256(), hashlib.sha256(), hashlib.sha256()
        self._bits = np.zeros(0, bool)
        self.sum = Decimal(0)

    def add(self, values: pa.Array) -> None:
        """The next rows of the column."""
        self.rows, self.values = self.rows + len(values), self.values + len(values) - values.null_count
        told = np.asarray(values.is_valid()) if values.null_count else np.ones(len(values), bool)
        bits = np.concatenate([self._bits, told]) if len(self._bits) else told
        whole = len(bits) // 8 * 8
        self._told.update(np.packbits(bits[:whole]).data)
        self._bits = bits[whole:]
        if values.null_count < len(values):
            self._add_values(values.drop_null() if values.null_count else values)
        if self.column.kind == "money":
            self.sum += pc.sum(values).as_py() or 0

    def _add_values(self, values: pa.Array) -> None:
        if pa.types.is_list(values.type):
            self._lengths.update(np.ascontiguousarray(values.value_lengths(), dtype="<i4").data)
            values = values.flatten()
        if pa.types.is_string(values.type):
            ends = np.frombuffer(values.buffers()[1], "<i4")[values.offset:values.offset + len(values) + 1]
            self._lengths.update(np.diff(ends).data)
            if ends[-1] > ends[0]:
                self._bytes.update(memoryview(values.buffers()[2])[ends[0]:ends[-1]])
            return
        if pa.types.is_boolean(values.type):
            values = values.cast(pa.uint8())
        elif pa.types.is_floating(values.type):
            values = pc.add(values, 0.0)  # minus zero is zero
        width = values.type.bit_width // 8
        self._bytes.update(memoryview(values.buffers()[1])[values.offset * width:(values.offset + len(values)) * width])

    def digest(self) -> str:
        """The column's digest."""
        told = self._told.copy()
        told.update(np.packbits(self._bits).data)
        parts = (told, self._lengths, self._bytes)
        return hashlib.sha256(b"".join(p.digest() for p in parts)).hexdigest()


class Digest:
    """What a month holds, added up group of rows by group of rows in the canonical order."""

    def __init__(self, table: Table) -> None:
        self.table, self.rows = table, 0
        self._columns = {c.name: _ColumnDigest(c) for c in table.columns if c.personal != "hashed"}

    @property
    def names(self) -> list[str]:
        """Columns that are read."""
        return [*self._columns]

    def add(self, rows: pa.Table | pa.RecordBatch) -> None:
        """The next rows; columns they do not have count as empty."""
        self.rows += rows.num_rows
        for name in rows.schema.names:
            column, values = self._columns.get(name), rows[name]
            if column:
                for piece in values.chunks if isinstance(values, pa.ChunkedArray) else [values]:
                    column.add(piece)

    def part(self) -> Part:
        """Rows, digest, sums of money."""
        told = {n: c.digest() for n, c in sorted(self._columns.items()) if c.values}
        whole = hashlib.sha256("\n".join(f"{n} {d}" for n, d in told.items()).encode()).hexdigest()
        money = {c.name: str(self._columns[c.name].sum) for c in self.table.columns if c.kind == "money"}
        return Part(self.rows, whole if self.rows else "0", money)


def summary(file: Path, table: Table) -> Part:
    """Rows, sums of money and digest of one stored file, read from the disk.

    Parameters
    ----------
    file
        A Parquet file of one part of `table`, its rows in the table's order.
    table
        The canonical table; columns the file does not have count as empty.

    Returns
    -------
    Part
        `hash`: 64 hex digits. `money`: sums in yuan by column, exact.
    """
    digest, source = Digest(table), pq.ParquetFile(file)
    given = [n for n in digest.names if n in source.schema_arrow.names]
    for batch in source.iter_batches(batch_size=_ROWS_AT_ONCE, columns=given, use_threads=False):
        digest.add(batch)
    return digest.part()

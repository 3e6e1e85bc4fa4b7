"""Parquet: a private copy of the file, or one with marks where its own names are in the way."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from yb_analytics.schema.informers import refuse_informers
from yb_analytics.warehouse.reading.batches import MARKS, Raw, Sink, damaged, headed, raw_file

_ROWS = 1 << 17
_BROKEN = (pa.ArrowException, OSError, ValueError, RuntimeError, MemoryError)


def read_parquet(path: Path, staging: Path, sha256: str, name: str) -> Raw:
    """A Parquet file: a private copy, or one with marks where its own names are in the way of DuckDB's."""
    target = raw_file(staging, sha256)
    try:
        source = pq.ParquetFile(path)
        given = source.schema_arrow
        refuse_informers({part for i in range(len(source.schema)) for part in source.schema.column(i).path.split(".")},
                         name)
        names = headed(given.names, name)
        if names == given.names and not {n.lower() for n in names} & {"filename", "file_row_number"}:
            shutil.copyfile(path, target)
            return Raw(path, target, source.metadata.num_rows, sha256, str(given.remove_metadata()), marked=False,
                       name=name)
        schema = pa.schema(list(zip(names, given.types, strict=True)))
        with Sink(target, schema, name, sha256) as sink:
            for batch in source.iter_batches(batch_size=_ROWS):
                sink.write(batch.columns, np.arange(sink.rows + 1, sink.rows + batch.num_rows + 1))
    except _BROKEN as error:
        raise damaged(name, "Parquet", error) from None
    return Raw(path, target, sink.rows, sha256, str(pa.schema([*schema, *MARKS.items()])), name=name)


def refuse_damaged(raws: list[Raw]) -> None:
    """Refuse the Parquet file that cannot be read to its end, if there is one."""
    for raw in raws:
        try:
            for _ in pq.ParquetFile(raw.parquet).iter_batches() if raw.parquet.is_file() else ():
                pass
        except _BROKEN as error:
            raise damaged(raw.name or raw.source, "Parquet", error) from None

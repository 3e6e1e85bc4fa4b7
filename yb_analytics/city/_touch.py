"""How a scheme changes rows as they will be written: values set at some of them, and what is told of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from yb_analytics.city._write import column
from yb_analytics.schema import TABLES


def text(rows: pa.Table, name: str) -> np.ndarray:
    """A code column as an array of text; empty where there is none."""
    return pc.fill_null(rows[name].combine_chunks(), "").to_numpy(zero_copy_only=False).astype(str)


def among(rows: pa.Table, name: str, values: np.ndarray) -> np.ndarray:
    """Whether a code column holds one of some codes, row by row."""
    wanted = pa.array(np.asarray(values).astype(str), pa.string())
    return pc.is_in(rows[name].combine_chunks(), wanted).to_numpy(zero_copy_only=False)


def fen(rows: pa.Table, name: str) -> np.ndarray:
    """A money column in fen; 0 where there is none."""
    cents = pc.multiply(pc.fill_null(rows[name].combine_chunks(), 0), pa.scalar(100, pa.int64()))
    return cents.cast(pa.float64()).to_numpy(zero_copy_only=False).round().astype(np.int64)


def seconds(rows: pa.Table, name: str) -> np.ndarray:
    """A time column in seconds since 1970; 0 where there is none."""
    return pc.fill_null(rows[name].combine_chunks().cast(pa.int64()), 0).to_numpy() // 1_000_000


def changed(table: str, rows: pa.Table, at: np.ndarray, **values: Any) -> pa.Table:
    """Rows with the named columns set where `at` is true; values in the units of `_write.column`."""
    mask = pa.array(at)
    for name, value in values.items():
        new = np.broadcast_to(value, int(at.sum())).copy()
        own = rows[name].combine_chunks()
        made = column(TABLES[table][name].kind, new).cast(own.type)
        rows = rows.set_column(rows.column_names.index(name), rows.schema.field(name),
                               pc.replace_with_mask(own, mask, made))
    return rows


def told(plant: Any, at: np.ndarray, loss: Any = 0) -> pd.DataFrame:
    """What the truth tells of the rows where `at` is true: whose they are, and the loss in fen."""
    place = np.flatnonzero(at)
    return pd.DataFrame({"plant": np.broadcast_to(plant, len(place)), "row": place,
                         "loss": np.broadcast_to(loss, len(place)).astype(np.int64)})


def with_more(rows: pa.Table, more: pa.Table, plant: Any, loss: Any = 0) -> tuple[pa.Table, pd.DataFrame]:
    """Rows with others behind them, and what is told of the others."""
    place = np.arange(rows.num_rows, rows.num_rows + more.num_rows)
    frame = pd.DataFrame({"plant": np.broadcast_to(plant, len(place)), "row": place,
                          "loss": np.broadcast_to(loss, len(place)).astype(np.int64)})
    return pa.concat_tables([rows, more]), frame


def chance(town: Any, name: str, ym: int, size: int) -> np.ndarray:
    """A chance for each row of a part, the same in every run."""
    return town.stream(name, ym).random(size)

"""A frame in memory becomes a canonical table: names checked, types coerced, absent columns empty."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from yb_analytics.schema import Refusal, Table
from yb_analytics.schema.column import Column
from yb_analytics.warehouse.reading.meaning import FIRST_DAY, LAST_DAY, readings

_ARROW = {
    "text": pa.string(), "code": pa.string(), "flag": pa.string(),
    "money": pa.decimal128(16, 2), "quantity": pa.decimal128(16, 4), "number": pa.float64(),
    "count": pa.int64(), "date": pa.date32(), "time": pa.timestamp("us"), "bool": pa.bool_(),
    "list": pa.list_(pa.string()),
}
"""Kind of a column → Arrow type, equal to the Ibis type of `schema.column.TYPES`."""


def arrow_schema(table: Table) -> pa.Schema:
    """Arrow schema of a canonical table."""
    return pa.schema([(c.name, _ARROW[c.kind]) for c in table.columns])


def _as_text(value: object) -> str | None:
    if value is None or value is pd.NaT or value != value:
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _as_decimal(value: object, step: Decimal) -> Decimal | None:
    if value is None or value != value or value == "":
        return None
    return Decimal(str(value)).quantize(step)


def _values(column: Column, values: pd.Series) -> list:
    """Python values of one column in its canonical type."""
    if column.kind in ("text", "code", "flag"):
        known, texts = readings(column), [_as_text(v) for v in values]
        return [known.get(t, t) if t is not None else None for t in texts] if known else texts
    if column.kind in ("money", "quantity"):
        step = Decimal("0.01") if column.kind == "money" else Decimal("0.0001")
        return [_as_decimal(v, step) for v in values]
    if column.kind in ("date", "time"):
        times = pd.to_datetime(values, format="mixed")
        return [None if t is pd.NaT or not FIRST_DAY <= t.date() <= LAST_DAY
                else (t.date() if column.kind == "date" else t.to_pydatetime()) for t in times]
    if column.kind == "list":
        return [None if v is None else [str(x) for x in v] for v in values]
    cast = {"number": float, "count": int, "bool": bool}[column.kind]
    return [None if v is None or v != v else cast(v) for v in values]


def _array(column: Column, values: pd.Series) -> pa.Array:
    kind = _ARROW[column.kind]
    try:
        return pa.array(_values(column, values), kind)
    except (ValueError, ArithmeticError, TypeError, pa.ArrowInvalid) as error:
        raise Refusal(f"列 {column.name}（{column.zh}）的值类型不符 · "
                      f"column {column.name}: not {column.kind}: {error}",
                      f"按该列类型给值 · give {column.kind} values ({column.zh})", "schema") from None


def _of_arrow(column: Column, values: pa.ChunkedArray) -> pa.Array | None:
    """An Arrow column that has its canonical type already, with codes read and days without sense left out."""
    if values.type != _ARROW[column.kind]:
        return None
    values = values.combine_chunks()
    if column.kind in ("date", "time"):
        low, high = (pa.scalar(day, pa.date32()).cast(values.type) for day in (FIRST_DAY, LAST_DAY))
        inside = pc.and_(pc.greater_equal(values, low), pc.less(values, pc.add(high, pa.scalar(timedelta(days=1)))))
        return pc.if_else(inside, values, pa.scalar(None, values.type))
    known = readings(column) if column.kind in ("code", "flag", "text") else {}
    if not known:
        return values
    coded = values.dictionary_encode()
    read = pa.array([known.get(t, t) for t in coded.dictionary.to_pylist()], pa.string())
    return read.take(coded.indices)


def canonical(table: Table, frame) -> pa.Table:
    """A pandas or Arrow table as a canonical Arrow table.

    Columns not given are empty; a column the table does not have is refused by name (a misspelt column
    would otherwise read as empty).
    """
    ready: dict[str, pa.Array] = {}
    if isinstance(frame, pa.Table):
        told = {c.name: _of_arrow(c, frame[c.name]) for c in table.columns if c.name in frame.column_names}
        ready = {name: values for name, values in told.items() if values is not None}
        frame = frame.drop_columns(list(ready)).to_pandas() if len(ready) < frame.num_columns else pd.DataFrame(
            index=range(frame.num_rows))
    frame = pd.DataFrame(frame)
    other = {k: v for k, v in table.aliases.items() if v not in {*frame.columns, *ready} and k in frame.columns}
    frame = frame.assign(**{v: frame[k] for k, v in other.items()}).drop(columns=set(other) - set(table.names))
    unknown = sorted(set(map(str, frame.columns)) - set(table.names))
    if unknown:
        raise Refusal(f"表 {table.name} 没有所给的列 · {table.name} has no column {', '.join(unknown)}",
                      "列名见数据字典（yb handbook） · see the data dictionary (`yb handbook`) for its columns",
                      "schema")
    arrays = [ready[c.name] if c.name in ready else _array(c, frame[c.name]) if c.name in frame.columns
              else pa.nulls(len(frame), _ARROW[c.kind]) for c in table.columns]
    return pa.Table.from_arrays(arrays, schema=arrow_schema(table))

"""From texts to canonical types, row by row accepted or quarantined with the reason.

A value that is there but cannot be read as what its column holds puts the row into quarantine, in required
and optional columns alike: to store the row without it would lose it silently.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from yb_analytics.schema import Refusal, Table
from yb_analytics.schema.column import Column
from yb_analytics.warehouse._delivery import FILE, MARKS
from yb_analytics.warehouse._linkage import link_code
from yb_analytics.warehouse._meaning import FLAGS, is_meant_otherwise, is_placeholder, stated
from yb_analytics.warehouse._pseudonym import LINK_CODE, MADE_FROM, pseudonym

_SHAPES = ("%Y%m%d", "%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y%m%d%H%M%S", "%Y年%m月%d日")
_TELLING = 10  # digits: a date or an amount, never a telephone or certificate number
_SAFE_DIGITS = 10**15  # a floating number keeps this many
REASON = "_reason"
PLACEHOLDER = "_placeholder_"
"""Beginning of the columns that mark the rows in which a date was no date."""
UNREAD = "_unread_"
"""Beginning of the counts of flags that are neither yes nor no: they are kept as they are."""
_TEXTS = ("text", "code", "flag")


@ibis.udf.scalar.builtin(name="try_strptime")
def _try_time(text: str, shape: str) -> dt.timestamp:
    """DuckDB's own: a time, or empty if the text has another shape."""


def as_text(value):
    """A raw column as trimmed text, empty texts as missing; whole floating numbers without their `.0`."""
    if value.type().is_floating():
        whole = value.cast("int64").cast("string")
        value = (value == value.round()).ifelse(whole, value.cast("string"))
    text = value.cast("string").strip()
    return text.nullif("")


def as_time(value, shape: str | None = None):
    """A time, read in `shape` or, without one, in the shapes in use; missing where it is none."""
    if value.type().is_timestamp() or value.type().is_date():
        return value.cast("timestamp")
    text = as_text(value)
    if shape:
        return _try_time(text, shape)
    return ibis.coalesce(text.try_cast("timestamp"), *(_try_time(text, s) for s in _SHAPES))


def number(value, kind: str):
    """A raw column as a number of a kind, thousands separators taken out; missing where it is none."""
    plain = as_text(value).replace(",", "") if value.type().is_string() else value
    return plain.try_cast(kind)


def is_canonical(column: Column, value) -> bool:
    """Whether every value of a raw column already is what its column holds, so that nothing can be unreadable."""
    kind = value.type()
    if column.kind == "time":
        return kind.is_timestamp() and not kind.timezone
    if column.kind == "number":  # may hold NaN
        return False
    return kind.copy(nullable=True) == dt.dtype(column.type)


def typed(column: Column, value, shape: str | None = None):
    """A raw column in its canonical type, missing where it cannot be read."""
    if column.kind in _TEXTS:
        return as_text(value)
    if is_canonical(column, value):
        return value.cast("timestamp") if column.kind == "time" else value
    if column.kind == "time":
        return as_time(value, shape)
    if column.kind == "date":
        return as_time(value, shape).date()
    if column.kind in ("money", "quantity"):
        return number(value, column.type)
    if column.kind == "count":
        exact = number(value, "decimal(38, 6)")
        return (exact == exact.floor()).ifelse(exact.cast("int64"), None)
    if column.kind != "number":
        return value.try_cast(column.type)
    real = number(value, "float64")
    return (real.isnan() | real.isinf()).ifelse(None, real)


def _quoted(text):
    """A value that could not be read, as far as it may be told: short numbers and words of ASCII as they are.

    Columns get shifted in deliveries, and then a name or a certificate number stands where a date should: of every
    other value only the form is told, digits as 9, Latin letters as a, anything else as 文.
    """
    plain = text.re_search(r"^[ -~]*$") & (text.re_replace(r"[^0-9]", "").length() <= _TELLING)
    form = text.left(40).re_replace(r"[0-9]", "9").re_replace(r"[A-Za-z]", "a").re_replace(r"[^ -~]", "文")
    return plain.ifelse(text.left(40), form)


def _complaint(column: Column, raw, value):
    """Why a value puts its row into quarantine; empty if it does not. Personal values are never quoted.

    `None` where nothing can be wrong: asking every row is what costs.
    """
    label, text = f"{column.name}（{column.zh}）", as_text(raw)
    if column.kind in _TEXTS or is_canonical(column, raw):
        empty = ibis.literal(f"{label} is empty")
        return value.isnull().ifelse(empty, ibis.null("string")) if column.required else None
    given = text.notnull() if raw.type().is_string() else raw.notnull()
    shown = ibis.literal("") if column.personal else ibis.literal(": ") + _quoted(text)
    wrong = (given & value.isnull()).ifelse(
        ibis.literal(f"{label} is not {column.kind}") + shown, ibis.null("string"))
    if not column.required:
        return wrong
    return (~given).ifelse(ibis.literal(f"{label} is empty"), wrong)


def _undated(table: Table, column: Column, odd):
    """A row belongs to a month: one that says 1900 or 9999 there belongs to none. Other dates are just empty."""
    if column.name != table.month:
        return None
    return odd.ifelse(ibis.literal(f"{column.name}（{column.zh}） is a placeholder"), ibis.null("string"))


def conform(raw, table: Table, values: dict[str, Any], shapes: dict[str, str], key: bytes,
            literally: bool = False):
    """Canonical columns, and `_reason` (empty for rows that are accepted).

    Parameters
    ----------
    raw
        Ibis table of the delivered file.
    values
        Canonical column → its raw value as a column of `raw`; columns not named stay empty.
    shapes
        Canonical column → format of its dates, where the mapping names one.
    literally
        Every value is known to mean itself (see `means_itself`).
    """
    out, complaints, marks, clear = {}, [], {}, {}
    for column in table.columns:
        if column.name not in values or column.personal == "dropped" or column.name == LINK_CODE:
            out[column.name] = ibis.null(column.type)
            continue
        value = typed(column, values[column.name], shapes.get(column.name))
        value = value if literally else stated(column, value)
        complaints.append(_complaint(column, values[column.name], value))
        if column.kind in ("date", "time") and not literally:
            odd = marks[PLACEHOLDER + column.name] = is_placeholder(value).fill_null(False)
            complaints.append(_undated(table, column, odd))
            value = odd.ifelse(ibis.null(value.type()), value)
        if column.personal == "hashed":
            clear[column.name] = value
            value = pseudonym(key, column.name)(value)
        out[column.name] = value
    if LINK_CODE in out and clear:
        out[LINK_CODE] = link_code(key)(*(clear.get(c, ibis.null("string")) for c in MADE_FROM))
    complaints = [c for c in complaints if c is not None]
    reason = ibis.literal("; ").join(complaints).nullif("") if complaints else ibis.null("string")
    return raw.select(**out, **marks, **{REASON: reason}, **{m: raw[m] for m in MARKS})


def means_itself(con, rows, table: Table, values: dict[str, Any]) -> bool:
    """Whether no value of a typed delivery has a reading other than itself: then nothing need be converted."""
    asked = [c for c in table.columns if c.name in values and c.kind in ("code", "flag", "date", "time")]
    found = [is_meant_otherwise(c, values[c.name]).fill_null(False).any() for c in asked]
    return not found or not con.to_pyarrow(rows.aggregate(ibis.or_(*found).name("found")))["found"][0].as_py()


def noted(rows, table: Table) -> dict[str, Any]:
    """What was read otherwise than it stood there: aggregates over conformed rows, by name of the aggregate."""
    dates = {c: rows[c].sum() for c in rows.columns if c.startswith(PLACEHOLDER)}
    flags = {UNREAD + c.name: rows[c.name].notin(FLAGS).sum() for c in table.columns if c.kind == "flag"}
    return dates | flags


def refuse_broken_ids(con, raw, table: Table, values: dict[str, Any]) -> None:
    """Refuse identifiers that went through floating numbers: their last digits are gone."""
    checks = {}
    for column in table.columns:
        value = values.get(column.name)
        if column.kind != "code" or not isinstance(value, ir.Column):
            continue
        if value.type().is_floating():
            checks[column.name] = (value.abs() >= _SAFE_DIGITS).any()
        elif value.type().is_string():
            broken = value.re_search(r"^\s*\d(\.\d+)?[eE]\+\d{2}\s*$")
            checks[column.name] = value.contains("+").ifelse(broken, ibis.literal(False)).any()
    if not checks:
        return
    for found in con.to_pyarrow(raw.group_by(FILE).aggregate(**checks)).to_pylist():
        source, broken = found.pop(FILE), [name for name, bad in found.items() if bad]
        if not broken:
            continue
        raise Refusal(f"{source}: column {', '.join(broken)} holds identifiers as floating numbers, digits are lost",
                      "export the column as text", "schema")

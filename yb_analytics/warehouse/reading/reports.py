"""How a raw value reads as what its column holds: texts, times, numbers, identifiers."""

from __future__ import annotations

import ibis
import ibis.expr.datatypes as dt

from yb_analytics.schema.column import Column

_SHAPES = ("%Y%m%d", "%Y%m%d%H%M%S", "%Y年%m月%d日", "%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y.%m.%d")
_TELLING = 10  # digits: a date or an amount, never a telephone or certificate number
_SAFE_DIGITS = 10**15  # a floating number keeps this many
_ZONED = r":[0-9.]+ ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)$"
_EAST_8 = 8 * 3600 * 10**6  # microseconds
_DAY_ZERO = ibis.date(1899, 12, 30)  # of spreadsheets
_TEXTS = ("text", "code", "flag")
WIDE_BLANKS = "\u3000\xa0\ufeff\u200b"
"""Blanks beyond ASCII that stand around values of Chinese systems and of web pages."""
BLANKS = " \t\r\n\v\f" + WIDE_BLANKS


@ibis.udf.scalar.builtin(name="trim")
def _trimmed(text: str, characters: str) -> str:  # type: ignore[empty-body]
    """DuckDB's own: a text without some characters at its ends."""


@ibis.udf.scalar.builtin(name="try_strptime")
def _try_time(text: str, shape: str) -> dt.timestamp:
    """DuckDB's own: a time, or empty if the text has another shape."""


@ibis.udf.scalar.builtin(name="epoch_us")
def _microseconds(time: dt.Timestamp(timezone="UTC")) -> int:  # type: ignore[valid-type, empty-body]
    """DuckDB's own: microseconds since 1970 of a moment."""


@ibis.udf.scalar.builtin(name="make_timestamp")
def _wall_time(microseconds: int) -> dt.timestamp:
    """DuckDB's own: the wall time so many microseconds after 1970."""


def trimmed(text):
    """A text without blanks around it, wide ones included."""
    return _trimmed(text, BLANKS)


def as_text(value):
    """A raw column as trimmed text, empty texts as missing; whole floating numbers without their `.0`."""
    if value.type().is_floating():
        whole = value.try_cast("int64").cast("string")
        value = (value == value.round()).ifelse(ibis.coalesce(whole, value.cast("string")), value.cast("string"))
    return trimmed(value.cast("string")).nullif("")


def is_zoned(text):
    """Whether a time is written with its offset from Greenwich."""
    return (text.endswith("Z") | text.contains("+") | (text.length() > 19)).ifelse(
        text.re_search(_ZONED), ibis.literal(False))


def _in_shanghai(moment):
    """Wall time of a moment, eight hours east of Greenwich."""
    return _wall_time(_microseconds(moment) + _EAST_8)


def _serial(text):
    """A day as spreadsheets count: five digits (1927 to 2173), and a fraction for the time."""
    days = text.re_search(r"^[1-9][0-9]{4}([.][0-9]+)?$").ifelse(text, ibis.null("string")).try_cast("float64")
    seconds = (days * 86400).round().cast("int64")
    return _wall_time(seconds * 10**6 + _DAY_ZERO.epoch_seconds().cast("int64") * 10**6)


def as_time(value, shape: str | None = None):
    """A time, read in `shape` or, without one, in the shapes in use; missing where it is none."""
    kind = value.type()
    if kind.is_timestamp() and kind.timezone:
        return _in_shanghai(value.cast("timestamp('UTC')"))
    if kind.is_timestamp() or kind.is_date():
        return value.cast("timestamp")
    text = as_text(value)
    if shape:
        return _try_time(text, shape)
    plain = ibis.coalesce(text.try_cast("timestamp"), *(_try_time(text, s) for s in _SHAPES), _serial(text))
    return is_zoned(text).ifelse(_in_shanghai(text.try_cast("timestamp('UTC')")), plain)


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


def quoted(text):
    """A value that could not be read, as far as it may be told: short numbers and words of ASCII as they are.

    Columns get shifted in deliveries, and then a name or a certificate number stands where a date should: of every
    other value only the form is told, digits as 9, Latin letters as a, anything else as 文.
    """
    plain = text.re_search(r"^[ -~]*$") & (text.re_replace(r"[^0-9]", "").length() <= _TELLING)
    form = text.left(40).re_replace(r"[0-9]", "9").re_replace(r"[A-Za-z]", "a").re_replace(r"[^ -~]", "文")
    return plain.ifelse(text.left(40), form)


def is_broken_id(value):
    """Whether an identifier went through a floating number: its last digits are gone. `None`: it cannot have."""
    if value.type().is_floating():
        return value.abs() >= _SAFE_DIGITS
    if value.type().is_string():
        return value.contains("+").ifelse(value.re_search(r"^\s*\d(\.\d+)?[eE]\+\d{2}\s*$"), ibis.literal(False))
    return None

"""What deliveries write for *nothing*, for yes and no, for a code by its name, and for a date that is none.

Systems disagree in this and in little else. The rules are the same for files and for frames in memory: a
column has a small table of readings, and every value that is not in it stays as it is.
"""

from __future__ import annotations

from datetime import date, datetime, time
from functools import cache

import ibis

from yb_analytics.schema.codes import CODES, codes_by_name
from yb_analytics.schema.column import Column

_ABSENT = ("", "-", "--", "—", "NULL", "Null", "null", "NONE", "None", "none", "NaN", "nan", "N/A", "\\N", "无")
"""Texts that database exports and forms write where there is no value."""

_NO_ID = "0"
"""In an optional identifier too; a code list may have a code 0, and a required identifier is taken at its word."""

_LONGEST = max(map(len, _ABSENT))

_YES = ("是", "Y", "y", "YES", "Yes", "yes", "T", "t", "TRUE", "True", "true", "1.0")
_NO = ("否", "N", "n", "NO", "No", "no", "F", "f", "FALSE", "False", "false", "0.0")
FLAGS = ("0", "1")

_MORE_WORDS = {"GEND": {"M": "1", "F": "2"}}

FIRST_DAY, LAST_DAY = date(1901, 1, 1), date(2900, 12, 31)
"""Days outside are placeholders: exports write 1900-01-01 (day 0 of spreadsheets and of SQL Server) or 0001-01-01
for "unknown", and 9999-12-31 for "still open"; nobody now insured was treated before 1901."""


@cache
def readings(column: Column) -> dict[str, str | None]:
    """What a text of this column means where it does not mean itself; `None`: nothing.

    Examples
    --------
    >>> gend = readings(Column("gend", "性别", "code", codes="GEND"))
    >>> gend["男"], gend["F"], gend["NULL"], "0" in gend
    ('1', '2', None, False)
    >>> readings(Column("init_setl_id", "原结算", "code"))["0"] is None, readings(Column("f", "标志", "flag"))["是"]
    (True, '1')
    """
    if column.kind not in ("code", "flag"):
        return {}
    out: dict[str, str | None] = dict.fromkeys(_ABSENT)
    if column.kind == "code" and not column.codes and not column.required:
        out[_NO_ID] = None
    if column.kind == "flag":
        out |= dict.fromkeys(_YES, "1") | dict.fromkeys(_NO, "0")
    return out | codes_by_name(column.codes) | _MORE_WORDS.get(column.codes, {})


def stated(column: Column, text):
    """An Ibis text column as it is meant; plain codes and long identifiers pass a cheap test only."""
    known = readings(column)
    if not known:
        return text
    if column.kind == "flag":
        plain = text.isin(FLAGS)
    elif column.codes:
        plain = (text >= "0") & (text < ":")
    else:
        plain = text.length() > _LONGEST
    absent = [t for t, meaning in known.items() if meaning is None]
    words = [(t, meaning) for t, meaning in known.items() if meaning is not None]
    meant = text.cases(*words, else_=text) if words else text
    return plain.ifelse(text, text.isin(absent).ifelse(ibis.null("string"), meant))


def is_meant_otherwise(column: Column, value):
    """Whether a value has a reading other than itself (or may have one): one short test, to ask of many rows."""
    if column.kind in ("date", "time"):
        return is_placeholder(value)
    if column.kind == "flag":
        return value.notin(FLAGS)
    if column.codes:
        own = sorted(CODES.get(column.codes, {}))
        return ((value < "0") | (value >= ":")) if all("0" <= c < ":" for c in own) else value.notin(own)
    return (value.length() <= _LONGEST).ifelse(value.isin(list(readings(column))), ibis.literal(False))


def is_placeholder(value):
    """Whether an Ibis date or time stands for none."""
    if value.type().is_timestamp():
        return (value < datetime.combine(FIRST_DAY, time.min)) | (value > datetime.combine(LAST_DAY, time.max))
    return (value < FIRST_DAY) | (value > LAST_DAY)

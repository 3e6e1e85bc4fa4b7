"""Texts looked at cheaply: only those with other than ASCII characters are searched."""

from __future__ import annotations

import ibis
import ibis.expr.datatypes as dt


@ibis.udf.scalar.builtin(name="strlen")
def octets(text: str) -> dt.int64:
    """DuckDB's own: bytes of a text."""


def wide_and(value, test):
    """`test` where the text holds more than ASCII, else false."""
    return (octets(value) != value.length()).ifelse(test, False)


def doubtful(value):
    """Whether a text holds anything but plain characters: what every check of its form or encoding needs to fail."""
    signs = (value.contains(sign) for sign in (" ", "?", "\n", "\t", "\r", "\v", "\f"))
    return ibis.or_(octets(value) != value.length(), *signs)


def is_text(column) -> bool:
    """A column of names or identifiers as they are written; codes of a list are compared with it instead."""
    return column.kind in ("text", "code") and not column.codes and column.personal not in ("hashed", "dropped")


def is_id(column) -> bool:
    """A column of identifiers without a code list."""
    return column.kind == "code" and not column.codes and column.personal not in ("hashed", "dropped")

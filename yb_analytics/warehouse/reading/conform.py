"""From texts to canonical types, row by row accepted or quarantined with the reason.

A value that is there but cannot be read as what its column holds puts the row into quarantine, in required
and optional columns alike: to store the row without it would lose it silently.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir

from yb_analytics.schema import CODES, Refusal, Table
from yb_analytics.schema.column import Column
from yb_analytics.warehouse.privacy.linkage import link_code
from yb_analytics.warehouse.privacy.pseudonym import LINK_CODE, MADE_FROM, pseudonym
from yb_analytics.warehouse.reading.batches import FILE, MARKS
from yb_analytics.warehouse.reading.meaning import is_placeholder, stated
from yb_analytics.warehouse.reading.reports import as_text, is_broken_id, is_canonical, quoted, typed
from yb_analytics.warehouse.reading.survey import Survey

REASON = "_reason"
_TEXTS = ("text", "code", "flag")
_TIMES = ("date", "time")
_CODE_SLACK = 4  # provinces extend code lists by longer codes, but not up to a telephone number


def _complaint(column: Column, raw, value, found: Survey | None):
    """Why a value puts its row into quarantine; empty if it does not. Personal values are never quoted.

    `None` where nothing can be wrong: asking every row is what costs.
    """
    label, text = f"{column.name}（{column.zh}）", as_text(raw)
    out = []
    if column.required and (found is None or found.has(column.name, "missing")):
        empty = value.isnull() if column.kind in _TEXTS else (text if raw.type().is_string() else raw).isnull()
        out.append((empty, ibis.literal(f"{label} is empty")))
    if column.kind not in _TEXTS and not is_canonical(column, raw) and (found is None or found.has(column.name, "bad")):
        given = (text if raw.type().is_string() else raw).notnull()
        shown = ibis.literal("") if column.personal else ibis.literal(": ") + quoted(text)
        out.append((given & value.isnull(), ibis.literal(f"{label} is not {column.kind}") + shown))
    if found is not None and found.has(column.name, "header"):
        named = raw.lower().isin([column.name, column.zh])
        out.append((named, ibis.literal(f"{label} holds its own name: a header line")))
    return ibis.cases(*out, else_=ibis.null("string")) if out else None


def names_persons(table: Table) -> bool:
    """Whether a table is delivered with names or numbers of persons."""
    return any(c.personal == "hashed" for c in table.columns)


def _misplaced(table: Table, column: Column, value):
    """In a register of persons columns get shifted, and a code column would keep a name or a number in clear."""
    known = CODES.get(column.codes)
    if not known or not names_persons(table):
        return None
    wrong = (value.length() > max(map(len, known)) + _CODE_SLACK) | value.re_search(r"[^ -~]")
    return wrong.ifelse(ibis.literal(f"{column.name}（{column.zh}） is not a code"), ibis.null("string"))


def _must_be_dated(table: Table, column: Column) -> bool:
    """Whether a row cannot do without a date: its month, and what the table requires. Other dates are just empty."""
    return column.required or column.name == table.month


def _undated(table: Table, column: Column, odd):
    """A row that says 1900 or 9999 where it must say when."""
    if not _must_be_dated(table, column):
        return None
    return odd.ifelse(ibis.literal(f"{column.name}（{column.zh}） is a placeholder"), ibis.null("string"))


def _read(column: Column, raw, shape: str | None, found: Survey | None):
    """A raw column in its canonical type; the short way where the survey found nothing out of the ordinary."""
    if found is not None and raw.type().is_string() and not found.has(column.name, "padded"):
        if column.kind in _TEXTS:
            return raw if not found.has(column.name, "words") else stated(column, raw)
        if column.kind in _TIMES and shape is None and not found.has(column.name, "shape", "zone"):
            value = raw.try_cast("timestamp")
            return value.date() if column.kind == "date" else value
        if column.kind in ("money", "quantity") and not found.has(column.name, "separators"):
            return raw.try_cast(column.type)
    value = typed(column, raw, shape)
    return stated(column, value) if found is None or found.has(column.name, "words") else value


def conform(raw, table: Table, values: dict[str, Any], shapes: dict[str, str], key: bytes, found: Survey):
    """Canonical columns, and `_reason` (empty for rows that are accepted).

    Parameters
    ----------
    raw
        Ibis table of the delivered file.
    values
        Canonical column → its raw value as a column of `raw`; columns not named stay empty.
    shapes
        Canonical column → format of its dates, where the mapping names one.
    found
        What is out of the ordinary in these rows; what is not need not be looked for.
    """
    out, complaints, clear = {}, [], {}
    for column in table.columns:
        if column.name not in values or column.personal == "dropped" or column.name == LINK_CODE:
            out[column.name] = ibis.null(column.type)
            continue
        given = values[column.name]
        known = found if isinstance(given, ir.Column) else None
        value = _read(column, given, shapes.get(column.name), known)
        complaints += [_complaint(column, given, value, known), _misplaced(table, column, value)]
        if column.kind in _TIMES and (known is None or known.has(column.name, "placeholder")):
            odd = is_placeholder(value).fill_null(False)
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
    return raw.select(**out, **{REASON: reason}, **{m: raw[m] for m in MARKS})


def is_accepted(found: Survey, table: Table, values: dict[str, Any]) -> bool:
    """Whether no row can have a complaint."""
    constants = [c for c in table.columns if c.name in values and c.kind not in _TEXTS
                 and not isinstance(values[c.name], ir.Column)]
    undated = any(found.has(c.name, "placeholder") for c in table.columns if _must_be_dated(table, c))
    return found.is_clean and not constants and not names_persons(table) and not undated


def refuse_broken_ids(con, raw, table: Table, values: dict[str, Any], found: Survey) -> None:
    """Refuse identifiers that went through floating numbers: their last digits are gone."""
    columns = [c.name for c in table.columns if found.has(c.name, "broken")]
    if not columns:
        return
    checks = {c: is_broken_id(values[c]).any() for c in columns}
    for told in con.to_pyarrow(raw.group_by(FILE).aggregate(**checks)).to_pylist():
        source, broken = told.pop(FILE), [name for name, bad in told.items() if bad]
        if broken:
            raise _lost_digits(source, broken)


def refuse_long_numbers(source: str, table: Table, values: dict[str, Any], columns: frozenset[str]) -> None:
    """Refuse identifiers of more than 15 digits that came as numbers of a format whose numbers are floating."""
    if not columns:
        return
    broken = [c.name for c in table.columns if c.kind in _TEXTS and c.name in values
              and columns & {f.name for f in values[c.name].op().find(ibis.expr.operations.Field)}]
    if broken:
        raise _lost_digits(source, broken)


def _lost_digits(source: str, columns: list[str]) -> Refusal:
    return Refusal(f"{source}：列 {', '.join(columns)} 的编号以数值保存，末位已丢失 · "
                   f"{source}: column {', '.join(columns)} holds identifiers as floating numbers, digits are lost",
                   "该列按文本重新导出 · export the column as text", "schema")

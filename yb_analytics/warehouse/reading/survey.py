"""What stands in delivered columns, asked once before anything is converted.

One query per shape of file asks, column by column, whether values are padded, stand for others, are written
otherwise, cannot be read. Columns of which nothing of the kind is found are taken as they are, which is what
makes clean deliveries cheap; what is found is the coercion report.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow.parquet as pq

from yb_analytics.schema import Table
from yb_analytics.schema.column import Column
from yb_analytics.warehouse.privacy.pseudonym import LINK_CODE
from yb_analytics.warehouse.reading import reports as reading
from yb_analytics.warehouse.reading.batches import Raw
from yb_analytics.warehouse.reading.meaning import FLAGS, is_meant_otherwise, is_placeholder, stated

KINDS = {
    "padded": "去除首尾空白或空串",
    "words": "文字或占位符转为代码或空值",
    "shape": "日期时间换格式",
    "zone": "带时区的时间换为北京时间",
    "cut": "日期列中的时刻略去",
    "separators": "去除千分位",
    "rounded": "小数位四舍五入",
    "type": "类型转换",
    "placeholder": "占位日期（1901年前或2900年后）按缺失处理",
    "unread": "未能识别而照原样保留的标志",
    "empty": "整列为空",
    "absent": "未提供该列",
}
"""Kinds of the coercion report."""
_TOLD = ("date", "time", "money", "quantity", "number", "count", "flag")
_ODD = ("bad", "missing", "header", "broken")
_LEAST_PRINTED, _LAST_OF_ASCII = "!", "~"  # blanks and control characters come before, wide blanks behind


@ibis.udf.scalar.builtin(name="array_extract")
def _character(text: str, place: int) -> str:  # type: ignore[empty-body]
    """DuckDB's own: one character, the last being -1."""


@dataclass(frozen=True)
class Survey:
    """Rows by column and kind; a kind that is not there was found in no row."""

    counts: dict[tuple[str, str], int]
    examples: dict[tuple[str, str], str]

    def has(self, column: str, *kinds: str) -> bool:
        """Whether any of the kinds was found in a column."""
        return any(self.counts.get((column, k)) for k in kinds)

    @property
    def is_clean(self) -> bool:
        """Whether no row can go into quarantine."""
        return not any(n and k in _ODD for (_, k), n in self.counts.items())


def _asked_time(column: Column, raw, shape: str | None) -> dict[str, Any]:
    value = reading.as_time(raw, shape)
    out = {"placeholder": is_placeholder(value)}
    if column.kind == "date" and not raw.type().is_date():
        out["cut"] = value != value.truncate("D")
    if not raw.type().is_string():
        zoned = raw.type().is_timestamp() and raw.type().timezone
        return out | ({"zone": raw.notnull()} if zoned else {})
    text = reading.as_text(raw)
    if shape is None:
        plain = text.try_cast("timestamp")
        out |= {"zone": reading.is_zoned(text), "shape": plain.isnull() & value.notnull()}
    return out | {"bad": text.notnull() & value.isnull()}


def _asked_number(column: Column, raw) -> dict[str, Any]:
    value = reading.typed(column, raw)
    scale = {"money": 2, "quantity": 4}.get(column.kind)
    out = {"bad": (reading.as_text(raw) if raw.type().is_string() else raw).notnull() & value.isnull()}
    if raw.type().is_string():
        out["separators"] = raw.contains(",") & value.notnull()
        if scale:
            longer = raw.like("%." + "_" * (scale + 1) + "%")
            out["rounded"] = longer.ifelse(reading.number(raw, "decimal(38, 10)") != value, ibis.literal(False))
    elif scale and (raw.type().is_floating() or raw.type().is_decimal()):
        out["rounded"] = (raw.cast("float64") - value.cast("float64")).abs() > 10.0 ** -(scale + 3)
    return out


def _asked_text(column: Column, raw) -> dict[str, Any]:
    text = reading.as_text(raw)
    out: dict[str, Any] = {}
    if column.kind in ("code", "flag"):
        out["words"] = is_meant_otherwise(column, raw if raw.type().is_string() else text)
    if column.kind == "flag":
        out["unread"] = stated(column, text).notin(FLAGS)
    if column.required:
        out["missing"] = stated(column, text).isnull()
    if column.kind == "code":
        broken = reading.is_broken_id(raw)
        out |= {} if broken is None else {"broken": broken}
    return out


def asked(column: Column, raw, shape: str | None, is_key: bool) -> dict[str, Any]:
    """Kind → Ibis condition: what can be out of the ordinary in a column of this kind and type."""
    if column.kind in ("text", "code", "flag"):
        out = _asked_text(column, raw)
    elif column.kind in ("date", "time"):
        out = _asked_time(column, raw, shape)
    elif column.kind in ("money", "quantity", "number", "count"):
        out = {} if reading.is_canonical(column, raw) else _asked_number(column, raw)
    else:
        out = {"bad": raw.notnull() & reading.typed(column, raw).isnull()}
    if column.required and column.kind not in ("text", "code", "flag"):
        out["missing"] = reading.typed(column, raw, shape).isnull()
    if raw.type().is_string():
        out["padded"] = raw != reading.trimmed(raw)
        if is_key:
            out["header"] = raw.lower().isin([column.name, column.zh])
    elif not reading.is_canonical(column, raw) and not raw.type().is_date():
        out["type"] = raw.notnull()
    return out


def _may_be_blank(text, character):
    """Whether a text begins with what is not printed; its `character` is only taken beyond ASCII."""
    wide = (text > _LAST_OF_ASCII).ifelse(character.isin([*reading.WIDE_BLANKS]), ibis.literal(False))
    return (text < _LEAST_PRINTED) | wide


def suspected(column: Column, raw, conditions: dict[str, Any]) -> dict[str, Any]:
    """The same conditions of a text column, the dear ones in a cheap form that may hold of too many rows.

    Trimming every text is most of what a survey costs. A text that begins and ends with a printed character is not
    padded; one that moreover has no other reading is missing only where it is null. Where the cheap forms of
    `padded` and `words` hold of no row, they and `missing` are exact; where they do, the dear ones are asked.
    """
    if column.kind not in ("text", "code", "flag") or not raw.type().is_string():
        return conditions
    edges = _may_be_blank(raw, _character(raw, 1)) | _may_be_blank(_character(raw, -1), _character(raw, -1))
    cheap = {"padded": edges, "missing": raw.isnull()}
    return {k: cheap.get(k, c) for k, c in conditions.items()}


def _counted(con, rows, conditions: dict[tuple[str, str], Any]) -> dict[tuple[str, str], int]:
    """How many rows each condition holds of; those that hold of none are left out."""
    if not conditions:
        return {}
    sums = {f"n{i}": c.cast("int64").sum() for i, c in enumerate(conditions.values())}
    found = con.to_pyarrow(rows.aggregate(**sums)).to_pylist()[0]
    return {k: int(v) for k, v in zip(conditions, found.values(), strict=True) if v}


def survey(con, rows, table: Table, values: dict[str, Any], shapes: dict[str, str]) -> Survey:
    """Ask the rows of a delivery what is out of the ordinary in them.

    Parameters
    ----------
    rows
        Ibis table of delivered rows.
    values, shapes
        Canonical column → raw value; → format of its dates, where a mapping names one.

    Returns
    -------
    Survey
        Counts by column and kind; an example for those whose values name nobody.
    """
    exact: dict[tuple[str, str], Any] = {}
    cheap: dict[tuple[str, str], Any] = {}
    for column in table.columns:
        value = values.get(column.name)
        if column.personal == "dropped" or not isinstance(value, ir.Column):  # a constant, or not delivered
            continue
        conditions = asked(column, value, shapes.get(column.name), column.name == table.key[0])
        exact |= {(column.name, k): c for k, c in conditions.items()}
        cheap |= {(column.name, k): c for k, c in suspected(column, value, conditions).items()}
    found = _counted(con, rows, cheap)
    doubtful = {c for c, k in found if k in ("padded", "words")}
    again = {(c, k) for c, k in exact if c in doubtful and exact[c, k] is not cheap[c, k]}
    counts = {k: n for k, n in found.items() if k not in again} | _counted(con, rows, {k: exact[k] for k in again})
    counts = {k: counts[k] for k in exact if k in counts}
    return Survey(counts, _examples(con, rows, table, values, {k: exact[k] for k in counts}))


def _examples(con, rows, table: Table, values: dict[str, Any], found: dict[tuple[str, str], Any]) -> dict:
    """One value of each kind that was found, of columns whose values name nobody."""
    told = [(c, k) for c, k in found if k in KINDS and not table[c].personal
            and (table[c].kind in _TOLD or table[c].codes)]
    if not told:
        return {}
    asked_for = {f"e{i}": reading.quoted(values[c].cast("string").min(where=found[c, k]))
                 for i, (c, k) in enumerate(told)}
    return {told[i]: v for i, v in enumerate(con.to_pyarrow(rows.aggregate(**asked_for)).to_pylist()[0].values()) if v}


def empty_columns(raws: list[Raw], values: dict[str, Any]) -> list[str]:
    """Canonical columns that were delivered without a single value, by the statistics of their files."""
    filled: set[str] = set()
    for raw in raws:
        known = pq.read_metadata(raw.parquet)
        for i in range(known.num_row_groups if known.num_rows else 0):
            for j in range(known.num_columns):
                column = known.row_group(i).column(j)
                counted = column.statistics and column.statistics.null_count
                if counted is None or counted < column.num_values:
                    filled.add(column.path_in_schema.split(".")[0])
    fields = {c: {f.name for f in v.op().find(ibis.expr.operations.Field)} for c, v in values.items()}
    return [c for c, names in fields.items() if names and not names & filled] if filled else []


def reported(survey_: Survey, table: Table, delivered: Iterable[str], empty: Iterable[str], rows: int) -> list[dict]:
    """Rows of the coercion report for one shape of file: table, column, kind, rows, example."""
    out = [{"table": table.name, "column": c, "kind": k, "rows": n, "example": survey_.examples.get((c, k), "")}
           for (c, k), n in survey_.counts.items() if k in KINDS]
    given = set(delivered)
    out += [{"table": table.name, "column": c, "kind": "empty", "rows": rows, "example": ""} for c in sorted(empty)]
    return out + [{"table": table.name, "column": c.name, "kind": "absent", "rows": rows, "example": ""}
                  for c in table.columns if c.name not in given and c.personal != "dropped" and c.name != LINK_CODE]

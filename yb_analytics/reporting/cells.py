"""How a value stands in a table and in a sentence: units, rounding, and templates bound to cells.

A column's spec is `kind` or `kind:unit`:

=============== ============================================================ ==========================
spec            in a table                                                   in a sentence
=============== ============================================================ ==========================
`text`          as it is                                                     as it is
`yuan`          one unit for the whole table, 2 decimals                     largest fitting unit
`share`         percent, 2 decimals                                          with %
`growth`        percent, 1 decimal, signed                                   with %
`change`        –                                                            增长3.2% / 下降3.2% / 持平
`points`        percentage points, 2 decimals, signed                        with 个百分点
`count:人次`    whole, thousands separated                                   with unit
`number:天`     2 decimals                                                   with unit
`score`         1 decimal                                                    with 分
`by:column`     in the unit named in that (hidden) column of the same row    likewise
=============== ============================================================ ==========================
"""

from __future__ import annotations

import hashlib
import json
import math
import string
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from yb_analytics.schema import Refusal, text

MIME = "application/vnd.yb.block+json"
PLOTLY = "application/vnd.plotly.v1+json"
"""Kinds of output a block of a document leaves in its notebook: the block itself, and its figure."""

KINDS = ("text", "yuan", "share", "growth", "change", "points", "count", "number", "score", "by", "date",
         "days", "months", "ratio", "per_100", "per_10k")
NUMERIC = tuple(k for k in KINDS if k not in ("text", "date"))
_HEADS = {"share": "%", "growth": "%", "score": "分", "days": "天", "months": "个月", "per_10k": "/万人",
          "per_100": "件/百家"}
_STEPS = ((1e8, "亿元"), (1e4, "万元"), (0.0, "元"))


def digest(value: Any) -> str:
    """Hash of a JSON value, the same whatever the order of keys."""
    canonical = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def plain(value: Any) -> Any:
    """A cell as JSON: dates as ISO text, money as numbers, lists joined, missing as null."""
    if isinstance(value, list | tuple | set) or (hasattr(value, "tolist") and hasattr(value, "__len__")):
        return "、".join(str(v) for v in value)
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M" if value.hour or value.minute else "%Y-%m-%d")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        value = float(value)
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int) else clean(str(value))


def clean(value: str) -> str:
    """Text without control characters, which no document format may hold.

    Examples
    --------
    >>> clean("a\\x00b\\nc")
    'ab c'
    """
    return "".join(" " if c in "\n\r\t" else c for c in value if c in "\n\r\t" or (c >= " " and c.isprintable())
                   or c == "\u3000")


def split(spec: str) -> tuple[str, str]:
    """Kind and unit of a spec; unknown kinds are refused.

    Examples
    --------
    >>> split("count:人次"), split("yuan")
    (('count', '人次'), ('yuan', ''))
    """
    kind, _, unit = spec.partition(":")
    if kind not in KINDS:
        raise Refusal(f"unknown unit {spec!r} of a column", f"use one of {', '.join(KINDS)}", "schema")
    return kind, unit


def columns_of(frame: pd.DataFrame, units: Mapping[str, str]) -> list[dict]:
    """Columns of a table block; units of columns the frame lacks are refused."""
    unknown = sorted(set(units) - set(map(str, frame.columns)))
    if unknown:
        raise Refusal(f"units for columns the table lacks: {', '.join(unknown)}",
                      f"columns are {', '.join(map(str, frame.columns))}", "schema")
    out = []
    for name in map(str, frame.columns):
        numeric = pd.api.types.is_numeric_dtype(frame[name]) and not pd.api.types.is_bool_dtype(frame[name])
        kind, unit = split(units.get(name, "number" if numeric else "text"))
        out.append({"name": name, "kind": kind, "unit": unit})
    hidden = {c["unit"] for c in out if c["kind"] == "by"}
    return [{**c, "hidden": c["name"] in hidden} for c in out]


def table_of(frame: pd.DataFrame, units: Mapping[str, str] | None = None) -> dict:
    """A frame as a table: columns, rows, the one money unit, and its digest."""
    given = dict(units if units is not None else frame.attrs.get("units", {}))
    columns = columns_of(frame, given)
    rows = [[plain(v) for v in line] for line in frame.itertuples(index=False, name=None)]
    content = digest([list(map(str, frame.columns)), rows])  # what is shown, whatever unit it is shown in
    for at, column in enumerate(columns):
        if column["kind"] != "text":
            rows = [[*r[:at], _number(r[at], column), *r[at + 1:]] for r in rows]
    money = [abs(r[i]) for i, c in enumerate(columns) if c["kind"] == "yuan" for r in rows if r[i] is not None]
    step = next(s for s in _STEPS if max(money, default=0.0) >= s[0])
    table = {"columns": columns, "rows": rows, "money": {"divisor": step[0] or 1.0, "unit": step[1]}}
    return {**table, "digest": content, "reason": str(frame.attrs.get("reason", ""))}


def _number(value: Any, column: Mapping[str, Any]) -> Any:
    if value is None or column["kind"] == "date":
        return value
    try:
        return float(value) if not isinstance(value, int) else value
    except (TypeError, ValueError):
        raise Refusal(f"column {column['name']} holds {str(value)[:40]!r}, which is no number",
                      "give the column the unit text", "schema") from None


def header(column: Mapping[str, Any], money: Mapping[str, Any]) -> str:
    """Header of a column with its unit in Chinese brackets."""
    kind = column["kind"]
    unit = money["unit"] if kind == "yuan" else column["unit"] if kind in ("count", "number") else _HEADS.get(kind, "")
    return f"{column['name']}（{unit}）" if unit else str(column["name"])


def shown(value: Any, column: Mapping[str, Any], table: Mapping[str, Any], row: list | None = None) -> str:
    """A cell as text, without the unit its header names."""
    kind = column["kind"]
    if value is None:
        return text.MISSING
    if kind == "yuan":
        return text.rounded(value / table["money"]["divisor"], 2)
    if kind in ("share", "growth"):
        return text.rounded(value * 100, 2) if kind == "share" else _signed(value * 100, 1)
    if kind == "by" and row is not None:
        return spoken(value, str(row[_place(table, column["unit"])] or "number"))
    if kind == "count":
        return text.rounded(value, 0)
    if kind == "score":
        return text.rounded(value, 1)
    return str(value) if kind in ("text", "date") else text.number(float(value))


def spoken(value: Any, spec: str) -> str:
    """A value as a sentence says it, with its unit.

    Examples
    --------
    >>> spoken(123456789.0, "yuan"), spoken(0.032, "change"), spoken(-0.032, "change"), spoken(1234, "count:人次")
    ('1.23亿元', '增长3.2%', '下降3.2%', '1,234人次')
    >>> spoken(None, "yuan"), spoken(None, "change")
    ('无法评价', '无可比数据')
    """
    kind, unit = split(spec)
    if value is None:
        return "无可比数据" if kind == "change" else "无法评价"
    if kind in ("share", "yuan", "days", "months", "ratio", "per_100", "per_10k"):
        return text.show(float(value), kind)
    if kind == "growth":
        return f"{_signed(value * 100, 1)}%"
    if kind == "points":
        return f"{_signed(value * 100, 2)}个百分点"
    if kind == "change":
        size = text.share(abs(value), 1)
        return "基本持平" if size == "0.0%" else f"{'增长' if value > 0 else '下降'}{size}"
    if kind == "count":
        return text.rounded(value, 0) + unit
    if kind == "score":
        return f"{text.rounded(value, 1)}分"
    return str(value) if kind in ("text", "date", "by") else text.number(float(value)) + unit


def _signed(value: float, digits: int) -> str:
    """With its sign, and nothing before a zero."""
    words = text.rounded(value, digits)
    return words.lstrip("-") if not float(words.replace(",", "")) else f"+{words}" if value > 0 else words


def _place(table: Mapping[str, Any], name: str) -> int:
    names = [c["name"] for c in table["columns"]]
    if name not in names:
        raise Refusal(f"the table has no column {name!r}", f"columns are {', '.join(names)}", "schema")
    return names.index(name)


def sentence_of(template: str, table: Mapping[str, Any]) -> str:
    """A template filled from cells of one table and from nothing else.

    `{行.列}` names a row by its first column and a column; `{列}` alone reads a table of one row; a spec
    after a colon overrides the column's.

    Examples
    --------
    >>> t = table_of(pd.DataFrame({"指标": ["基金支出"], "本月": [123456.0], "同比": [0.05]}),
    ...              {"本月": "yuan", "同比": "growth"})
    >>> sentence_of("基金支出{基金支出.本月}，同比{基金支出.同比:change}。", t)
    '基金支出12.35万元，同比增长5.0%。'
    """
    out = []
    for literal, field, spec, _ in string.Formatter().parse(template):
        out.append(literal)
        if field is not None:
            out.append(_cell(field, spec or "", table))
    return "".join(out)


def _cell(field: str, spec: str, table: Mapping[str, Any]) -> str:
    key, dot, name = field.rpartition(".")
    rows = table["rows"]
    if dot:
        rows = [r for r in rows if str(r[0]) == key]
    if len(rows) != 1:
        have = "、".join(str(r[0]) for r in table["rows"][:20]) or "没有行"
        raise Refusal(f"a sentence asks for {field!r}, which names {len(rows)} rows of its table",
                      f"name one of: {have}", "schema")
    at = _place(table, name)
    column = table["columns"][at]
    if not spec:
        spec = column["kind"] + (f":{column['unit']}" if column["unit"] else "")
        if column["kind"] == "by":
            spec = str(rows[0][_place(table, column["unit"])] or "number")
    return spoken(rows[0][at], spec)

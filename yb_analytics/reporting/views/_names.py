"""Names of themes and of the columns of evidence."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd

from yb_analytics.reporting.views._sheet import Col, missing
from yb_analytics.reporting.views._words import split
from yb_analytics.schema import TABLES, Column, name_of

_KINDS = {"money": "yuan", "quantity": "number", "number": "number", "count": "count"}
FIRST = ("fixmedins_code", "fixmedins_name", "psn_no", "setl_time", "begntime", "fee_ocur_time", "sale_time",
         "med_type", "hilist_name", "cnt", "pric", "det_item_fee_sumamt", "medfee_sumamt", "fund_amt",
         "fund_pay_sumamt")
"""Columns of evidence a reader looks for first."""


@cache
def _themes() -> dict[str, str]:
    from yb_analytics import leads

    return dict(getattr(leads, "THEMES", {}))


def theme_name(theme: object, lang: str) -> str:
    """Name of a theme; a theme without a name keeps its code."""
    try:
        return split(_themes().get(str(theme), str(theme)), lang)
    except ImportError:
        return str(theme)


@cache
def _columns() -> dict[str, Column]:
    """Every canonical column by name, care first."""
    order = ["fee_list_d", "setl_d", "mdtrt_d", "drug_trace_d", *TABLES]
    held: dict[str, Column] = {}
    for table in order:
        for column in TABLES[table].columns:
            held.setdefault(column.name, column)
    return held


def columns(frame: pd.DataFrame) -> list[Col]:
    """Columns of a frame of canonical names, labelled, the telling ones first; unknown ones are left out."""
    known = _columns() | {"fund_amt": Column("fund_amt", "基金支付分摊 · Fund money of the line", "money", unit="元")}
    skip = {"vali_flag", "updt_time", "init_feedetl_sn", "init_setl_id", "brdy"}
    names = [n for n in dict.fromkeys((*FIRST, *frame.columns)) if n in frame.columns and n in known and n not in skip]
    names = [n for n in names if not frame[n].isna().all()]
    return [Col(n, known[n].label, _KINDS.get(known[n].kind, "text"), foreign=known[n].kind == "text")
            for n in names]


def named(row: dict[str, Any], lang: str) -> dict[str, Any]:
    """A row with codes as names, times as people write them."""
    out = dict(row)
    for key, value in row.items():
        column = _columns().get(key)
        if column is None or missing(value):
            continue
        if column.codes:
            code = str(value)[:2] if column.codes == "MED_TYPE" else value
            out[key] = name_of(column.codes, code, lang).partition(",")[0]
        elif column.kind in ("date", "time"):
            out[key] = str(value)[:10 if column.kind == "date" else 16]
    return out

"""Names of themes and of the columns of evidence."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from yb_analytics import knowledge
from yb_analytics.reporting.views._sheet import Col, missing
from yb_analytics.reporting.views._words import split
from yb_analytics.schema import TABLES, Column, name_of

_KINDS = {"money": "yuan", "quantity": "number", "number": "number", "count": "count"}
FIRST = ("fixmedins_code", "fixmedins_name", "psn_no", "setl_time", "begntime", "fee_ocur_time", "sale_time",
         "med_type", "hilist_name", "cnt", "pric", "det_item_fee_sumamt", "medfee_sumamt", "fund_amt",
         "fund_pay_sumamt")
"""Columns of evidence a reader looks for first."""


_ENGLISH = {
    "住院": "Hospital stays", "费用水平": "Level of cost", "个人账户": "Personal accounts",
    "聚集就医": "Visits in groups", "药品追溯": "Drug trace codes", "超量购药": "Hoarding of drugs", "收费": "Charging",
    "冒名与串换": "Identity and substitution", "死亡后就医": "Care after death", "其他": "Other",
    "优秀": "Excellent", "良好": "Good", "合格": "Pass", "待改进": "To improve",
    "季节朴素法": "Seasonal naive", "季节朴素加增长": "Seasonal naive with growth",
    "结构时间序列": "Structural time series",
    "指数平滑": "Exponential smoothing", "季节ARIMA": "Seasonal ARIMA",
    "当期结余率": "Current surplus rate", "累计结余可支付月数": "Months payable from the balance",
    "收支增速比": "Growth of expenditure to income", "收入预算执行偏差率": "Deviation of income from budget",
    "支出预算执行偏差率": "Deviation of expenditure from budget", "征缴率": "Collection rate",
    "政策范围内住院费用基金支付比例": "Fund share of inpatient cost in scope", "实际报销比例": "Share reimbursed",
    "个人负担比例": "Share paid by persons", "住院率": "Hospital stay rate", "次均住院费用": "Cost per stay",
    "平均住院日": "Days per stay", "异地就医费用占比": "Share of cost outside the city",
}
"""Themes, grades, models and fund metrics carry a Chinese name only; this is the other language of the pages."""

EXPLANATIONS = Path(knowledge.__file__).with_name("innocent_explanations.csv")


def other(name: object, lang: str) -> str:
    """A Chinese name in the language of the page; bilingual labels are split, unknown names stay.

    Examples
    --------
    >>> other("收费", "en"), other("分解住院 · Split stays", "en"), other("某项", "en")
    ('Charging', 'Split stays', '某项')
    """
    text = str(name)
    return text if lang == "zh" else _ENGLISH.get(text, text) if " · " not in text else split(text, lang)


def theme_name(theme: object, lang: str) -> str:
    """Name of a theme."""
    return other(split(str(theme), "zh"), lang)


@cache
def _explanations() -> list[dict[str, str]]:
    with EXPLANATIONS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def innocent(theme: str, lang: str) -> list[str]:
    """What could explain leads of a theme innocently (knowledge/innocent_explanations.csv)."""
    column = "explanation" if lang == "zh" else "explanation_en"
    return [row[column] for row in _explanations() if row["theme"] == theme]


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

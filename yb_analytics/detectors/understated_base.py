"""Detector: contribution bases far below the wages declared to tax."""

from __future__ import annotations

import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import _payroll, detector
from yb_analytics.detectors._contradictions import CLOSED, OPEN, hits, sign, strength
from yb_analytics.schema.text import share, yuan


def _ratios(w, p) -> pd.DataFrame:
    """Employers with the median over months of base per head to wage per head.

    Wages above the cap count as the cap; where more are insured than on the payroll, wages are spread over all insured.
    """
    rows = _payroll.months(w)
    rows = rows[(rows["wage"] > 0) & (rows["base"] > 0)]
    wage = (rows["wage"] / rows[["taxed", "heads"]].max(axis=1)).clip(upper=p.base_cap)
    rows = rows.assign(ratio=rows["base"] / rows["heads"] / wage, taxed_base=wage * rows["heads"])
    told = rows.groupby("emp_no").agg(ratio=("ratio", "median"), months=("ym", "nunique"), heads=("heads", "median"),
                                      base=("base", "sum"), wage=("taxed_base", "sum"), due=("due", "sum"),
                                      taxed=("taxed", "median"))
    return told[(told["months"] >= p.min_months) & (told["heads"] >= p.min_persons)]


def _fit(w, p) -> _payroll.Usual:
    return _payroll.usual(w, _ratios(w, p)["ratio"], p)


@detector(subject="employer", tier="线索", needs=("emp_clct_detl_d", "tax_payroll"), catches="base_underreport",
          theme="缴费基数", typologies=("T40",), basis="社会保险法 第十二条、第六十条、第八十六条", seeds=("S3",),
          checked=("年终奖等个别月份（取各月中位数）", "缴费基数上限", "本市单位的通常差额"),
          unchecked=("基数按上年度工资核定", "劳务派遣与非全日制用工", "应税口径与缴费口径不同"),
          fit=_fit, model=_payroll.Usual)
def understated_base(w, p, model):
    """缴费基数不实 · Understated contribution bases.

    The base per insured person is far below the wage per person the same employer declares to tax, in most months and
    beyond what is usual of the city's employers. Months with a bonus do not count, nor wages above the cap of the base.
    Evidence is closed where a labour dispute about contributions was decided for the worker.
    """
    table = _ratios(w, p)
    level = float(min(model.value[0], 1.0))
    table["missing"] = (1 - table["ratio"] / level).clip(lower=0)
    table = table[table["missing"] > p.free_share]
    lost = _disputes(w)
    return hits([_hit(str(who), row, level, int(lost.get(who, 0)), p) for who, row in table.iterrows()])


def _disputes(w) -> pd.Series:
    """Labour disputes about contributions decided for the worker, by employer."""
    rows = w.dispute_d.filter(_.dispute_type == "contribution", _.upheld_flag == "1", _.emp_no.notnull())
    return w.run(rows.group_by("emp_no").aggregate(n=_.count())).set_index("emp_no")["n"]


def _hit(who: str, row: pd.Series, level: float, lost: int, p) -> dict:
    """One employer's hit; the money is the contribution on the difference, at the rate it pays."""
    rate = row["due"] / row["base"] if row["base"] else 0.0
    amount = max(row["wage"] * level - row["base"], 0.0) * rate
    vanish = (1 - p.free_share) * level
    near = abs(row["taxed"] - row["heads"]) <= p.same_heads_share * row["heads"]
    why = (f"{int(row['months'])}个月人均缴费基数为人均申报工资的{share(row['ratio'])}（各月中位数，"
           f"本市单位通常{share(level)}，不低于{share(vanish)}即不再提示），"
           f"申报人数与参保人数{'相近' if near else '不同'}，少缴约{yuan(amount)}"
           + (f"，另有{lost}件缴费争议裁决支持劳动者" if lost else ""))
    return {"subject_id": who, "locator": [f"insu_emp_info_b:{who}"], "grain": "row", "estimated": True,
            "amount": round(float(amount), 2), "score": strength(row["missing"], p.free_share, p.half_share),
            "tier": CLOSED if lost else OPEN, "why": why,
            "evidence": [sign("base_to_wage", "人均缴费基数与人均申报工资之比", row["ratio"], "share",
                              [f"insu_emp_info_b:{who}"], expected=level, vanish=float(np.round(vanish, 6)))]}

"""Detector: staff the tax office knows and the insurance does not."""

from __future__ import annotations

import pandas as pd
from ibis import _

from yb_analytics.detectors import _payroll, detector
from yb_analytics.detectors._contradictions import CLOSED, OPEN, hits, sign, strength
from yb_analytics.schema.text import number, yuan


def _heads(w, p) -> pd.DataFrame:
    """Employers with the medians over months of persons declared and persons insured, and their ratio."""
    rows = _payroll.months(w)
    rows = rows.assign(ratio=rows["taxed"] / rows["heads"])
    told = rows.groupby("emp_no").agg(ratio=("ratio", "median"), months=("ym", "nunique"), heads=("heads", "median"),
                                      taxed=("taxed", "median"), due=("due", "sum"), covered=("heads", "sum"))
    return told[(told["months"] >= p.min_months) & (told["heads"] >= p.min_persons)]


def _fit(w, p) -> _payroll.Usual:
    return _payroll.usual(w, _heads(w, p)["ratio"], p)


@detector(subject="employer", tier="线索", needs=("emp_clct_detl_d", "tax_payroll"), catches="missing_enrolment",
          theme="漏保", typologies=("T40",), basis="社会保险法 第五十八条、第八十四条", seeds=("S3",),
          checked=("个别月份的人数波动（取各月中位数）", "本市单位的通常差额"),
          unchecked=("退休返聘、实习与兼职", "劳务派遣由他单位参保", "异地参保"), fit=_fit, model=_payroll.Usual)
def missing_enrolment(w, p, model):
    """漏保 · Staff left uninsured.

    An employer declares wages for many more persons than it insures, in most months and beyond what is usual of the
    city's employers. Persons the labour register has with the employer and no spell of insurance has at all are the
    second kind of evidence.
    """
    table = _heads(w, p)
    usual = max(float(model.value[0]), 1.0)
    table["gap"] = table["taxed"] - table["heads"] * usual
    table["share"] = (table["gap"] / table["heads"]).clip(lower=0)
    table = table[(table["gap"] >= p.least_persons) & (table["share"] > p.free_share)]
    unknown = _uninsured(w, list(table.index)) if len(table) else pd.Series(dtype=int)
    return hits([_hit(str(who), row, usual, int(unknown.get(who, 0)), p) for who, row in table.iterrows()])


def _uninsured(w, employers: list[str]) -> pd.Series:
    """Persons the labour register has with the employer during the period whom no spell of insurance covers."""
    start, end = w.period.start.isoformat(), w.period.end.isoformat()
    work = w.hr_employment.filter(_.emp_no.isin(employers), _.begn_date < end)
    work = work.filter(_.end_date.isnull() | (_.end_date >= start))
    held = w.psn_insu_d.filter(_.crt_insu_date < end, _.paus_insu_date.isnull() | (_.paus_insu_date >= start))
    bare = work.anti_join(held, "psn_no")
    return w.run(bare.group_by("emp_no").aggregate(n=_.psn_no.nunique())).set_index("emp_no")["n"]


def _hit(who: str, row: pd.Series, usual: float, unknown: int, p) -> dict:
    """One employer's hit; the money is the mean contribution of a head for those who are missing."""
    each = row["due"] / row["covered"] if row["covered"] else 0.0
    amount = row["gap"] * each * row["months"]
    vanish = usual + p.free_share
    why = (f"{int(row['months'])}个月申报工资人数{number(row['taxed'])}人、参保{number(row['heads'])}人（各月中位数），"
           f"本市单位通常比值{number(usual)}，超出约{number(round(row['gap']))}人，比值不高于{number(vanish)}即不再提示，"
           f"就业登记在册而无任何参保关系{unknown}人，少缴约{yuan(amount)}")
    closed = unknown >= p.closing_share * row["gap"]
    return {"subject_id": who, "locator": [f"insu_emp_info_b:{who}"], "grain": "row", "estimated": True,
            "amount": round(float(amount), 2), "score": strength(row["share"], p.free_share, p.half_share),
            "tier": CLOSED if closed else OPEN, "why": why,
            "evidence": [sign("taxed_to_insured", "申报人数与参保人数之比", row["ratio"], "ratio",
                              [f"insu_emp_info_b:{who}"], expected=usual, vanish=float(vanish))]}

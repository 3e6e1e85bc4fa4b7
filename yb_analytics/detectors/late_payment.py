"""Detector: payouts held back beyond the term by one agency."""

from __future__ import annotations

import pandas as pd
from ibis import _

from yb_analytics import knowledge
from yb_analytics.detectors import _units, detector
from yb_analytics.detectors._contradictions import WATCH, hits
from yb_analytics.schema.text import number, yuan

LATE, SAID = "late", "超期拨付占比"


def _days(w, p) -> pd.DataFrame:
    """Payouts of the period by agency and days: how many, how much, whether late; what is not yet due is left out."""
    def make() -> pd.DataFrame:
        until = min(w.as_of, w.last_day)
        rows = w.med_dfr_d.filter(w.period.covers(_.dcla_time), _.insu_admdvs.notnull())
        rows = rows.mutate(declared=rows.dcla_time.date(), paid=rows.pay_time.date())
        told = w.run(rows.group_by(["insu_admdvs", "declared", "paid"]).aggregate(
            n=_.count(), amount=_.dfr_sumamt.fill_null(0).cast("float64").sum()))
        declared, paid = (pd.to_datetime(told[c]) for c in ("declared", "paid"))
        told["days"] = [knowledge.working_days_between(a.date(), until if b is pd.NaT else b.date())
                        for a, b in zip(declared, paid, strict=True)]
        told["late"] = told["days"] > p.limit_days
        return told[paid.notna() | told["late"]]

    return w.once("late_payment.days", make)


def _table(w, p) -> pd.DataFrame:
    """Agencies with payouts due (`n`), those that were late (`x`) and the money held back."""
    told = _days(w, p)
    told = told.assign(x=told["n"].where(told["late"], 0), held=told["amount"].where(told["late"], 0.0))
    return told.groupby("insu_admdvs").agg(n=("n", "sum"), x=("x", "sum"), held=("held", "sum"))


def _fit(w, p) -> _units.Reference:
    return _units.reference(w, p, {LATE: _table(w, p)})


@detector(subject="agency", tier="监测", needs=("med_dfr_d.dcla_time", "med_dfr_d.pay_time"), catches="late_payment",
          theme="经办拨付", typologies=("T44",), basis="条例 第三十六条、第三十七条；医疗保障经办服务规程",
          seeds=("S0", "S3"), checked=("法定节假日与调休（按工作日计）", "尚未到期的申报", "各经办机构的通常水平"),
          unchecked=("资料退回补正", "年度清算与质保金", "申报对象账户有误"), fit=_fit, model=_units.Reference)
def late_payment(w, p, model):
    """拖延拨付 · Late payment.

    An agency pays far more of its payouts after the term than the other agencies of the city do. Days are working days
    between declaration and payment; what is still unpaid after the term counts as late, what is not yet due not at all.
    """
    table = _units.scored(model, LATE, _table(w, p), p)
    table = table[table["score"] > 0]
    return hits([_hit(w, str(who), row, p) for who, row in table.iterrows()])


def _hit(w, who: str, row: pd.Series, p) -> dict:
    """One agency's hit; the payouts that waited longest come first."""
    ids = [f"med_dfr_d:{i}" for i in _late(w, who, p)]
    why = (f"{_units.clause(row, SAID, '笔', '经办机构')}；期限{number(p.limit_days)}个工作日，"
           f"超期金额{yuan(row['held'])}")
    return {"subject_id": who, "locator": ids, "grain": "row", "amount": 0.0, "estimated": False, "why": why,
            "tier": WATCH, "score": float(row["score"]),
            "evidence": [_units.evidence(row, LATE, SAID, ids[:int(p.telling)])]}


def _late(w, who: str, p) -> list[str]:
    """Ids of an agency's late payouts."""
    told = _days(w, p)
    late = told[told["late"] & (told["insu_admdvs"] == who)][["declared", "paid", "days"]]
    rows = w.run(w.med_dfr_d.filter(w.period.covers(_.dcla_time), _.insu_admdvs == who).select(
        "dfr_id", declared=_.dcla_time.date(), paid=_.pay_time.date()))
    rows = rows.merge(late, on=["declared", "paid"])
    return rows.sort_values(["days", "dfr_id"], ascending=[False, True])["dfr_id"].head(int(p.max_located)).tolist()

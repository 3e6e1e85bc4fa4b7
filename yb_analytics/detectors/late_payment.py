"""Detector: payouts held back beyond the term by one agency."""

from __future__ import annotations

import numpy as np
import pandas as pd
from ibis import _

from yb_analytics import knowledge
from yb_analytics.detectors import _payroll, detector
from yb_analytics.detectors._contradictions import WATCH, hits, sign, strength
from yb_analytics.schema.text import number, share, yuan


def _days(w, p) -> pd.DataFrame:
    """Payouts of the period by agency and days: how many, how much, whether late; what is not yet due is left out."""
    until = min(w.as_of, w.last_day)
    rows = w.med_dfr_d.filter(w.period.covers(_.dcla_time), _.insu_admdvs.notnull())
    rows = rows.mutate(declared=rows.dcla_time.date(), paid=rows.pay_time.date())
    told = w.run(rows.group_by(["insu_admdvs", "declared", "paid"]).aggregate(
        n=_.count(), amount=_.dfr_sumamt.fill_null(0).cast("float64").sum()))
    paid = pd.to_datetime(told["paid"]).dt.date.where(told["paid"].notna(), None)
    clock = [knowledge.working_days_between(a, b if b is not None else until)
             for a, b in zip(pd.to_datetime(told["declared"]).dt.date, paid, strict=True)]
    told["days"], told["open"] = np.array(clock, dtype=int), told["paid"].isna()
    return told[~told["open"] | (told["days"] > p.limit_days)].assign(late=lambda t: t["days"] > p.limit_days)


def _rates(w, p) -> pd.DataFrame:
    """Agencies with the share of payouts that were late."""
    told = w.once("late_payment.days", lambda: _days(w, p))
    told = told.assign(x=told["n"].where(told["late"], 0), held=told["amount"].where(told["late"], 0.0))
    table = told.groupby("insu_admdvs").agg(n=("n", "sum"), x=("x", "sum"), held=("held", "sum"))
    return table[table["n"] >= p.min_trials].assign(rate=lambda t: t["x"] / t["n"])


def _fit(w, p) -> _payroll.Usual:
    return _payroll.usual(w, _rates(w, p)["rate"], p)


@detector(subject="agency", tier="监测", needs=("med_dfr_d.dcla_time", "med_dfr_d.pay_time"), catches="late_payment",
          theme="经办拨付", typologies=("T44",),
          basis="条例 第三十六条、第三十七条；医疗保障经办服务规程", seeds=("S0", "S3"),
          checked=("法定节假日与调休（按工作日计）", "尚未到期的申报", "各经办机构的通常水平"),
          unchecked=("资料退回补正", "年度清算与质保金", "申报对象账户有误"), fit=_fit, model=_payroll.Usual)
def late_payment(w, p, model):
    """拖延拨付 · Late payment.

    An agency pays far more of its payouts after the term than the other agencies of the city do. Days are working days
    between declaration and payment; what is still unpaid after the term counts as late, what is not yet due not at all.
    """
    table, usual = _rates(w, p), float(model.value[0])
    free = max(p.free_share, usual + p.over_usual)
    table = table[table["rate"] > free]
    return hits([_hit(w, str(who), row, usual, free, p) for who, row in table.iterrows()])


def _hit(w, who: str, row: pd.Series, usual: float, free: float, p) -> dict:
    """One agency's hit; the payouts that waited longest come first."""
    ids = [f"med_dfr_d:{i}" for i in _late(w, who, p)]
    why = (f"{int(row['n'])}笔拨付中{int(row['x'])}笔超过{number(p.limit_days)}个工作日，占{share(row['rate'])}，"
           f"各经办机构通常{share(usual)}，不高于{share(free)}即不再提示，超期金额{yuan(row['held'])}")
    return {"subject_id": who, "locator": ids, "grain": "row", "amount": 0.0, "estimated": False, "why": why,
            "tier": WATCH, "score": strength(row["rate"], free, p.half_share),
            "evidence": [sign("late_share", "超期拨付占比", row["rate"], "share", ids[:int(p.telling)], expected=usual,
                              vanish=free)]}


def _late(w, who: str, p) -> list[str]:
    """Ids of an agency's late payouts."""
    told = w.once("late_payment.days", lambda: _days(w, p))
    late = told[told["late"] & (told["insu_admdvs"] == who)][["declared", "paid", "days"]]
    rows = w.run(w.med_dfr_d.filter(w.period.covers(_.dcla_time), _.insu_admdvs == who).select(
        "dfr_id", declared=_.dcla_time.date(), paid=_.pay_time.date()))
    rows = rows.merge(late, on=["declared", "paid"])
    return rows.sort_values(["days", "dfr_id"], ascending=[False, True])["dfr_id"].head(int(p.max_located)).tolist()

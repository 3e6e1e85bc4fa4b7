"""Detector: contributions that do not arrive."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
from ibis import _

from yb_analytics.detectors import _payroll, detector
from yb_analytics.detectors._contradictions import OPEN, WATCH, hits, sign, strength
from yb_analytics.schema.text import number, yuan


@detector(subject="employer", tier="监测", needs=("emp_clct_detl_d", "emp_clct_detl_d.arvl_amt"), catches="arrears",
          theme="欠费", typologies=("T41",), basis="社会保险法 第六十条、第八十六条", seeds=("S3", "S4"),
          checked=("尚在到账期内的月份", "零星少缴", "后续补缴已到账"), unchecked=("经批准缓缴", "入库与到账对账差异"))
def arrears(w, p):
    """欠费 · Arrears.

    Months whose contributions did not arrive though the time for it has passed. What the tax office says of the same
    months is set beside it: where it collected the money the two ledgers have to be reconciled first and the score is
    lower; where it did not either, the evidence is of two kinds.
    """
    rows = w.run(_months(w, p))
    rows = rows[(rows["due"] - rows["got"]) > p.free_share * rows["due"]]
    rows = rows.merge(_taxed(w), on=["emp_no", "ym"], how="left")
    return hits([_hit(str(who), own.sort_values("ym"), p) for who, own in rows.groupby("emp_no", sort=True)])


def _months(w, p):
    """Months of employers old enough for the money to have arrived."""
    known = min(w.as_of, w.last_day) - timedelta(days=int(p.lag_days))
    return _payroll.insured(w).filter(_.due > 0, _.ym <= f"{known:%Y%m}")


def _taxed(w) -> pd.DataFrame:
    """Whether the tax office collected what was due, by employer and month; empty where it says nothing."""
    rows = w.tax_contribution.filter(w.tax_contribution.insutype.isin(_payroll.EMPLOYED), _.due_amt > 0)
    return w.run(rows.group_by(["emp_no", "ym"]).aggregate(
        collected=(_.paid_amt.fill_null(0).cast("float64").sum() / _.due_amt.cast("float64").sum())))


def _hit(who: str, own: pd.DataFrame, p) -> dict:
    """One employer's hit: months and money outstanding."""
    owed = float((own["due"] - own["got"]).sum())
    collected = int((own["collected"] >= 1 - p.free_share).sum())
    unpaid = int((own["collected"] < 1 - p.free_share).sum())
    score = strength(len(own), p.free_months, p.half_months)
    beside = (f"，税务登记其中{collected}个月已入库，应先核对到账" if collected else "") + (
        f"，税务登记其中{unpaid}个月同样未入库" if unpaid else "")
    why = (f"{own['ym'].iloc[0]}至{own['ym'].iloc[-1]}间{len(own)}个月应缴未到账{yuan(owed)}，"
           f"不超过{number(p.free_months)}个月即不再提示{beside}")
    ids = [f"emp_clct_detl_d:{who}|{ym}|{_payroll.EMPLOYED[0]}" for ym in own["ym"]]
    return {"subject_id": who, "locator": ids, "grain": "row", "amount": round(owed, 2), "estimated": False,
            "score": score * (p.conflict_factor if collected > unpaid else 1.0), "why": why,
            "tier": OPEN if unpaid > p.free_months else WATCH,
            "evidence": [sign("months_unpaid", "应缴未到账月数", len(own), "months", ids[:int(p.telling)],
                              vanish=float(p.free_months))]}

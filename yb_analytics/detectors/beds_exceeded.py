"""Detector: more insured patients in bed than beds."""

from __future__ import annotations

import ibis
import pandas as pd
from ibis import _

from yb_analytics.detectors import NotEvaluable, _sentences, _tables, detector
from yb_analytics.schema.text import number, share

CHECKED = ("出院当日不计床日", "批准床位与卫健报送开放床位取大者", "家庭病床与日间手术")
UNCHECKED = ("经批准的加床", "床位变更未及时登记")
COLUMNS = ["subject_id", "locator", "grain", "amount", "score", "why", "estimated", "evidence"]
HOME, DAY = "71", "28"
"""Kinds of stay that take no bed over night."""


@detector(subject="institution", tier="线索", needs=("stays", "mdtrt_d.endtime", "fixmedins_b.aprv_bed_cnt"),
          theme="住院", typologies=("T04", "T02"), seeds=("S4",), basis="条例 第十五条、第四十条(三)", checked=CHECKED,
          unchecked=UNCHECKED)
def beds_exceeded(w, p):
    """在院人数超床位 · More patients than beds.

    Days on which more insured persons stay the night than the institution has beds, approved or open, whichever is
    more. Patients of other insurances come on top, so the count is a lower bound. Some extra beds are everyday, so
    days count from a stated overload on; the score grows with their number and their overload.
    """
    days = _overloaded(w, p)
    if days.empty:
        return pd.DataFrame(columns=COLUMNS)
    return pd.DataFrame([_hit(w, code, own, p) for code, own in days.groupby("fixmedins_code", sort=True)],
                        columns=COLUMNS)


def _beds(w):
    """Beds of every institution that has any on record."""
    approved = w.institutions.select("fixmedins_code", beds="aprv_bed_cnt")
    opened = w.health_beds.filter(_.ym <= f"{w.last_day:%Y%m}").group_by("fixmedins_code").aggregate(
        opened=_.open_bed_cnt.max())
    told = approved.left_join(opened, "fixmedins_code")
    told = told.mutate(beds=ibis.greatest(told.beds.fill_null(0), told.opened.fill_null(0)))
    return told.select("fixmedins_code", "beds").filter(_.beds > 0)


def _overloaded(w, p) -> pd.DataFrame:
    """Days on which an institution's patients passed its beds by more than the tolerance: `patients`, `beds`."""
    rows = _tables.stays(w).filter(_.end.notnull(), _.care.notin([HOME, DAY]), _.end_day > _.begin_day)
    moves = rows.select("fixmedins_code", day=_.begin_day, step=ibis.literal(1)).union(
        rows.select("fixmedins_code", day=_.end_day, step=ibis.literal(-1)))
    daily = moves.group_by(["fixmedins_code", "day"]).aggregate(step=_.step.sum())
    upto = ibis.cumulative_window(group_by="fixmedins_code", order_by="day")
    daily = daily.mutate(patients=_.step.sum().over(upto))
    beds = _beds(w)
    told = daily.inner_join(beds, "fixmedins_code").filter(_.patients > _.beds * (1 + p.tolerance))
    if not int(w.run(beds.count())):
        raise NotEvaluable("no institution has beds on record")
    told = w.run(told.select("fixmedins_code", "day", "patients", "beds"))
    few = told.groupby("fixmedins_code")["day"].transform("size") < p.min_days
    return told[~few].sort_values(["fixmedins_code", "day"], ignore_index=True)


def _hit(w, code, own: pd.DataFrame, p) -> dict:
    """One institution's hit; stays of the fullest days come first."""
    worst = own.sort_values(["patients", "day"], ascending=[False, True]).iloc[0]
    over = float((own["patients"] / own["beds"] - 1 - p.tolerance).sum())
    day = pd.Timestamp(worst["day"])
    rows = _tables.stays(w).filter(_.fixmedins_code == code, _.begin_day <= day.date(), _.end_day > day.date())
    told = w.run(rows.select("mdtrt_id", "fund")).sort_values(["fund", "mdtrt_id"], ascending=[False, True])
    spare = max(1 - worst["beds"] / worst["patients"], 0.0)
    ids = told["mdtrt_id"].head(int(p.max_located)).tolist()
    why = _sentences.sentence(
        f"{len(own)}天的参保在院人数超过床位{share(p.tolerance, 0)}以上，"
        f"最多为{day:%Y-%m-%d}的{int(worst['patients'])}人，"
        f"批准或开放床位{int(worst['beds'])}张；不超过{number(int(worst['beds'] * (1 + p.tolerance)))}人即不再提示")
    evidence = {"feature": "patients", "label": "单日在院参保人数", "value": float(worst["patients"]),
                "unit": "persons", "expected": float(worst["beds"]), "vanish": float(worst["beds"] * (1 + p.tolerance)),
                "contribution": 1.0, "telling": ids[:int(p.telling)]}
    return {"subject_id": code, "locator": ids, "grain": "stay", "score": float(1 - 2 ** (-over / p.half_over)),
            "amount": round(float(told["fund"].sum()) * spare, 2), "estimated": True, "why": why,
            "evidence": [evidence]}

"""Detector: doctors who see patients at two institutions with no time to travel between them."""

from __future__ import annotations

import ibis
import pandas as pd
from ibis import _

from yb_analytics.detectors import _distance, _doctors, _sentences, detector
from yb_analytics.schema.text import number

CHECKED = ("同一院区的不同机构", "路途所需最短时间", "只有日期没有时刻的记录")
UNCHECKED = ("多点执业与互联网诊疗", "工号被他人使用", "挂号时间与接诊时间不一致")
COLUMNS = ["subject_id", "locator", "grain", "amount", "score", "why", "estimated", "evidence"]


@detector(subject="doctor", tier="线索", needs=("mdtrt_d.chfpdr_code", "fixmedins_b.lnt"), theme="医师",
          typologies=("T34", "T33"), basis="条例 第三十九条；实施细则 第二十二条", checked=CHECKED, unchecked=UNCHECKED)
def doctor_two_places(w, p):
    """医师同时在两地 · A doctor in two places at once.

    Two visits in a row under one doctor's name at institutions too far apart to travel between them in the time: the
    name was used by somebody else, or one of the visits did not take place. Records without a time of day say nothing.
    """
    pairs = _impossible(w, p)
    hits = [_hit(w, str(who), own, p) for who, own in pairs.groupby("doctor", sort=True)
            if own["day"].nunique() >= p.min_days]
    return pd.DataFrame(hits, columns=COLUMNS)


def _impossible(w, p) -> pd.DataFrame:
    """Pairs of visits in a row at two institutions, with the minutes that are missing."""
    clock = _.at.epoch_seconds() % 86400
    order = ibis.window(group_by=["doctor", "day"], order_by=["at", "mdtrt_id"])
    rows = _doctors.visits(w).filter(clock > 0)
    rows = rows.mutate(before=_.mdtrt_id.lag().over(order), left=_.place.lag().over(order), since=_.at.lag().over(order))
    rows = rows.filter(_.left.notnull(), _.left != _.place)
    site = w.fixmedins_b.select("fixmedins_code", "lnt", "lat").filter(_.lnt.notnull(), _.lat.notnull())
    there = site.rename(left_code="fixmedins_code", first_lnt="lnt", first_lat="lat")
    rows = rows.inner_join(site, [("place", "fixmedins_code")]).inner_join(there, [("left", "left_code")])
    told = w.run(rows.select("doctor", "day", "mdtrt_id", "before", "place", "left", "lnt", "lat", "first_lnt",
                             "first_lat", minutes=(_.at.epoch_seconds() - _.since.epoch_seconds()) / 60))
    km = _distance.kilometres(told)
    told = told.assign(km=km, missing=km / p.kmh * 60 - told["minutes"])
    told = told[(told["km"] >= p.least_km) & (told["missing"] >= p.slack_minutes)]
    return told.sort_values(["doctor", "missing", "mdtrt_id"], ascending=[True, False, True], ignore_index=True)


def _hit(w, who: str, own: pd.DataFrame, p) -> dict:
    """One doctor's hit; the pairs that lack most time come first. One visit of each pair is at stake."""
    ids = list(dict.fromkeys(own[["mdtrt_id", "before"]].to_numpy().ravel().tolist()))[:int(p.max_located)]
    held = _doctors.visits(w).semi_join(w.register(pd.DataFrame({"mdtrt_id": ids})), "mdtrt_id")
    fund = float(w.run(_doctors.paid(w, held).aggregate(fund=_.fund.sum()))["fund"].fillna(0).iloc[0])
    days, worst = int(own["day"].nunique()), own.iloc[0]
    why = _sentences.sentence(
        f"{days}天在{own[['place', 'left']].stack().nunique()}家机构先后接诊而路途时间不足，如"
        f"{pd.Timestamp(worst['day']):%Y-%m-%d}两处相距约{number(round(worst['km'], 1))}公里，间隔"
        f"{number(round(max(worst['minutes'], 0.0)))}分钟；少于{int(p.min_days)}天即不再提示")
    return {"subject_id": who, "locator": ids, "grain": "stay", "amount": round(fund / 2, 2), "estimated": True,
            "score": float(1 - 2 ** (-(days - p.min_days + 1) / p.half_days)), "why": why, "evidence": [
                {"feature": "two_places", "label": "路途时间不足的天数", "value": float(days), "unit": "days",
                 "expected": 0.0, "vanish": float(p.min_days - 1), "contribution": 1.0, "telling": ids[:int(p.telling)]}]}

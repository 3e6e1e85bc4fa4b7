"""Detector: persons seen elsewhere again and again while they lie in hospital."""

from __future__ import annotations

import pandas as pd

from yb_analytics.detectors import _presence, detector
from yb_analytics.detectors._contradictions import CLOSED, OPEN, hits, sign, strength
from yb_analytics.schema.text import number, yuan


@detector(subject="person", tier="线索", needs=("stays", "mdtrt_d.endtime", "setl_d"),
          theme="冒名就医", typologies=("T18", "T02"),
          basis="条例 第十七条、第四十条(一)、第四十一条(一)", seeds=("S0", "S4"),
          checked=("入院与出院当日", "药店代购与只取药", "线上复诊", "住院机构自己的门诊"),
          unchecked=("住院机构送外院检查", "经批准的请假", "出院登记滞后"))
def attended_in_stay(w, p):
    """住院期间他处就医 · Attended elsewhere while in hospital.

    A person lies in one hospital and is treated or examined at other counters on several days of the stay: either the
    bed is empty or somebody else uses the card. Drugs collected meanwhile do not count. One stay says more of the
    hospital than of the person and is capped; evidence is closed where several stays saw services that need the body.
    """
    rows = _presence.in_stays(w)
    rows = rows[rows["weight"] >= p.least_weight]
    return hits([_hit(str(who), own, p) for who, own in rows.groupby("psn_no", sort=True)])


def _hit(who: str, own: pd.DataFrame, p) -> dict:
    """One person's hit; care that needs the body and costs the fund most comes first."""
    by_day = own.assign(day=own["at"].dt.normalize()).groupby("day")["weight"].max()
    own = own.sort_values(["weight", "fund", "setl_id"], ascending=[False, False, True]).drop_duplicates("setl_id")
    total, body, stays = float(by_day.sum()), own[own["body"]], own["stay_id"].nunique()
    amount = round(float(own["fund"].sum()), 2)
    score = strength(total, p.free_days, p.half_days)
    why = (f"{stays}次住院期间另在{own['fixmedins_code'].nunique()}家机构就医{len(by_day)}天，"
           f"其中{body['at'].dt.normalize().nunique()}天有须本人到场的项目，加权不超过{number(p.free_days)}天即不再提示，"
           f"所列就医由基金支付{yuan(amount)}")
    ids = own["setl_id"].tolist()
    return {"subject_id": who, "locator": ids, "grain": "settlement", "amount": amount, "estimated": False, "why": why,
            "score": score if stays >= p.closing_stays else min(score, p.one_stay_cap),
            "tier": CLOSED if body["stay_id"].nunique() >= p.closing_stays else OPEN,
            "evidence": [sign("days_in_stay", "住院期间他处就医天数（加权）", total, "days", ids[:int(p.telling)],
                              vanish=float(p.free_days))]}

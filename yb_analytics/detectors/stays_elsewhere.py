"""Detector: stays in another city during which the patient was seen at home."""

from __future__ import annotations

import pandas as pd
from ibis import _

from yb_analytics.detectors import _presence, detector
from yb_analytics.detectors._contradictions import CLOSED, OPEN, hits, sign, strength
from yb_analytics.schema.text import number, share, yuan


@detector(subject="institution", tier="线索", needs=("stays", "mdtrt_d.endtime", "mdtrt_d.fix_blng_admdvs"),
          catches="out_of_area", theme="异地就医", typologies=("T36", "T02", "T04"), seeds=("S0", "S1", "S4"),
          basis="条例 第三十八条(一)、第四十条(三)；实施细则 第十五条",
          checked=("入院与出院当日", "药店代购与只取药", "线上复诊", "个别请假或登记延迟"),
          unchecked=("经批准的请假", "出院登记滞后", "本地机构借用凭证"))
def stays_elsewhere(w, p):
    """异地住院异常 · Stays elsewhere with the patient at home.

    An institution of another city bills stays of persons who meanwhile stood at counters at home. Days of admission and
    discharge do not count, purchases hardly. The score is the share of its stays that are contradicted so; evidence is
    closed where services that need the body were rendered at home to several persons.
    """
    rows = _presence.in_stays(w)
    rows = rows[rows["away"] & (rows["weight"] > 0)]
    if rows.empty:
        return hits([])
    total = w.run(w.stays.filter(_.fixmedins_code.isin(sorted(rows["hospital"].unique()))).group_by(
        "fixmedins_code").aggregate(n=_.mdtrt_id.nunique())).set_index("fixmedins_code")["n"]
    return hits([_hit(str(place), own, int(total[place]), p) for place, own in rows.groupby("hospital", sort=True)])


def _hit(place: str, own: pd.DataFrame, stays: int, p) -> dict:
    """One institution's hit; stays contradicted by what needs the body come first."""
    told = own.groupby("stay_id").agg(weight=("weight", "max"), body=("body", "max"), fund=("stay_fund", "max"),
                                      who=("psn_no", "max")).reset_index()
    told = told.sort_values(["weight", "fund", "stay_id"], ascending=[False, False, True])
    persons, body = told["who"].nunique(), int(told.loc[told["body"], "who"].nunique())
    part = float(told["weight"].sum() / max(stays, 1))
    named = told[told["weight"] >= told["weight"].max() / 2]
    amount = round(float(named["fund"].sum()), 2)
    why = (f"本市参保人在该异地机构住院{stays}次，其中{len(told)}次（{persons}人）住院期间在本市另有结算，"
           f"{body}人有须本人到场的项目；加权占比{share(part)}，不高于{share(p.free_share)}或不足{number(p.least_persons)}人"
           f"即不再提示，所列住院由基金支付{yuan(amount)}")
    score = strength(part, p.free_share, p.half_share) if persons >= p.least_persons else 0.0
    ids = named["stay_id"].tolist()
    return {"subject_id": place, "locator": ids, "grain": "stay", "amount": amount, "estimated": False, "why": why,
            "score": score, "tier": CLOSED if body >= p.closing_persons else OPEN,
            "evidence": [sign("contradicted_stays", "住院期间在本市就医的住院占比（加权）", part, "share",
                              ids[:int(p.telling)], vanish=float(p.free_share))]}

"""Detector: institutions that settle for one whose agreement is suspended."""

from __future__ import annotations

from datetime import timedelta

import ibis
import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import NotEvaluable, _sentences, detector
from yb_analytics.detectors._excess import score_of
from yb_analytics.schema.text import share

CHECKED = ("暂停前原本就在两家就诊的参保人", "患者向附近机构的正常分流")
UNCHECKED = ("连锁门店统一调配", "主管部门安排的接续机构")
COLUMNS = ["subject_id", "locator", "grain", "amount", "score", "why", "estimated", "evidence"]


@detector(subject="institution", tier="线索", needs=("setl_d", "fixmedins_paus_d"), theme="为他人结算", typologies=("T35",),
          basis="条例 第三十八条(五)、第四十条", checked=CHECKED, unchecked=UNCHECKED, near=("psn_no", "fixmedins_code"))
def settled_for_suspended(w, p):
    """为暂停机构代结算 · Settling for a suspended institution.

    While an institution is suspended, its patients of the months before settle somewhere else. Flagged is the one that
    most of those who never went there before now settle at: patients who look for care by themselves spread over the
    places that patients of the suspended one used to go to as well.
    """
    spells = _suspended(w, p)
    if spells.empty:
        raise NotEvaluable(f"no institution was suspended for {int(p.least_days)} days in {w.period}")
    found = [h for spell in spells.to_dict("records") if (h := _diverted(w, spell, p)) is not None]
    hits = pd.DataFrame(found, columns=COLUMNS).sort_values(["subject_id", "score"], ascending=[True, False])
    return hits.drop_duplicates("subject_id")


def _suspended(w, p) -> pd.DataFrame:
    """Spells of suspension of the period: `place, since, until` (days)."""
    rows = w.fixmedins_paus_d.filter(_.vali_flag.fill_null("1") != "0", w.period.covers(_.begntime))
    told = w.run(rows.select("fixmedins_code", "begntime", "endtime"))
    end = pd.Timestamp(w.period.end)
    told = pd.DataFrame({"place": told["fixmedins_code"], "since": pd.to_datetime(told["begntime"]).dt.normalize(),
                         "until": pd.to_datetime(told["endtime"]).fillna(end).clip(upper=end).dt.normalize()})
    told = told[(told["until"] - told["since"]).dt.days >= p.least_days]
    return told.sort_values(["place", "since"]).drop_duplicates("place", ignore_index=True)


def _diverted(w, spell: dict, p) -> dict | None:
    """The institution that took over the patients of a suspended one, if more than chance went there."""
    from scipy.stats import binom

    before = spell["since"] - timedelta(days=int(p.look_back_days))
    rows = w.history.valid_settlements.filter(_.setl_time >= before.isoformat(), _.setl_time < spell["until"].isoformat())
    late = _.setl_time >= spell["since"].isoformat()
    own = rows.filter(_.fixmedins_code == spell["place"], ~late).select("psn_no").distinct()
    theirs = rows.semi_join(own, "psn_no").filter(_.fixmedins_code != spell["place"]).mutate(late=late)
    per = theirs.group_by(["psn_no", "fixmedins_code"]).aggregate(early=(~_.late).any(), now=_.late.any())
    told = w.run(per.group_by("fixmedins_code").aggregate(
        usual=_.early.sum(), moved=(_.now & ~_.early).sum()))
    moved, usual = int(told["moved"].sum()), told["usual"].to_numpy(float)
    if moved < p.min_moved:
        return None
    expected = (usual + 1) / (usual + 1).sum()
    tail = binom.logsf(told["moved"].to_numpy(float) - 1, moved, np.minimum(expected * p.drift, 1))
    at = int(np.argmin(tail))
    score = float(score_of(tail[[at]], len(told), p)[0])
    if score <= 0 or told["moved"].iloc[at] < p.min_moved:
        return None
    return _hit(w, str(told["fixmedins_code"].iloc[at]), spell, theirs, {
        "score": score, "moved": int(told["moved"].iloc[at]), "all": moved, "expected": float(expected[at]),
        "vanish": float(binom.isf(p.alpha / len(told), moved, min(expected[at] * p.drift, 1)) / moved)}, p)


def _hit(w, code: str, spell: dict, theirs, told: dict, p) -> dict:
    """One institution's hit: what the moved patients settled there during the suspension."""
    rows = theirs.filter(_.fixmedins_code == code)
    known = rows.filter(~_.late).select("psn_no")
    own = w.run(rows.filter(_.late).anti_join(known, "psn_no").select(
        "setl_id", fund=_.fund_pay_sumamt.cast("float64").fill_null(0)))
    own = own.sort_values(["fund", "setl_id"], ascending=[False, True]).head(int(p.max_located))
    ids, part = own["setl_id"].tolist(), told["moved"] / told["all"]
    why = _sentences.sentence(
        f"{spell['place']}自{spell['since']:%Y-%m-%d}起暂停结算，其原有患者中{told['all']}人次首次改到他处结算，"
        f"{told['moved']}人到本机构，占{share(part)}，按原有去向预计{share(told['expected'])}；"
        f"不超过{share(told['vanish'])}即不再提示")
    return {"subject_id": code, "locator": ids, "grain": "settlement", "score": told["score"], "estimated": True,
            "amount": round(float(own["fund"].sum()), 2), "why": why, "evidence": [
                {"feature": "diverted", "label": "暂停机构患者改到本机构结算的占比", "value": part, "unit": "share",
                 "expected": told["expected"], "vanish": told["vanish"], "contribution": 1.0,
                 "telling": ids[:int(p.telling)]}]}

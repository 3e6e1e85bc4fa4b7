"""Detector: a public employee's card that buys beyond one household."""

from __future__ import annotations

from ibis import _

from yb_analytics.detectors import _cohort, detector
from yb_analytics.detectors._persons import Measure, Tails, fitted, found
from yb_analytics.schema.text import number, yuan


def _people(w, p):
    """Most days of buying within the window of every person of the cohort who buys at all."""
    return _cohort.purchases(w).group_by("psn_no").aggregate(value=_.within.max().cast("float64")).select(
        "value", subject_id="psn_no")


def _rows(w, p):
    return _cohort.purchases(w).select("fund", subject_id="psn_no", id="setl_id", telling="within")


DAYS = Measure("days_of_buying", "90天内最多购药天数", "天", _people, _rows, least="min_days")


def _fit(w, p) -> Tails:
    return fitted(w, p, DAYS)


@detector(subject="person", tier="线索", needs=("psn_insu_d", "setl_d"), catches="civil_card", theme="公职人员",
          typologies=("T49", "T09"), basis="条例 第四十一条；嘉兴2020年方案 (四)14", seeds=("S3",),
          checked=("同龄同性别公职人员的通常购药天数", "集中在少数药店的用药"),
          unchecked=("多种慢性病", "家庭共济账户支付", "照顾多位老人"), fit=_fit, model=Tails)
def public_card(w, p, model):
    """公职人员医保卡异常 · Public employee's card.

    The card of a public employee buys in shops on far more days of three months than cards of public employees of that
    age and sex do, and in many shops. Who is a public employee is told by person type and establishment. A card that
    buys in few shops serves a chronic disease and stays below a half.
    """
    hits = found(w, p, model, DAYS)
    if hits.empty:
        return hits
    bought = _cohort.purchases(w)
    shops = w.run(bought.filter(bought.psn_no.isin(hits["subject_id"].tolist())).group_by("psn_no").aggregate(
        places=_.fixmedins_code.nunique(where=_.within >= p.min_days), account=_.account.sum())).set_index("psn_no")
    places = hits["subject_id"].map(shops["places"])
    hits["score"] = hits["score"].where(places >= p.min_places, hits["score"].clip(upper=p.few_places_cap))
    account = hits["subject_id"].map(shops["account"])
    hits["why"] = [f"{why}，其间在{int(n)}家药店购药（少于{number(p.min_places)}家时得分有上限），"
                   f"期间个人账户支付{yuan(a)}"
                   for why, n, a in zip(hits["why"], places, account, strict=True)]
    return hits

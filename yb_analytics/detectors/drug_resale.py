"""Detector: rings that go round the same institutions for the same drugs, beyond need."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import _sentences, _supply, detector
from yb_analytics.detectors._arrays import Arrays
from yb_analytics.detectors._together import communities

CHECKED = ("供应天数与已过天数相符的慢病患者", "退费冲销", "自费药品", "两人同行（夫妻等）降为提示")
UNCHECKED = ("养老机构或村医集中代取", "多种慢性病并存", "药品去向与追溯码")
_COLUMNS = ["subject_id", "locator", "grain", "amount", "score", "why", "estimated", "evidence"]


@dataclass(frozen=True)
class Model(Arrays):
    """Usual supply of the items, and how many pairs of over-supplied persons were looked at."""

    usual: _supply.Usual
    tests: np.ndarray


def _fit(w, p) -> Model:
    usual = _supply.Usual.fit(w)
    pairs = int(w.run(_pairs(w, _rounds(w, usual, p), p).count().as_table()).iloc[0, 0])
    return Model(usual, np.array([max(pairs, 1)]))


@detector(subject="group", tier="线索", needs=("fee_list_d", "fee_list_d.prd_days"), theme="倒卖药品",
          catches="drug_resale", typologies=("T12",), seeds=("S2", "S4"), checked=CHECKED, unchecked=UNCHECKED,
          basis="条例 第十九条、第四十一条(三)；实施细则 第三十一条(三)(四)", fit=_fit, model=Model)
def drug_resale(w, p, model):
    """倒卖药品 · Rings that collect drugs.

    Persons who each took home far more of a drug than the days that passed, and who fetched the same drugs at the same
    institutions within days of one another, more often than their own rounds would bring together by chance. Pairs
    beyond that form a graph whose communities are the rings. A couple stays below 0.5.
    """
    rounds = _rounds(w, model.usual, p)
    linked = _beyond_chance(w, rounds, int(model.tests[0]), p)
    if linked.empty:
        return pd.DataFrame(columns=_COLUMNS)
    rows = _lines(w, rounds, linked, p)
    return pd.DataFrame([_hit(members, linked, rows, p) for members in communities(linked)], columns=_COLUMNS)


def _rounds(w, usual: _supply.Usual, p):
    """Fills of persons who took home far more of a drug than they can have used while they fetched it."""
    return w.once(f"rounds {usual.mark}", lambda: w.materialise(_fetched(w, usual, p)))


def _fetched(w, usual: _supply.Usual, p):
    held = _supply.holders(w, usual)
    span = held["last"] - held["first"] + held.supplied / held.fills
    much = held.filter(held.fills >= p.min_fills, held.supplied >= p.times_need * span)
    rows = _supply.lines(w, usual).semi_join(much, "key").filter(w.period.covers(_.fee_ocur_time))
    return rows.select("psn_no", "drug", "day", "bkkp_sn", "hilist_name", "days", place=_.fixmedins_code,
                       inscp_amt=_.inscp_amt, det_item_fee_sumamt=_.det_item_fee_sumamt)


def _met(rounds, p):
    """Fills of two persons of one drug at one place within the days; each pair of days once.

    A fill lies in the slot of its days, and meets what lies in the same slot and in the one before. Places where more
    persons come in a slot than a ring has are passed over.
    """
    fills = rounds.select("psn_no", "drug", "place", "day").distinct()
    slot = (fills.day / p.within_days).floor().cast("int64")
    own = fills.mutate(slot=slot)
    crowd = ibis.window(group_by=["drug", "place", "slot"])
    own = own.mutate(crowd=_.psn_no.nunique().over(crowd)).filter(_.crowd <= p.largest_ring)
    near = own.mutate(before=False).union(own.mutate(slot=_.slot + 1, before=True))
    a = own.select("drug", "place", "slot", "day", one="psn_no")
    b = near.select("drug", "place", "slot", "before", two="psn_no", other="day")
    met = a.inner_join(b, ["drug", "place", "slot"])
    met = met.filter((met.day - met.other).abs() <= p.within_days, met.one != met.two, met.before | (met.one < met.two))
    return met.select("drug", "place", "day", a=ibis.least(met.one, met.two), b=ibis.greatest(met.one, met.two))


def _pairs(w, rounds, p):
    """Pairs with the rounds on which they met: days of one at a place, whatever the number of drugs."""
    met = w.once(f"rounds met {rounds.get_name()}", lambda: w.materialise(_met(rounds, p)))
    told = met.group_by(["a", "b"]).aggregate(
        met=(_.place + "|" + _.day.cast("string")).nunique(), drugs=_.drug.nunique(), places=_.place.nunique())
    return told.filter(_.met >= 2)


def _beyond_chance(w, rounds, tests: int, p) -> pd.DataFrame:
    """Pairs that met more often than the rounds of both allow, with decades beyond the bound.

    Given the places where one fetched drugs, the other is there within the days by chance as often as its own visits
    to that place cover the time both went round.
    """
    from scipy.stats import binom

    pairs = _pairs(w, rounds, p).filter(_.met >= p.min_met)
    visits = rounds.group_by(["psn_no", "place"]).aggregate(n=_.day.nunique(), first=_.day.min(), last=_.day.max())
    a = pairs.inner_join(visits, [("a", "psn_no")]).drop("psn_no")
    both = a.inner_join(visits, [("b", "psn_no"), ("place", "place")], rname="{name}_b")
    span = ibis.greatest(both["last"], both.last_b) - ibis.least(both["first"], both.first_b) + 1
    cover = ibis.least(both.n_b * (2 * p.within_days + 1) / ibis.greatest(span, p.shortest_days), p.most_cover)
    told = w.run(both.group_by(["a", "b", "met", "drugs", "places"]).aggregate(
        trials=both.n.sum(), chance=(cover * both.n).sum() / both.n.sum()))
    if told.empty:
        return told.assign(beyond=0.0, days=0)
    log_p = binom.logsf(told["met"] - 1, np.maximum(told["trials"], told["met"]), told["chance"].astype(float))
    told["beyond"] = -log_p / np.log(10) - np.log10(tests / p.alpha)
    return told[told["beyond"] > 0].assign(days=told["met"]).sort_values(["a", "b"], ignore_index=True)


def _lines(w, rounds, linked: pd.DataFrame, p) -> pd.DataFrame:
    """Fills of the linked persons with the fund's money."""
    keys = w.register(pd.DataFrame({"psn_no": sorted(set(linked["a"]) | set(linked["b"]))}))
    rows = w.materialise(rounds.semi_join(keys, "psn_no"))
    return w.run(w.fund_share(rows).select("psn_no", "drug", "day", "bkkp_sn", "hilist_name", "days", "place",
                                           fund=_.fund_amt.cast("float64")))


def _hit(members: list[str], linked: pd.DataFrame, rows: pd.DataFrame, p) -> dict:
    """One ring's hit; the dearest lines come first."""
    inside = linked[linked["a"].isin(members) & linked["b"].isin(members)]
    own = rows[rows["psn_no"].isin(members)].sort_values(["fund", "days", "bkkp_sn"], ascending=[False, False, True])
    strength = float(1 - 2 ** (-inside["beyond"].median() * (len(members) - 1) / p.half_decades))
    score = strength if len(members) > p.family_max else min(strength, p.family_cap)
    drugs = "、".join(own.groupby("hilist_name")["days"].sum().sort_values(ascending=False).index[:3])
    supplied = own["days"].sum() / len(members)
    span = int(own["day"].max() - own["day"].min() + 1)
    why = _sentences.sentence(
        f"{len(members)}人先后到{own['place'].nunique()}家机构取用{drugs}等{own['drug'].nunique()}种药，"
        f"成对在{int(p.within_days)}天内同到同一机构取同一种药最多{int(inside['met'].max())}次，{span}天里人均取药可供"
        f"{round(supplied)}天；同到少于{int(p.min_met)}次或不足{int(p.family_max) + 1}人时得分低于0.5")
    evidence = [{"feature": "met", "label": "成对同到同一机构取同一种药次数", "value": float(inside["met"].median()),
                 "unit": "count", "expected": float((inside["trials"] * inside["chance"]).median()),
                 "vanish": float(p.min_met), "contribution": 1.0,
                 "telling": own["bkkp_sn"].head(int(p.telling)).tolist()}]
    name = "G" + hashlib.sha256("\x1f".join(members).encode()).hexdigest()[:15]
    return {"subject_id": name, "locator": own["bkkp_sn"].tolist(), "grain": "line", "score": score,
            "amount": round(float(own["fund"].sum()), 2), "why": why, "estimated": False, "evidence": evidence}

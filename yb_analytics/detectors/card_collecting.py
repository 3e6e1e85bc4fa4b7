"""Detector: cards swiped one after another, in the same order on other days."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import detector
from yb_analytics.detectors._arrays import Arrays
from yb_analytics.detectors._visits import demand_clock, visits

CHECKED = ("当日客流下的偶然先后", "家庭规模的群体降为提示", "按疗程每隔数日就诊的患者", "透析等周期治疗")
UNCHECKED = ("养老机构或村卫生室集中代购", "单位组织就诊", "监控录像与刷卡终端")
_COLUMNS = ["subject_id", "locator", "grain", "amount", "score", "why", "estimated", "evidence"]


@dataclass(frozen=True)
class Model(Arrays):
    """How many institutions were looked at in the reference."""

    tests: np.ndarray


def _fit(w, p) -> Model:
    demand_clock(w, p)
    return Model(np.array([int(w.run(visits(w).fixmedins_code.nunique().as_table()).iloc[0, 0])]))


@detector(subject="institution", tier="线索", needs=("setl_d", "setl_d.setl_time"), theme="个人账户",
          catches="card_collecting", typologies=("T17",), basis="条例 第四十条(一)、第四十一条(一)", seeds=("S3",),
          checked=CHECKED, unchecked=UNCHECKED, money="account", fit=_fit, model=Model)
def card_collecting(w, p, model):
    """敛卡套刷 · Collected cards.

    Different cards that settle at one institution within minutes of one another, in the same order on other days. Given
    the days on which both persons came, one follows the other by chance as often as the day's settlements allow; links
    beyond that join into chains, and a chain counts by its links against all chains its regular customers could form.
    A chain of family size stays below 0.5.
    """
    demand_clock(w, p)
    rows = w.once("card_order", lambda: w.materialise(_ordered(w, p)))
    links = _links(w, rows, p)
    chains = [_chain(own, int(model.tests[0]), p) for _place, found in links.groupby("fixmedins_code")
              for own in _joined(found)]
    flagged = pd.DataFrame([c for c in chains if c["beyond"] > 0])
    if flagged.empty:
        return pd.DataFrame(columns=_COLUMNS)
    told = w.run(rows.filter(_.fixmedins_code.isin(sorted(set(flagged["place"])))))
    return pd.DataFrame([_hit(place, own, told[told["fixmedins_code"] == place], p)
                         for place, own in flagged.groupby("place")], columns=_COLUMNS)


def _ordered(w, p):
    """Visits of persons who come again, each with who settled before at the same desk and how long ago.

    Those who come every few days are in treatment by courses and left out.
    """
    rows = visits(w).filter(~_.cycle).mutate(desk=_.opter_id.fill_null(""))
    own = ibis.window(group_by=["fixmedins_code", "psn_no"])
    rows = rows.mutate(days=_.day.nunique().over(own), span=(_["at"].max() - _["at"].min()).over(own) / 86400.0)
    rows = rows.mutate(busy=_.setl_id.count().over(ibis.window(group_by=["fixmedins_code", "desk", "day"])),
                       course=(_.days > p.min_days) & (_.span / (_.days - 1).nullif(0) <= p.course_gap_days))
    order = ibis.window(group_by=["fixmedins_code", "desk"], order_by=["at", "setl_id"])
    rows = rows.mutate(before=_.psn_no.lag().over(order), gap=_["at"] - _["at"].lag().over(order))
    rows = rows.filter(_.days >= p.min_days, ~_.course.fill_null(False))
    return rows.select("setl_id", "psn_no", "fixmedins_code", "at", "day", "busy", "before", "gap", "fund", "account")


def _links(w, rows, p) -> pd.DataFrame:
    """Who follows whom on how many days, with the decades by which that is beyond chance.

    Taken off are the choices a place has for the next card, so that only links that lengthen a chain for a reason stay.
    """
    from scipy.stats import binom

    told = _counted(w, rows, p)
    chance = told["chance"].astype(float).clip(upper=0.95)
    decades = -binom.logsf(told["days"] - 1, np.maximum(told["same"], told["days"]), chance) / np.log(10)
    told["choices"] = np.log10(told["regulars"].clip(lower=2))
    told["beyond"] = decades - told["choices"]
    return told[told["beyond"] > 0].sort_values(["fixmedins_code", "a", "b"])


def _counted(w, rows, p) -> pd.DataFrame:
    """Pairs with the days one followed the other, the days both came, and the mean chance on those days."""
    follows = rows.filter(_.gap <= p.follow_seconds, _.before != _.psn_no)
    pairs = follows.group_by(["fixmedins_code", "before", "psn_no"]).aggregate(days=_.day.nunique())
    pairs = w.materialise(pairs.filter(_.days >= p.min_days).rename(a="before", b="psn_no"))
    came = rows.semi_join(pairs, "fixmedins_code").group_by(["fixmedins_code", "psn_no", "day"]).aggregate(
        busy=_.busy.max())
    a = pairs.inner_join(came, [("fixmedins_code", "fixmedins_code"), ("a", "psn_no")])
    a = a.select("fixmedins_code", "a", "b", "days", "day", "busy")
    both = a.semi_join(came, [("fixmedins_code", "fixmedins_code"), ("b", "psn_no"), ("day", "day")])
    met = both.group_by(["fixmedins_code", "a", "b", "days"]).aggregate(
        same=_.count(), chance=(p.habit / (_.busy - 1).nullif(0)).fill_null(1.0).mean())
    regulars = came.group_by("fixmedins_code").aggregate(regulars=_.psn_no.nunique())
    return w.run(met.inner_join(regulars, "fixmedins_code"))


def _joined(links: pd.DataFrame) -> list[pd.DataFrame]:
    """Links that hang together, one table per chain of persons."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    people = sorted(set(links["a"]) | set(links["b"]))
    at = {who: i for i, who in enumerate(people)}
    ends = links["a"].map(at).to_numpy(), links["b"].map(at).to_numpy()
    _n, label = connected_components(coo_array((np.ones(len(links)), ends), (len(people), len(people))), directed=False)
    return [own for _label, own in links.groupby(label[ends[0]])]


def _chain(links: pd.DataFrame, tests: int, p) -> dict:
    """A chain of persons: the strongest link to each, less the choice of place and of the first card."""
    best = links.sort_values("beyond", ascending=False).drop_duplicates("b")
    first = float(links["choices"].iloc[0]) + np.log10(max(tests, 1) / p.alpha)
    return {"place": links["fixmedins_code"].iloc[0], "people": sorted(set(links["a"]) | set(links["b"])),
            "beyond": float(best["beyond"].sum() - first), "days": int(links["days"].max())}


def _hit(place: str, chains: pd.DataFrame, rows: pd.DataFrame, p) -> dict:
    """One institution's hit; the days with most of the cards come first."""
    score = 1 - 2 ** (-chains["beyond"] / p.half_decades)
    score = score.where(chains["people"].map(len) > p.family_max, score.clip(upper=p.family_cap))
    first = chains.loc[score.idxmax()]
    own = rows[rows["psn_no"].isin(set().union(*chains["people"]))]
    own = own.assign(together=own.groupby("day")["psn_no"].transform("nunique"))
    own = own[own["together"] >= p.least_together] if len(first["people"]) > p.family_max else own
    own = own.sort_values(["together", "account", "setl_id"], ascending=[False, False, True])
    cards = len(first["people"])
    why = (f"{cards}张医保凭证在本机构相隔不超过{int(p.follow_seconds / 60)}分钟先后结算，"
           f"最多在{int(first['days'])}天里次序相同，远多于按当日客流偶然先后；凭证不超过{int(p.family_max)}张或次序相同少于{int(p.min_days)}天时得分低于0.5")
    evidence = [{"feature": "cards_in_order", "label": "次序重复的凭证数", "value": float(cards), "unit": "count",
                 "vanish": float(p.family_max), "contribution": 1.0,
                 "telling": own["setl_id"].head(int(p.telling)).tolist()}]
    return {"subject_id": place, "locator": own["setl_id"].tolist(), "grain": "settlement", "score": float(score.max()),
            "amount": round(float(own["account"].sum()), 2), "why": why, "estimated": False, "evidence": evidence}

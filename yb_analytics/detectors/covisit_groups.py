"""Detector: people who come together again and again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import _sentences, detector
from yb_analytics.detectors._arrays import Arrays
from yb_analytics.detectors._norms import Norms
from yb_analytics.detectors._together import communities
from yb_analytics.detectors._visits import demand_clock, visits
from yb_analytics.schema.text import number

CHECKED = ("集中体检等人多的时段", "透析等周期治疗的排班", "同日就诊中的偶然同时", "小于家庭规模的群体降为提示")
UNCHECKED = ("亲属或同住关系", "代家人购药", "同单位组织就诊")
_COLUMNS = ["subject_id", "locator", "grain", "amount", "score", "why", "estimated", "evidence"]
_PAIR = ["place", "a", "b"]


@dataclass(frozen=True)
class Model(Arrays):
    """Frozen reference, by window: chance of a meeting at every institution ("" at any other), pairs that met."""

    chances: dict[str, Norms]
    pairs: np.ndarray


def _fit(w, p) -> Model:
    demand_clock(w, p)
    windows = [int(x) for x in p.windows]
    met = [int(w.run(_met_again(_regulars(w, p), window, p).count().as_table()).iloc[0, 0]) for window in windows]
    return Model({str(x): Norms.of(_chances(w, x)) for x in windows}, np.array(met))


@detector(subject="group", tier="线索", needs=("setl_d", "setl_d.setl_time"), theme="聚集就医", catches="covisit",
          typologies=("T06",), near=("fixmedins_code",), fit=_fit, model=Model, basis="条例 第四十条(一)",
          checked=CHECKED, unchecked=UNCHECKED)
def covisit_groups(w, p, model):
    """结伴就医 · Groups that visit together.

    Pairs that settle at the same institution within minutes on many days, against what two persons who come on
    the same days would show by chance; crowded time slots (check-ups) and treatment cycles are not paired. Pairs beyond
    the bound form a graph whose communities (Leiden) are the groups. A group of family size stays below 0.5.
    """
    rows = _regulars(w, p)
    told = [_beyond_chance(w, rows, window, model, p) for window in map(int, p.windows)]
    linked = pd.concat(told).sort_values(["a", "b", "beyond"], ascending=[True, True, False])
    linked = linked.drop_duplicates(["a", "b"])
    if linked.empty:
        return pd.DataFrame(columns=_COLUMNS)
    together = w.run(_together(w, rows, linked, p))
    return pd.DataFrame([_hit(members, linked, together, p) for members in communities(linked)
                         if len(members) >= p.min_group], columns=_COLUMNS)


def _regulars(w, p):
    """Visits of persons who come to an institution often enough to be paired; persons and places by numbers."""
    rows = visits(w).filter(~_.cycle)
    often = ibis.window(group_by=["psn_no", "fixmedins_code"])
    rows = rows.mutate(visits=_.count().over(often)).filter(_.visits >= p.min_visits)
    return w.once("regulars", lambda: w.materialise(rows.select(
        "setl_id", "psn_no", "fixmedins_code", "fund", "at", "day", who=_.psn_no.hash(), place=_.fixmedins_code.hash())))


def _chances(w, window: int) -> pd.DataFrame:
    """Probability that two visits of an institution, whatever the day, fall within the window of one another."""
    times = visits(w).select("fixmedins_code", tod=((_["at"] % 86400) / window).floor())
    bins = times.group_by(["fixmedins_code", "tod"]).aggregate(n=_.count())
    profile = w.run(bins.group_by("fixmedins_code").aggregate(n=_.n.sum(), squares=(_.n * (_.n - 1)).sum()))
    n = profile["n"].astype(float)
    chance = 2 * profile["squares"] / np.maximum(n * (n - 1), 1) + 2 * window / 86400
    told = profile.assign(chance=chance.clip(upper=0.95)).rename(columns={"fixmedins_code": "key"})
    usual = pd.DataFrame({"key": [""], "chance": [float(told["chance"].max())]})
    return pd.concat([told[["key", "chance"]], usual])


def _meetings(rows, window: int, p, only=None):
    """Two visits of different persons at one institution within the window; each once.

    A visit lies in the slot of its time, and meets what lies in the same slot and in the one before: an equi-join in
    place of a range join. Slots with more persons than are paired (`max_crowd`) are passed over. `only`: numbers of the
    persons asked about, all of them where absent.
    """
    crowd = ibis.window(group_by=["place", "slot"])
    most = min(float(p.max_crowd), p.max_crowd_per_minute * window / 60)
    own = rows.mutate(slot=(rows["at"] / window).floor().cast("int64"))
    own = own.mutate(crowd=_.who.nunique().over(crowd)).filter(_.crowd <= most)
    own = own if only is None else own.semi_join(only, "who")
    near = own.mutate(before=False).union(own.mutate(slot=_.slot + 1, before=True))
    near = near.rename({f"{c}_b": c for c in near.columns if c not in ("place", "slot", "before")})
    met = own.inner_join(near, ["place", "slot"])
    return met.filter(met.who != met.who_b, (met["at"] - met.at_b).abs() <= window, met.before | (met.who < met.who_b))


def _of_pairs(met):
    return met.mutate(a=ibis.least(met.who, met.who_b), b=ibis.greatest(met.who, met.who_b))


def _met_again(rows, window: int, p):
    """Pairs that met at an institution on more than one day, by numbers: `place, a, b, n`."""
    met = _of_pairs(_meetings(rows.select("who", "place", "at", "day"), window, p))
    told = met.group_by(_PAIR).aggregate(n=_.count(), first=_.day.min(), last=_.day.max())
    return told.filter(_["first"] < _["last"])


def _pairs(w, rows, window: int, p) -> pd.DataFrame:
    """Pairs that met on enough days, with the days and the days both came to the institution."""
    often = w.materialise(_met_again(rows, window, p).filter(_.n >= p.min_days).select(*_PAIR))
    only = often.select(who="a").union(often.select(who="b")).distinct()
    met = _of_pairs(_meetings(rows.select("who", "place", "at", "day"), window, p, only))
    days = met.semi_join(often, _PAIR).group_by(_PAIR).aggregate(days=_.day.nunique()).filter(_.days >= p.min_days)
    came = rows.select("place", "who", "day").distinct()
    first = days.inner_join(came, [("place", "place"), ("a", "who")]).select(*_PAIR, "days", "day")
    both = first.semi_join(came, [("place", "place"), ("b", "who"), ("day", "day")])
    told = both.group_by([*_PAIR, "days"]).aggregate(same=_.count())
    people = rows.select("who", "psn_no").distinct()
    places = rows.select("place", "fixmedins_code").distinct()
    told = told.inner_join(people.rename(a="who", one="psn_no"), "a").inner_join(
        people.rename(b="who", two="psn_no"), "b").inner_join(places, "place")
    return w.run(told.select("fixmedins_code", "days", "same", a=ibis.least(told.one, told.two),
                             b=ibis.greatest(told.one, told.two)))


def _beyond_chance(w, rows, window: int, model: Model, p) -> pd.DataFrame:
    """Pairs that met on more days than chance allows, with the decades beyond the bound.

    Given the days both came to the institution, each is a meeting by chance with the probability of `_chances`;
    the bound is family-wise over the pairs that met again in the reference.
    """
    from scipy.stats import binom

    tests = max(int(model.pairs[list(map(int, p.windows)).index(window)]), 1) * len(p.windows)
    told = _pairs(w, rows, window, p)
    chances = {str(k): float(v) for k, v in model.chances[str(window)].frame().itertuples(index=False)}
    chance = told["fixmedins_code"].map(chances).astype(float).fillna(chances[""])
    log_p = binom.logsf(told["days"] - 1, np.maximum(told["same"], told["days"]), chance)
    told["beyond"] = -log_p / np.log(10) - np.log10(tests / p.alpha)
    by_pair = told.groupby(["a", "b"], as_index=False).agg(
        beyond=("beyond", "max"), days=("days", "sum"), same=("same", "sum"), places=("fixmedins_code", "nunique"))
    return by_pair[by_pair["beyond"] > 0].assign(window=window).sort_values(["a", "b"])


def _together(w, rows, linked: pd.DataFrame, p):
    """Meetings of the linked pairs: who, where, when and which settlements."""
    keys = w.register(linked[["a", "b"]].astype(str))
    only = keys.select(psn_no="a").union(keys.select(psn_no="b")).distinct().select(who=_.psn_no.hash())
    met = _meetings(rows, max(map(int, p.windows)), p, only)
    turned = met.psn_no > met.psn_no_b
    met = met.select("day", place="fixmedins_code", a=ibis.least(met.psn_no, met.psn_no_b),
                     b=ibis.greatest(met.psn_no, met.psn_no_b), a_setl=turned.ifelse(met.setl_id_b, met.setl_id),
                     b_setl=turned.ifelse(met.setl_id, met.setl_id_b), a_fund=turned.ifelse(met.fund_b, met.fund),
                     b_fund=turned.ifelse(met.fund, met.fund_b))
    return met.semi_join(keys, ["a", "b"]).distinct()


def _visited(members: list[str], together: pd.DataFrame) -> pd.DataFrame:
    """Settlements of the members' meetings; those with most members come first."""
    met = together[together["a"].isin(members) & together["b"].isin(members)]
    sides = [met[["place", "day", f"{s}_setl", f"{s}_fund", s]].set_axis(
        ["place", "day", "setl_id", "fund", "who"], axis=1) for s in ("a", "b")]
    each = pd.concat(sides).drop_duplicates("setl_id")
    each["together"] = each.groupby(["place", "day"])["who"].transform("nunique")
    return each.sort_values(["together", "fund", "setl_id"], ascending=[False, False, True])


def _hit(members: list[str], linked: pd.DataFrame, together: pd.DataFrame, p) -> dict:
    """One group's hit."""
    inside = linked[linked["a"].isin(members) & linked["b"].isin(members)]
    each = _visited(members, together)
    strength = float(1 - 2 ** (-inside["beyond"].median() * (len(members) - 1) / p.half_decades))
    alike = 1 + 2 * len(inside) / len(members)  # size of a fully linked group with as many links a head
    score = strength if alike > p.family_max else min(strength, p.family_cap)
    places = sorted(set(each["place"]))
    why = _sentences.sentence(
        f"{len(members)}人在{'、'.join(places[:3])}等{len(places)}家机构的{each['day'].nunique()}天里多次在"
        f"{int(inside['window'].max() // 60)}分钟内先后结算，成对同到{number(int(inside['days'].sum()))}次"
        f"（同日到过{int(inside['same'].sum())}次），远多于偶然；成对同到少于{int(p.min_days)}天或群体不超过{int(p.family_max)}人时"
        f"得分低于0.5")
    evidence = [{"feature": "days_together", "label": "成对同到天数中位数", "value": float(inside["days"].median()),
                 "unit": "days", "vanish": float(p.min_days), "contribution": 1.0,
                 "telling": each["setl_id"].head(int(p.telling)).tolist()}]
    name = "G" + hashlib.sha256("\x1f".join(members).encode()).hexdigest()[:15]
    return {"subject_id": name, "locator": each["setl_id"].tolist(), "grain": "settlement", "score": score,
            "amount": round(float(each["fund"].sum()), 2), "why": why, "estimated": False, "evidence": evidence}

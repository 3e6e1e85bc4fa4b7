"""Detector: people who come together again and again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import NotEvaluable, _sentences, detector
from yb_analytics.detectors._arrays import Arrays
from yb_analytics.detectors._norms import Norms
from yb_analytics.schema import INPATIENT
from yb_analytics.schema.text import number

CHECKED = ("集中体检等人多的时段", "同日就诊中的偶然同时", "小于家庭规模的群体降为提示")
UNCHECKED = ("亲属或同住关系", "代家人购药", "同单位组织就诊")
_COLUMNS = ["subject_id", "locator", "grain", "amount", "score", "why"]


@dataclass(frozen=True)
class Model(Arrays):
    """Frozen reference, by window: chance of a meeting at every institution ("" at any other), pairs that met."""

    chances: dict[str, Norms]
    pairs: np.ndarray


def _fit(w, p) -> Model:
    _demand_clock(w, p)
    visits, windows = _seen(w, p), [int(x) for x in p.windows]
    met = [len(w.run(_pairs(visits, window, p))) for window in windows]
    return Model({str(x): Norms.of(_chances(w, x)) for x in windows}, np.array(met))


def _seen(w, p):
    return w.once("covisits", lambda: w.materialise(_visits(w, p)))


@detector(subject="group", tier="线索", needs=("setl_d", "setl_d.setl_time"), catches="covisit",
          typologies=("T06",), near=("fixmedins_code",), fit=_fit, model=Model,
          basis="条例 第四十条(一)", checked=CHECKED, unchecked=UNCHECKED)
def covisit_groups(w, p, model):
    """结伴就医 · Groups that visit together.

    Pairs that settle at the same institution within minutes on many days, against what two persons who come on
    the same days would show by chance; crowded time slots (check-ups) are not paired. Pairs beyond the bound form
    a graph whose communities (Leiden) are the groups. A group of family size stays below 0.5.
    """
    visits = _seen(w, p)
    told = [_beyond_chance(w, visits, window, model, p) for window in map(int, p.windows)]
    linked = pd.concat(told).sort_values(["a", "b", "beyond"], ascending=[True, True, False])
    linked = linked.drop_duplicates(["a", "b"])
    if linked.empty:
        return pd.DataFrame(columns=_COLUMNS)
    groups = communities(linked)
    together = w.run(_together(w, visits, linked, p))
    return pd.DataFrame([_hit(members, linked, together, p) for members in groups
                         if len(members) >= p.min_group], columns=_COLUMNS)


def _visits(w, p):
    """Outpatient and pharmacy settlements of persons who come to an institution often enough to be paired."""
    rows = _all_visits(w).select(
        "setl_id", "psn_no", "fixmedins_code", "setl_time", fund=_.fund_pay_sumamt.cast("float64"),
        at=_.setl_time.epoch_seconds(), day=_.setl_time.date())
    often = ibis.window(group_by=["psn_no", "fixmedins_code"])
    return rows.mutate(visits=_.count().over(often)).filter(_.visits >= p.min_visits)


def _all_visits(w):
    return w.valid_settlements.filter(~_.med_type.left(2).isin(INPATIENT).fill_null(False))


def _chances(w, window: int) -> pd.DataFrame:
    """Probability that two visits of an institution, whatever the day, fall within the window of one another."""
    seconds = _.setl_time.epoch_seconds() % 86400
    times = _all_visits(w).select("fixmedins_code", tod=(seconds / window).floor())
    bins = times.group_by(["fixmedins_code", "tod"]).aggregate(n=_.count())
    profile = w.run(bins.group_by("fixmedins_code").aggregate(n=_.n.sum(), squares=(_.n * (_.n - 1)).sum()))
    n = profile["n"].astype(float)
    chance = 2 * profile["squares"] / np.maximum(n * (n - 1), 1) + 2 * window / 86400
    told = profile.assign(chance=chance.clip(upper=0.95)).rename(columns={"fixmedins_code": "key"})
    usual = pd.DataFrame({"key": [""], "chance": [float(told["chance"].max())]})
    return pd.concat([told[["key", "chance"]], usual])


def _demand_clock(w, p) -> None:
    """Refuse to say anything where the deliveries bear dates without a time of day."""
    times = _all_visits(w).setl_time.epoch_seconds()
    share = w.run(_all_visits(w).aggregate(share=(times % 86400 == 0).cast("float64").mean()))["share"].iloc[0]
    if share is None or share != share:
        raise NotEvaluable(f"no outpatient or pharmacy settlement in {w.period}"
                           f"（{w.period.label}没有门诊或药店结算）")
    if share > p.max_midnight:
        raise NotEvaluable(f"{share:.0%} of the settlements bear no time of day（{share:.0%}的结算没有时刻）")


def _slots(visits, window: int, p):
    """Each visit in its own time slot and the next one, so that visits closer than a slot share one."""
    slot = (visits.at / window).floor().cast("int64")
    own = visits.mutate(slot=slot)
    both = own.union(visits.mutate(slot=slot + 1))
    crowd = ibis.window(group_by=["fixmedins_code", "slot"])
    return both.mutate(crowd=_.psn_no.nunique().over(crowd)).filter(
        _.crowd <= p.max_crowd_per_minute * window / 60, _.crowd > 1)


def _meetings(visits, window: int, p):
    """Two visits of different persons at one institution within the window; each once."""
    slots = _slots(visits, window, p)
    a = slots.select("fixmedins_code", "slot", "day", a="psn_no", a_setl="setl_id", a_at="at", a_fund="fund")
    b = slots.select("fixmedins_code", "slot", b="psn_no", b_setl="setl_id", b_at="at", b_fund="fund")
    met = a.inner_join(b, ["fixmedins_code", "slot"])
    return met.filter(met.a < met.b, (met.a_at - met.b_at).abs() <= window)


def _pairs(visits, window: int, p):
    """Pairs with the number of days they met at each institution."""
    met = _meetings(visits, window, p).group_by(["fixmedins_code", "a", "b"]).aggregate(days=_.day.nunique())
    return met.filter(_.days >= 2)


def _beyond_chance(w, visits, window: int, model: Model, p) -> pd.DataFrame:
    """Pairs that met on more days than chance allows, with the log probability.

    Given the days both came to the institution, each is a meeting by chance with the probability of `_chances`;
    the bound is family-wise over the pairs that met at all often in the reference.
    """
    from scipy.stats import binom

    tests = max(int(model.pairs[list(map(int, p.windows)).index(window)]), 1) * len(p.windows)
    pairs = w.run(_pairs(visits, window, p).filter(_.days >= p.min_days))
    if pairs.empty:
        return pd.DataFrame(columns=["a", "b", "beyond", "days", "same", "places", "window"])
    keys = w.register(pairs[["fixmedins_code", "a", "b"]].astype(str))
    came = visits.select("fixmedins_code", "psn_no", "day").distinct()
    first = keys.inner_join(came, [("fixmedins_code", "fixmedins_code"), ("a", "psn_no")]).select(
        "fixmedins_code", "a", "b", "day")
    both = first.semi_join(came, [("fixmedins_code", "fixmedins_code"), ("b", "psn_no"), ("day", "day")])
    same = w.run(both.group_by(["fixmedins_code", "a", "b"]).aggregate(same=_.count()))
    told = pairs.merge(same, on=["fixmedins_code", "a", "b"])
    chances = {str(k): float(v) for k, v in model.chances[str(window)].frame().itertuples(index=False)}
    told["chance"] = told["fixmedins_code"].map(chances).fillna(chances[""])
    log_p = binom.logsf(told["days"] - 1, np.maximum(told["same"], told["days"]), told["chance"])
    told["beyond"] = -log_p / np.log(10) - np.log10(tests / p.alpha)
    by_pair = told.groupby(["a", "b"], as_index=False).agg(
        beyond=("beyond", "max"), days=("days", "sum"), same=("same", "sum"), places=("fixmedins_code", "nunique"))
    return by_pair[by_pair["beyond"] > 0].assign(window=window).sort_values(["a", "b"])


def communities(linked: pd.DataFrame) -> list[list[str]]:
    """Members of each community of the pair graph, largest first; the seed is fixed.

    Each connected part is divided by itself: what lies elsewhere in the city does not move its borders.

    Examples
    --------
    >>> pairs = pd.DataFrame({"a": ["p1", "p1", "p2", "q1"], "b": ["p2", "p3", "p3", "q2"], "days": 5})
    >>> communities(pairs)
    [['p1', 'p2', 'p3'], ['q1', 'q2']]
    """
    from scipy.sparse import coo_array, csr_matrix
    from scipy.sparse.csgraph import connected_components

    people = np.array(sorted(set(linked["a"]) | set(linked["b"])))
    rows, columns = (np.searchsorted(people, linked[c].to_numpy(str)) for c in ("a", "b"))
    weight = np.tile(linked["days"].to_numpy(float), 2)
    both = (np.append(rows, columns), np.append(columns, rows))
    graph = csr_matrix(coo_array((weight, both), (len(people), len(people))))
    part = connected_components(graph, directed=False)[1]
    found: list[list[str]] = []
    for which in range(part.max() + 1):
        members = np.flatnonzero(part == which)
        found += _divided(people[members], graph[members][:, members])
    return sorted(found, key=lambda members: (-len(members), members))


def _divided(people: np.ndarray, graph) -> list[list[str]]:
    """Communities (Leiden) of one connected part."""
    from sknetwork.clustering import Leiden

    label = Leiden(random_state=7).fit_predict(graph)
    return [sorted(people[label == c].tolist()) for c in np.unique(label)]


def _together(w, visits, linked: pd.DataFrame, p):
    """Meetings of the linked pairs: who, where, when and which settlements."""
    keys = w.register(linked[["a", "b"]].astype(str))
    return _meetings(visits.semi_join(keys.select(psn_no="a").union(keys.select(psn_no="b")), "psn_no"),
                     max(map(int, p.windows)), p).semi_join(keys, ["a", "b"]).select(
        "fixmedins_code", "day", "a", "b", "a_setl", "b_setl", "a_fund", "b_fund").distinct()


def _hit(members: list[str], linked: pd.DataFrame, together: pd.DataFrame, p) -> dict:
    """One group's hit; the meetings with most members come first."""
    inside = linked[linked["a"].isin(members) & linked["b"].isin(members)]
    met = together[together["a"].isin(members) & together["b"].isin(members)]
    sides = [met[["fixmedins_code", "day", f"{s}_setl", f"{s}_fund", s]].set_axis(
        ["place", "day", "setl_id", "fund", "who"], axis=1) for s in ("a", "b")]
    each = pd.concat(sides).drop_duplicates("setl_id")
    each["together"] = each.groupby(["place", "day"])["who"].transform("nunique")
    each = each.sort_values(["together", "fund", "setl_id"], ascending=[False, False, True])
    strength = float(1 - 2 ** (-inside["beyond"].median() * (len(members) - 1) / p.half_decades))
    alike = 1 + 2 * len(inside) / len(members)  # size of a fully linked group with as many links a head
    score = strength if alike > p.family_max else min(strength, p.family_cap)
    chance = int(inside["same"].sum())
    why = _sentences.sentence(
        f"{len(members)}人在{'、'.join(sorted(set(each['place']))[:3])}等{each['place'].nunique()}家机构的{each['day'].nunique()}天里多次在"
        f"{int(inside['window'].max() // 60)}分钟内先后结算，成对同到{number(int(inside['days'].sum()))}次"
        f"（同日到过{chance}次），远多于偶然；成对同到少于{int(p.min_days)}天或群体不超过{int(p.family_max)}人时"
        f"得分低于0.5")
    name = "G" + hashlib.sha256("\x1f".join(members).encode()).hexdigest()[:15]
    return {"subject_id": name, "locator": each["setl_id"].tolist(), "grain": "settlement", "score": score,
            "amount": round(float(each["fund"].sum()), 2), "why": why}

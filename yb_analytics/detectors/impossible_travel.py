"""Detector: one card at two places, too far apart for the time between."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import NotEvaluable, _presence, detector
from yb_analytics.detectors._contradictions import CLOSED, OPEN, hits, sign, strength
from yb_analytics.schema.text import number, yuan

_EARTH_KM = 6371.0


@detector(subject="person", tier="线索", needs=("setl_d", "setl_d.fixmedins_code"), catches="impersonation",
          theme="冒名就医", typologies=("T18", "T17"),
          basis="条例 第十七条、第四十条(一)、第四十一条(一)", seeds=("S0", "S4"),
          checked=("药店代购", "只取药的就诊只作低权重", "互联网医院与线上复诊", "中心报销",
                   "距离近或时间够的两处就医"),
          unchecked=("提前预约挂号", "机构结算时间有误", "家属代为取药"))
def impossible_travel(w, p):
    """异地同时就医 · Two places at once.

    A person settles in two medical institutions and the time between leaves no way of getting from one to the other:
    by coordinates where both are held, else between different cities. A day weighs as little as its weaker visit;
    purchases and care online do not count. Evidence is closed where both ends rendered services that need the body,
    on several days.
    """
    every = w.once("impossible_travel.pairs", lambda: w.materialise(_pairs(w, p)))
    pairs = _far(w, every, p)
    if pairs.empty:
        return hits([])
    days = w.run(every.group_by("psn_no").aggregate(days=_.day.nunique())).set_index("psn_no")["days"]
    weight = _weights(w, pairs)
    for end in ("first", "then"):
        pairs[f"{end}_weight"] = pairs[f"{end}_id"].map(weight["weight"])
        pairs[f"{end}_body"] = pairs[f"{end}_id"].map(weight["body"]).astype(bool)
    pairs["weight"] = pairs[["first_weight", "then_weight"]].min(axis=1)
    pairs["both"] = pairs["first_body"] & pairs["then_body"]
    pairs = pairs[pairs["weight"] > 0]
    return hits([_hit(who, own, int(days[who]), p) for who, own in pairs.groupby("psn_no", sort=True)])


def _pairs(w, p):
    """Visits of a person one after the other on one day at different institutions, with the minutes between.

    Days with two institutions are found by a hash of the person first, so that only their rows are ordered.
    """
    rows = _presence.attended(w).filter(~_.stay, ~_.office, ~_.retail, _.at.epoch_seconds() % 86400 > 0)
    rows = rows.mutate(day=rows["at"].date(), key=rows.psn_no.hash())
    two = rows.group_by(["key", "day"]).aggregate(
        low=_.fixmedins_code.min(), high=_.fixmedins_code.max()).filter(_.low != _.high)
    rows = w.materialise(rows.semi_join(two, ["key", "day"]).select(
        "setl_id", "mdtrt_id", "psn_no", "fixmedins_code", "fix_blng_admdvs", "at", "day", "fund"))
    if not int(w.run(rows.count())) and not _timed(w):
        raise NotEvaluable("setl_d.setl_time has no time of day（结算时间没有时刻）")
    begun = w.mdtrt_d.semi_join(rows, "mdtrt_id").select("mdtrt_id", begntime="begntime")
    rows = rows.left_join(begun, "mdtrt_id").drop("mdtrt_id_right")
    early = rows.at - ibis.interval(hours=int(p.longest_visit))
    timed = (rows.begntime.epoch_seconds() % 86400 > 0) & (rows.begntime <= rows["at"]) & (rows.begntime >= early)
    rows = rows.mutate(came=timed.fill_null(False).ifelse(rows.begntime, rows["at"]))
    order = ibis.window(group_by=["psn_no", "day"], order_by=["at", "setl_id"])
    before = {f"first_{c}": rows[c].lag().over(order) for c in ("setl_id", "fixmedins_code", "fix_blng_admdvs", "at",
                                                                  "fund")}
    rows = rows.mutate(**before).filter(_.first_fixmedins_code != _.fixmedins_code)
    return rows.mutate(minutes=(_seconds(_.came) - _seconds(_.first_at)) / 60,
                       paid_minutes=(_seconds(_["at"]) - _seconds(_.first_at)) / 60)


def _seconds(time):
    """Seconds of a time as a number."""
    return time.epoch_seconds().cast("float64")


def _timed(w) -> bool:
    """Whether any settlement of the period tells its time of day."""
    some = w.valid_settlements.aggregate(some=(_.setl_time.epoch_seconds() % 86400 > 0).any())
    return bool(w.run(some)["some"].fillna(False).iloc[0])


def _far(w, pairs, p) -> pd.DataFrame:
    """Pairs too far apart for the minutes between, with the distance in kilometres."""
    place = w.fixmedins_b.select("fixmedins_code", "lnt", "lat", city=_.fix_blng_admdvs.left(4))
    first = place.rename({f"first_{c}": c for c in place.columns})
    pairs = pairs.left_join(place, "fixmedins_code").drop("fixmedins_code_right")
    pairs = pairs.left_join(first, "first_fixmedins_code").drop("first_fixmedins_code_right")
    here = ibis.coalesce(pairs.fix_blng_admdvs.left(4), pairs.city)
    there = ibis.coalesce(pairs.first_fix_blng_admdvs.left(4), pairs.first_city)
    elsewhere = (here != there).fill_null(False)
    pairs = pairs.mutate(minutes=elsewhere.ifelse(pairs.minutes, pairs.paid_minutes))
    pairs = pairs.select("psn_no", "day", "minutes", "lnt", "lat", "first_lnt", "first_lat", first_id="first_setl_id",
                         then_id="setl_id", first_fund="first_fund", then_fund="fund", elsewhere=elsewhere)
    told = w.run(pairs.filter(_.elsewhere | (_.lat.notnull() & _.first_lat.notnull())))
    km = _kilometres(told)
    told["km"] = km.where(km.notna(), np.where(told["elsewhere"], p.km_elsewhere, np.nan))
    needed = told["km"] / p.kmh * 60 - p.slack_minutes
    return told[(told["km"] >= p.least_km) & (told["minutes"] < needed)].reset_index(drop=True)


def _kilometres(rows: pd.DataFrame) -> pd.Series:
    """Great-circle distance, empty where a coordinate is missing.

    Examples
    --------
    >>> rows = pd.DataFrame({"lat": [30.75], "lnt": [120.75], "first_lat": [31.23], "first_lnt": [121.47]})
    >>> _kilometres(rows).round(0).tolist()
    [87.0]
    """
    lat, lnt, lat0, lnt0 = (np.radians(rows[c].astype(float)) for c in ("lat", "lnt", "first_lat", "first_lnt"))
    half = np.sin((lat - lat0) / 2) ** 2 + np.cos(lat) * np.cos(lat0) * np.sin((lnt - lnt0) / 2) ** 2
    return 2 * _EARTH_KM * np.arcsin(np.sqrt(half.clip(0, 1)))


def _weights(w, pairs: pd.DataFrame) -> pd.DataFrame:
    """Weight of every settlement of the pairs, by its id."""
    ids = w.register(pd.DataFrame({"setl_id": sorted({*pairs["first_id"], *pairs["then_id"]})}))
    return _presence.weighed(w, _presence.attended(w).semi_join(ids, "setl_id")).set_index("setl_id")


def _hit(who: str, own: pd.DataFrame, days: int, p) -> dict:
    """One person's hit; the pairs that leave least time for the way come first."""
    own = own.assign(missing=own["km"] / p.kmh * 60 - own["minutes"]).sort_values(
        ["weight", "missing", "then_id"], ascending=[False, False, True])
    by_day = own.groupby("day").agg(weight=("weight", "max"), both=("both", "max"))
    free = p.free_weight + p.error_share * days
    total, both = float(by_day["weight"].sum()), int(by_day["both"].sum())
    at_stake = own.assign(less=own[["first_fund", "then_fund"]].min(axis=1)).groupby("day")["less"].max().sum()
    ids = own[["first_id", "then_id"]].to_numpy().ravel().tolist()
    worst = own.iloc[0]
    between = (f"间隔{number(round(worst['minutes']))}分钟" if worst["minutes"] >= 0
               else f"就诊时间重叠{number(round(-worst['minutes']))}分钟")
    why = (f"{days}天在两家以上医疗机构就诊，其中{len(by_day)}天两地之间的间隔不足以往返；"
           f"如{worst['day']:%Y-%m-%d}两处相距约{number(round(worst['km']))}公里，{between}；其中{both}天两端均有须本人到场的项目，"
           f"每天按较小一笔计涉及基金{yuan(at_stake)}")
    return {"subject_id": who, "locator": list(dict.fromkeys(ids)), "grain": "settlement", "estimated": True,
            "amount": round(float(at_stake), 2), "why": why, "tier": CLOSED if both >= p.closing_days else OPEN,
            "score": strength(total, free, p.half_weight),
            "evidence": [sign("days_apart", "两地同时就诊天数（加权）", total, "days",
                              list(dict.fromkeys(ids))[:int(p.telling)], vanish=float(free))]}

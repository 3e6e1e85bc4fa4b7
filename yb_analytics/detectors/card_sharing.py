"""Detector: one card at two places within minutes, again and again."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import _persons, detector
from yb_analytics.detectors._arrays import Arrays
from yb_analytics.detectors._norms import Norms
from yb_analytics.detectors._visits import demand_clock, visits

CHECKED = ("步行可达的相邻机构", "多人常走的就诊—购药路线", "透析等周期治疗")
UNCHECKED = ("家庭共济账户代付", "互联网医院与送药上门", "结算补传造成的时间误差")
_KM_A_DEGREE = 111.2


@dataclass(frozen=True)
class Model(Arrays):
    """Ways between two institutions by the persons who take them, and the groups of persons."""

    ways: Norms
    people: _persons.Tails


def _moves(w, p):
    """Visits that follow one at another institution within the minutes and are too far for a walk."""
    rows = visits(w).filter(~_.cycle)
    order = ibis.window(group_by="psn_no", order_by=["at", "setl_id"])
    rows = rows.mutate(came_from=_.fixmedins_code.lag().over(order), since=_["at"] - _["at"].lag().over(order))
    rows = rows.filter(_.since <= p.within_minutes * 60, _.came_from != _.fixmedins_code)
    place = w.institutions.select("fixmedins_code", "lnt", "lat")
    here = rows.left_join(place, "fixmedins_code").drop("fixmedins_code_right")
    both = here.left_join(place, [("came_from", "fixmedins_code")], rname="{name}_from")
    east = (both.lnt - both.lnt_from) * (both.lat * np.pi / 180).cos() * _KM_A_DEGREE
    away = (east**2 + ((both.lat - both.lat_from) * _KM_A_DEGREE) ** 2).sqrt()
    way = ibis.least(both.came_from, both.fixmedins_code) + "|" + ibis.greatest(both.came_from, both.fixmedins_code)
    both = both.mutate(way=way).filter(away.isnull() | (away > p.walk_km))
    return w.once("quick moves", lambda: w.materialise(both.select("setl_id", "psn_no", "day", "fund", "account", "way")))


def _measure(ways: Norms) -> _persons.Measure:
    def odd(w, p):
        known = ways.table(w)
        return _moves(w, p).anti_join(known.filter(known.persons > p.few_persons), [("way", "key")])

    def people(w, p):
        told = odd(w, p).group_by("psn_no").aggregate(value=_.day.nunique().cast("float64"))
        seen = visits(w).select("psn_no").distinct().left_join(told, "psn_no")
        return seen.select(subject_id=seen.psn_no, value=seen.value.fill_null(0.0))

    def rows(w, p):
        return odd(w, p).select(subject_id=_.psn_no, id=_.setl_id, fund=_.fund + _.account)

    return _persons.Measure("quick_moves", "短时内在相距较远的两家机构结算的天数", "天", people, rows, least="min_days")


def _fit(w, p) -> Model:
    demand_clock(w, p)
    ways = w.run(_moves(w, p).group_by(key="way").aggregate(persons=_.psn_no.nunique().cast("float64")))
    ways = Norms.of(ways if len(ways) else pd.DataFrame({"key": pd.Series(dtype=str), "persons": pd.Series(dtype=float)}))
    return Model(ways, _persons.fitted(w, p, _measure(ways)))


@detector(subject="person", tier="线索", needs=("setl_d", "setl_d.setl_time"), theme="冒名就医", typologies=("T17", "T18"),
          basis="条例 第十七条、第四十一条(一)", seeds=("S3",), checked=CHECKED, unchecked=UNCHECKED, fit=_fit,
          model=Model)
def card_sharing(w, p, model):
    """一卡多处短时连用 · One card at distant places within minutes.

    Days on which a card settled at two institutions within half an hour of one another though they lie farther apart
    than a walk and the way is not one that others take too (from a clinic to the pharmacy beside it). Compared with
    persons of the same age and sex.
    """
    demand_clock(w, p)
    return _persons.found(w, p, model.people, _measure(model.ways))

"""Detector: an institution that lives on a few persons."""

from __future__ import annotations

import ibis
from ibis import _

from yb_analytics.detectors import detector
from yb_analytics.detectors._against_peers import Frozen, Question, fitted, found
from yb_analytics.detectors._visits import visits

CHECKED = ("透析、精神等周期治疗", "同类机构的通常水平")
UNCHECKED = ("签约服务与慢病随访", "养老机构内设机构", "理疗康复疗程")


def _cases(w, p):
    """Visits, counted by persons: a hit is one of a person who comes far more often than a treatment needs."""
    rows = visits(w).filter(~_.cycle)
    often = ibis.window(group_by=["fixmedins_code", "psn_no"])
    days = rows.mutate(days=_.day.nunique().over(often))
    many = max(float(p.least_days), p.days_a_month * len(w.period.months))
    return days.select(subject_id="fixmedins_code", id="setl_id", who="psn_no", hit=_.days >= many, fund="fund",
                       telling="days")


QUESTIONS = (Question("regulars", "频繁到同一机构就诊的人数占比", "人", _cases, least="min_persons"),)


def _fit(w, p) -> Frozen:
    return fitted(w, p, QUESTIONS)


@detector(subject="institution", tier="监测", needs=("setl_d",), theme="聚集就医", typologies=("T32", "T08"),
          basis="条例 第二十五条", checked=CHECKED, unchecked=UNCHECKED, fit=_fit, model=Frozen)
def concentration(w, p, model):
    """就诊集中于少数人 · Visits concentrated on a few persons.

    Persons who come to one institution on so many days that a treatment hardly needs it, among all it saw, far more
    than at institutions of the same kind. Persons are counted, not visits; dialysis and psychiatric cycles do not count.
    """
    return found(w, p, model, QUESTIONS)

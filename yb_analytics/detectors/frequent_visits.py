"""Detector: persons at the clinic again and again."""

from __future__ import annotations

import ibis
from ibis import _

from yb_analytics.detectors import detector
from yb_analytics.detectors._persons import Measure, Tails, fitted, found
from yb_analytics.detectors._visits import visits
from yb_analytics.schema import PHARMACY

CHRONIC = "14"
"""MED_TYPE: visits for a listed chronic disease."""

CHECKED = ("透析、精神等周期治疗", "同一疗程的连续就诊与按月配药计一次", "同年龄同性别参保人的通常次数",
           "门诊慢特病患者单独比较")
UNCHECKED = ("多种慢性病并存", "过敏原注射等须频繁到院的治疗", "理疗康复疗程")


def _fit(w, p) -> Tails:
    return fitted(w, p, VISITS)


@detector(subject="person", tier="线索", needs=("setl_d",), theme="频繁就医", catches="frequent_visits",
          typologies=("T08",), basis="条例 第三十八条(二)、第四十一条", checked=CHECKED, unchecked=UNCHECKED, fit=_fit,
          model=Tails)
def frequent_visits(w, p, model):
    """频繁门诊 · Frequent outpatient visits.

    Days with an outpatient visit within the densest half-year, against persons of the same age and sex. A visit that
    continues the course of one before (the same institution and disease within days; within a month where a listed
    chronic disease is refilled), dialysis and psychiatric cycles do not count. Persons with a listed chronic disease
    are compared with one another.
    """
    return found(w, p, model, VISITS)


def _counted(w, p):
    """Visits that begin something, each with the days of such visits in the time up to it."""
    return w.once("visit days", lambda: w.materialise(_days(w, p)))


def _days(w, p):
    rows = visits(w).filter(~_.med_type.left(2).isin(PHARMACY).fill_null(False), ~_.cycle)
    course = ibis.window(group_by=["psn_no", "fixmedins_code", "disease"], order_by=["at", "setl_id"])
    rows = rows.mutate(since=(_["at"] - _["at"].lag().over(course)) / 86400.0)
    course_days = (_.med_type.left(2) == CHRONIC).fill_null(False).ifelse(p.refill_days, p.course_days)
    rows = rows.filter(_.disease.isnull() | _.since.isnull() | (_.since > course_days))
    order = ibis.trailing_range_window(int(p.window_days) - 1, group_by="psn_no", order_by="n")
    first = ibis.window(group_by=["psn_no", "day"], order_by=["at", "setl_id"])
    rows = rows.mutate(n=(_["at"] / 86400).floor().cast("int64"),
                       once=(ibis.row_number().over(first) == 0).cast("int8"))
    return rows.mutate(within=_.once.sum().over(order))


def _people(w, p):
    rows = _counted(w, p)
    chronic = (rows.med_type.left(2) == CHRONIC).max().ifelse("门诊慢特病患者", "其他参保人")
    return rows.group_by("psn_no").aggregate(value=rows.within.max().cast("float64"), care=chronic).rename(
        subject_id="psn_no")


def _rows(w, p):
    return _counted(w, p).select(subject_id=_.psn_no, id=_.setl_id, fund=_.fund, telling=_.within)


VISITS = Measure("visit_days", "半年内门诊就诊天数", "天", _people, _rows, least="min_visits", kind="care")

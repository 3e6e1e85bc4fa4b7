"""Detector: persons who are in hospital again and again."""

from __future__ import annotations

from datetime import timedelta

import ibis
from ibis import _

from yb_analytics.detectors import _cycles, detector
from yb_analytics.detectors._persons import Measure, Tails, fitted, found
from yb_analytics.schema import INPATIENT, PHARMACY

CHECKED = ("放化疗、透析、精神、康复等周期性住院", "转院视为同一次住院",
           "同年龄同性别、门诊就诊频度相近的参保人的通常次数")
UNCHECKED = ("多种重病并存", "计划性再入院", "长期照护需求")


def _fit(w, p) -> Tails:
    return fitted(w, p, STAYS)


@detector(subject="person", tier="线索", needs=("stays",), theme="住院", catches="frequent_stays", typologies=("T07",),
          basis="条例 第三十八条(一)(二)、第四十一条", checked=CHECKED, unchecked=UNCHECKED, fit=_fit, model=Tails)
def frequent_stays(w, p, model):
    """频繁住院 · Frequent stays.

    Most episodes in hospital within any twelve months that end in the period, against persons of the same age and sex
    who were in hospital at all and are seen in clinics as often: who is gravely ill is seen there too. Treatment
    cycles do not count, a transfer continues an episode. Flagged is a number beyond what the largest of so many honest
    persons would show, and never below the stated least.
    """
    return found(w, p, model, STAYS)


def _episodes(w, p):
    """Stays that begin an episode of their own, each with the episodes of the twelve months up to it."""
    return w.once("episodes", lambda: w.materialise(_begun(w, p)))


def _begun(w, p):
    start = w.period.start - timedelta(days=int(p.window_days))
    rows = w.history.stays.filter(_.begntime >= start.isoformat(), _.endtime.notnull())
    order = ibis.window(group_by="psn_no", order_by=["begntime", "mdtrt_id"])
    rows = rows.mutate(left=_.endtime.lag().over(order), way=_.dscg_way.lag().over(order))
    away = (_.begntime.date() - _.left.date()).cast("int64")
    rows = rows.mutate(excluded=_cycles.told(rows) | (away <= p.same_episode_days).fill_null(False))
    rows = rows.filter(~rows.excluded).select(
        "mdtrt_id", "psn_no", "begntime", fund=_.fund_pay_sumamt.fill_null(0), day=_.begntime.epoch_seconds() // 86400)
    upto = ibis.trailing_range_window(int(p.window_days), group_by="psn_no", order_by="day")
    return rows.mutate(within=rows.count().over(upto)).filter(w.period.covers(_.begntime))


def _people(w, p):
    """Most episodes of every person, with how often outpatient clinics see the person a year."""
    most = _episodes(w, p).group_by("psn_no").aggregate(value=_.within.max().cast("float64"))
    start = w.period.start - timedelta(days=int(p.window_days))
    years = (w.period.end - start).days / 365
    seen = w.history.valid_settlements.filter(_.setl_time >= start.isoformat())
    seen = seen.filter(_.med_type.left(2).notin((*INPATIENT, *PHARMACY)))
    seen = seen.semi_join(most, "psn_no").group_by("psn_no").aggregate(visits=_.count() / years)
    told = most.left_join(seen, "psn_no")
    return told.select(subject_id=told.psn_no, value=told.value, care=_band(told.visits.fill_null(0), p.visit_bands))


def _band(visits, bounds):
    """Words for how often a person is seen in clinics."""
    steps = list(map(int, bounds))
    return ibis.cases(*((visits <= most, f"年门诊不超过{most}次") for most in steps), else_=f"年门诊超过{steps[-1]}次")


def _rows(w, p):
    return _episodes(w, p).select(subject_id=_.psn_no, id=_.mdtrt_id, fund=_.fund, telling=_.within)


STAYS = Measure("stays_a_year", "十二个月内住院次数", "次", _people, _rows, grain="stay", least="min_stays",
                kind="care")

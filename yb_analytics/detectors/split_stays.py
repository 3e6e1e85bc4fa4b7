"""Detector: stays split into several."""

from __future__ import annotations

from functools import partial

import ibis
from ibis import _

from yb_analytics.detectors import _cycles, detector
from yb_analytics.detectors._against_peers import Frozen, Question, fitted, found

CHECKED = ("放化疗、透析、精神、新生儿、康复等周期性住院", "转院与转诊", "年末强制结算")
UNCHECKED = ("计划性再入院", "病案首页是否合并")


def _questions(p) -> list[Question]:
    """One question per window of days."""
    return [Question(f"within_{days}d", f"出院后{days}日内同院再入院人数占比", "人", partial(_cases, days=days),
                     grain="stay", least="min_persons") for days in map(int, p.windows)]


def _fit(w, p) -> Frozen:
    return fitted(w, p, _questions(p))


@detector(subject="institution", tier="线索", needs=("stays", "mdtrt_d.endtime"), catches="split_stay",
          typologies=("T01",), basis="条例 第十五条、第三十八条(一)", checked=CHECKED, unchecked=UNCHECKED,
          fit=_fit, model=Frozen)
def split_stays(w, p, model):
    """分解住院 · Split stays.

    Institutions that discharge and readmit the same person within a few days far more often than institutions of
    their level. Persons are counted, not stays, so one patient in treatment cycles weighs once. Excluded:
    chemotherapy, dialysis, psychiatric and other cycles, transfers, year-end settlement (knowledge/exclusions).
    """
    return found(w, p, model, _questions(p))


def _cases(w, p, days: int):
    """Stays of the period; a hit follows a stay of the same person at the same institution within the days."""
    again = w.once("readmissions", lambda: w.materialise(readmissions(w, max(map(int, p.windows)))))
    return again.select(subject_id=_.fixmedins_code, id=_.mdtrt_id, who=_.psn_no, hit=_.gap <= days, fund=_.fund,
                        telling=-_.gap)


def readmissions(w, longest: int):
    """Stays of the period that count, each with the days since the same person left the same institution.

    `gap` is empty for a stay that is no readmission within `longest` days.
    """
    stays = w.history.stays.filter(_.endtime.notnull())
    order = ibis.window(group_by=["psn_no", "fixmedins_code"], order_by=["begntime", "mdtrt_id"])
    stays = stays.mutate(left=_.endtime.lag().over(order), way=_.dscg_way.lag().over(order))
    stays = stays.filter(w.period.covers(_.begntime))
    gap = (_.begntime.date() - _.left.date()).cast("int64")
    year_end = (_.left.month() == 12) & (_.left.day() == 31) & (_.begntime.year() == _.left.year() + 1)
    stays = stays.mutate(gap=gap, excluded=_cycles.told(stays) | year_end.fill_null(False))
    close = ~_.excluded & (_.gap >= 0) & (_.gap <= longest)
    return stays.mutate(gap=close.ifelse(_.gap, None)).select(
        "mdtrt_id", "psn_no", "fixmedins_code", "begntime", "gap", fund=_.fund_pay_sumamt.fill_null(0))

"""Detector: costly patients sent on."""

from __future__ import annotations

import ibis
from ibis import _

from yb_analytics.detectors import _groups, detector
from yb_analytics.detectors._against_peers import Frozen, Question, fitted, found

CHECKED = ("向上级医院转诊", "放化疗、透析等周期性治疗", "同类机构的通常水平")
UNCHECKED = ("患者自主要求", "病情进展超出救治能力", "医联体内下转康复")


def _cases(w, p):
    """Stays whose fee neared or passed the standard of their group; a hit lies in another hospital days later."""
    rows = _groups.stays(w).filter(_.end.notnull(), _.cost_ratio >= p.near_ratio)
    later = w.stays.filter(w.period.covers(_.begntime)).select(
        "psn_no", place="fixmedins_code", at=_.begntime.date(), level=_.hosp_lv, next_disease=_.dscg_maindiag_code)
    met = rows.select("mdtrt_id", "psn_no", "fixmedins_code", "hosp_lv", "end_day", "diagnosis").inner_join(
        later, "psn_no")
    away = (met["at"] - met.end_day).cast("int64")
    same = (met.next_disease.left(1) == met.diagnosis.left(1)).fill_null(False)
    upward = (met.level < met.hosp_lv).fill_null(False)
    met = met.filter(met.place != met.fixmedins_code, away >= 0, away <= p.within_days, same, ~upward)
    sent = met.group_by("mdtrt_id").aggregate(sent=_.count())
    told = rows.left_join(sent, "mdtrt_id")
    return told.select(subject_id=told.fixmedins_code, id=told.setl_id, hit=told.sent.notnull(), fund=told.fund,
                       telling=told.cost_ratio)


QUESTIONS = (Question("sent_on", "费用接近或超过病组标准后数日内转入他院住院的病例占比", "例", _cases),)


def _fit(w, p) -> Frozen:
    return fitted(w, p, QUESTIONS)


@detector(subject="institution", tier="监测", needs=("stays", "drg_group_d", "drg_group_d.std_amt"), theme="按病组付费",
          typologies=("T29", "T01"), basis="条例 第十五条；实施细则 第二十三条", checked=CHECKED, unchecked=UNCHECKED,
          near=("psn_no",), fit=_fit, model=Frozen)
def drg_shunning(w, p, model):
    """推诿病人 · Costly patients sent on.

    Stays whose fee nears or passes the standard of their group and whose patient lies in another hospital for the
    same chapter of diseases within days, more often than at institutions of the same kind. Referrals to a hospital of a
    higher level are left out.
    """
    return found(w, p, model, QUESTIONS)

"""Detector: costs of a stay moved outside it."""

from __future__ import annotations

from ibis import _

from yb_analytics.detectors import _tables, detector
from yb_analytics.detectors._against_peers import Frozen, Question, fitted, found
from yb_analytics.schema import INPATIENT, PHARMACY

CHECKED = ("入出院当日的门急诊", "透析、放化疗、精神等周期性治疗", "同类机构的通常水平")
UNCHECKED = ("门诊慢特病续方", "急诊留观转住院的补记", "参保人自愿使用自费项目并签字")


def _during(w, p):
    """Stays with the outpatient settlements the same institution made for the patient meanwhile; others as they are."""
    rows = _tables.plain_stays(w).filter(_.days >= p.min_days).select(
        "mdtrt_id", "psn_no", "fixmedins_code", "begin_day", "end_day")
    inner = w.valid_settlements.filter(_.med_type.left(2).notin((*INPATIENT, *PHARMACY))).select(
        "setl_id", "psn_no", "fixmedins_code", day=_.setl_time.date(), paid=_.fund_pay_sumamt.cast("float64"))
    meanwhile = inner.inner_join(rows.select("mdtrt_id", "psn_no", "fixmedins_code", "begin_day", "end_day"),
                                 ["psn_no", "fixmedins_code"])
    meanwhile = meanwhile.filter(_.day > _.begin_day, _.day < _.end_day).select("mdtrt_id", "setl_id", "paid")
    told = rows.left_join(meanwhile, "mdtrt_id")
    return told.select(subject_id=told.fixmedins_code, id=told.setl_id, who=told.mdtrt_id, hit=told.setl_id.notnull(),
                       fund=told.paid.fill_null(0))


def _self_paid(w, p):
    """Stays; a hit bears a larger share wholly paid by the patient than the level allows."""
    paid = w.valid_settlements.filter(_.mdtrt_id.notnull()).group_by("mdtrt_id").aggregate(
        own=_.fulamt_ownpay_amt.sum().cast("float64"), all=_.medfee_sumamt.sum().cast("float64"))
    rows = _tables.plain_stays(w).filter(_.days >= p.min_days).inner_join(paid, "mdtrt_id")
    most = (rows.hosp_lv.isin(PRIMARY)).fill_null(True).ifelse(p.own_share_primary, p.own_share_hospital)
    share = rows.own / rows.all.nullif(0)
    return rows.filter(rows.own.notnull()).select(
        subject_id=rows.fixmedins_code, id=rows.setl_id, hit=share > most, fund=0.0, stratum=rows.disease,
        telling=rows.own)


PRIMARY = ("08", "09", "10", "11")
QUESTIONS = (
    Question("outpatient_during_stay", "住院期间在本院另结门诊的住院人次占比", "人次", _during),
    Question("self_paid", "全自费占比超过控制线的住院人次占比", "人次", _self_paid, cap="self_paid_cap"),
)


def _fit(w, p) -> Frozen:
    return fitted(w, p, QUESTIONS)


@detector(subject="institution", tier="线索", needs=("stays", "setl_d"), theme="住院", catches="cost_shifting",
          typologies=("T30",), basis="条例 第三十九条(六)", checked=CHECKED, unchecked=UNCHECKED, near=("psn_no",),
          fit=_fit, model=Frozen)
def cost_shifting(w, p, model):
    """转嫁住院费用 · Costs of a stay moved outside it.

    Stays during which the same hospital settles outpatient bills for its inpatient, between the days of admission and
    discharge, and stays whose share paid wholly by the patient passes the line of the level: both far more often than
    at institutions of the same kind. A high share paid by patients alone is a weak sign and its score is capped.
    """
    return found(w, p, model, QUESTIONS)

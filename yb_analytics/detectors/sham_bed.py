"""Detector: beds that are charged while the patient is elsewhere or nothing is done."""

from __future__ import annotations

from ibis import _

from yb_analytics.detectors import _tables, detector
from yb_analytics.detectors._against_peers import Frozen, Question, fitted, found
from yb_analytics.schema import INPATIENT, PHARMACY

CHECKED = ("入出院当日", "精神、康复等长期住院", "药店购药（可由家属代购）", "未按日记账的机构不评价空床日",
           "同类机构的通常水平")
UNCHECKED = ("请假离院手续", "会诊或外送检查", "住院期间节假日停诊")


def _stays(w, p):
    """Stays that count, with idle days and what other institutions saw of the patient meanwhile."""
    return w.once("sham.stays", lambda: w.materialise(_signs(w, p)))


def _signs(w, p):
    rows = _tables.plain_stays(w).filter(_.days >= p.min_days)
    inner = w.valid_settlements.filter(_.med_type.left(2).notin((*INPATIENT, *PHARMACY))).select(
        "psn_no", elsewhere="fixmedins_code", at=_.setl_time.date())
    seen = rows.select("mdtrt_id", "psn_no", "fixmedins_code", "begin_day", "end_day").inner_join(inner, "psn_no")
    seen = seen.filter((_.at > _.begin_day) & (_.at < _.end_day) & (_.elsewhere != _.fixmedins_code))
    seen = seen.group_by("mdtrt_id").aggregate(visits=_.count())
    rows = rows.left_join(seen, "mdtrt_id").drop("mdtrt_id_right")
    nights = _.days.cast("float64")
    daily = (_.bed_days >= p.daily_posting * nights).fill_null(False)
    return rows.mutate(idle=daily.ifelse(_.days - _.done_days, None), away=_.visits.fill_null(0),
                       nights=nights).select(
        "mdtrt_id", "fixmedins_code", "fund", "idle", "away", "nights")


def _idle(w, p):
    still = (_.idle >= p.idle_days) & (_.idle >= p.idle_share * _.nights)
    return _stays(w, p).filter(_.idle.notnull()).select(
        subject_id=_.fixmedins_code, id=_.mdtrt_id, hit=still, fund=_.fund, telling=_.idle)


def _away(w, p):
    return _stays(w, p).select(subject_id=_.fixmedins_code, id=_.mdtrt_id, hit=_.away > 0, fund=_.fund, telling=_.away)


QUESTIONS = (
    Question("idle_days", "多数住院日除床位护理外无诊疗的住院人次占比", "人次", _idle, grain="stay"),
    Question("seen_elsewhere", "住院期间在他院门诊就诊的住院人次占比", "人次", _away, grain="stay"),
)


def _fit(w, p) -> Frozen:
    return fitted(w, p, QUESTIONS)


@detector(subject="institution", tier="线索", needs=("stays", "fee_list_d", "fee_list_d.med_chrgitm_type"),
          theme="住院", catches="sham_bed", typologies=("T02",), basis="条例 第十五条、第三十八条(一)", checked=CHECKED,
          unchecked=UNCHECKED, near=("psn_no",), fit=_fit, model=Frozen)
def sham_bed(w, p, model):
    """挂床住院 · Beds not slept in.

    Stays on most of whose days nothing but bed and nursing is charged, and stays during which another institution sees
    the patient as an outpatient, far more often than at institutions of the same kind. Days of admission and discharge
    are left out, so are purchases at pharmacies, which relatives may make. Where an institution does not charge day by
    day, idle days are not judged.
    """
    return found(w, p, model, QUESTIONS)

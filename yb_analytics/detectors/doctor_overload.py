"""Detector: doctors with far more patients on a day than doctors of their kind."""

from __future__ import annotations

import pandas as pd
from ibis import _

from yb_analytics.detectors import _doctors, detector
from yb_analytics.detectors._against_peers import Frozen, Question, fitted, found

CHECKED = ("同级别机构医师的日接诊量", "同一患者多次挂号只计一人", "偶发的繁忙日")
UNCHECKED = ("体检、接种或义诊安排", "处方由多名医师共用工号开具", "名医专家门诊")


def _days(w):
    """Doctor-days with their patients."""
    return w.once("doctor.days", lambda: w.materialise(_doctors.visits(w).group_by(
        ["doctor", "place", "day"]).aggregate(patients=_.psn_no.nunique())))


def _levels(w):
    """Mark of the level of every institution."""
    return w.institutions.select(of="fixmedins_code", level=_.fixmedins_type.fill_null("") + _.hosp_lv.fill_null(""))


def _usual(w, p) -> pd.DataFrame:
    """Patients a day that nineteen of twenty doctor-days of a level do not pass."""
    days = _days(w).left_join(_levels(w), [("place", "of")])
    told = w.run(days.group_by(key=days.level.fill_null("")).aggregate(
        n=_.count(), value=_.patients.quantile(p.high_share)))
    whole = w.run(days.aggregate(value=days.patients.quantile(p.high_share))).assign(key="*")
    return pd.concat([told.loc[told["n"] >= p.min_days, ["key", "value"]], whole[["key", "value"]]])


def _heavy(w, p, norms):
    """Doctor-days with what is usual (`most`) and whether they lie far beyond."""
    other = float(w.run(norms.filter(_.key == "*"))["value"].iloc[0])
    days = _days(w).left_join(_levels(w), [("place", "of")]).drop("of")
    days = days.left_join(norms.rename(at="key", most="value"), [("level", "at")]).drop("at", "level")
    days = days.mutate(most=days.most.fill_null(other))
    return days.mutate(heavy=(days.patients >= p.multiple * days.most) & (days.patients >= p.least_patients))


def _counts(w, p, norms):
    return _heavy(w, p, norms).group_by(subject_id="doctor").aggregate(
        x=_.heavy.sum(), n=_.count(), place=_.place.max())


def _visits(w, p, norms):
    """Visits of the heavy days; the surplus of patients is at stake."""
    heavy = _heavy(w, p, norms).filter(_.heavy).select("doctor", "place", "day", "patients", "most")
    rows = _doctors.paid(w, _doctors.visits(w).inner_join(heavy, ["doctor", "place", "day"]))
    return rows.select(subject_id=_.doctor, id=_.mdtrt_id, hit=_.patients > 0, fund=_.fund * (1 - _.most / _.patients),
                       telling=_.patients)


QUESTIONS = (Question("heavy_days", "日接诊人数远超同级医师的工作日占比", "天", _visits, grain="stay", norms=_usual,
                      counts=_counts, subject="本医师"),)


def _fit(w, p) -> Frozen:
    return fitted(w, p, QUESTIONS)


@detector(subject="doctor", tier="线索", needs=("mdtrt_d.chfpdr_code",), theme="医师", catches="doctor_overload",
          typologies=("T33",), basis="条例 第十五条；实施细则 第二十二条", checked=CHECKED, unchecked=UNCHECKED, fit=_fit,
          model=Frozen)
def doctor_overload(w, p, model):
    """医师超负荷 · Doctors with impossible numbers of patients.

    Days on which a doctor sees a multiple of the patients that nineteen of twenty doctor-days of the level do not
    pass, and their share beside the doctors of institutions of the same kind. Somebody else may have treated under the
    name, or nobody.
    """
    return found(w, p, model, QUESTIONS)

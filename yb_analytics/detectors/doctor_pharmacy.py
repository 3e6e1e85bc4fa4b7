"""Detector: doctors whose patients go to one pharmacy."""

from __future__ import annotations

import ibis
import pandas as pd
from ibis import _

from yb_analytics.detectors import _doctors, detector
from yb_analytics.detectors._against_peers import Frozen, Question, fitted, found
from yb_analytics.schema import PHARMACY

CHECKED = ("同机构其他医师的患者去向（就近药店）", "连锁与院旁药店的通常份额")
UNCHECKED = ("双通道定点药店", "药店独家经营某药", "医师坐诊药店")


def _bought(w, p):
    """Visits after which the patient bought at a pharmacy on the same day: doctor, institution and pharmacy."""
    return w.once("doctor.bought", lambda: w.materialise(_same_day(w)))


def _same_day(w):
    sold = w.valid_settlements.filter(_.med_type.left(2).isin(PHARMACY)).select(
        "setl_id", "psn_no", shop="fixmedins_code", day=_.setl_time.date(), sold=_.setl_time,
        fund=_.fund_pay_sumamt.cast("float64"))
    seen = _doctors.visits(w).select("doctor", "place", "psn_no", "day", "at")
    rows = seen.inner_join(sold, ["psn_no", "day"]).filter(_.sold >= _.at)
    last = ibis.row_number().over(ibis.window(group_by="setl_id", order_by=[_.at.desc(), _.doctor]))
    return rows.mutate(turn=last).filter(_.turn == 0).drop("turn")


def _share(w, p) -> pd.DataFrame:
    """Share of every pharmacy among the purchases that follow visits to an institution: `key, value`."""
    rows = _bought(w, p).group_by(["place", "shop", "doctor"]).aggregate(n=_.count())
    told = w.run(rows)
    most = told.sort_values(["n", "doctor"]).drop_duplicates(["place", "shop"], keep="last")
    pair = told.groupby(["place", "shop"])["n"].sum().sub(most.set_index(["place", "shop"])["n"])
    busy = told.groupby(["place", "doctor"])["n"].sum()
    whole = told.groupby("place")["n"].sum()
    own = busy.reindex(pd.MultiIndex.from_frame(most[["place", "doctor"]])).to_numpy()
    rest = whole.reindex(most["place"]).to_numpy() - own
    value = pair.reindex(pd.MultiIndex.from_frame(most[["place", "shop"]])).to_numpy() / rest
    found = pd.DataFrame({"key": most["place"] + "|" + most["shop"], "value": value})
    return found[rest >= p.min_trials]


def _cases(w, p, share):
    """Purchases that follow a doctor's visits; a hit is at the pharmacy most of the doctor's patients go to."""
    rows = _bought(w, p)
    per = rows.group_by(["doctor", "place", "shop"]).aggregate(n=_.psn_no.nunique())
    first = ibis.row_number().over(ibis.window(group_by=["doctor", "place"], order_by=[_.n.desc(), _.shop]))
    top = per.mutate(turn=first).filter(_.turn == 0, _.n >= p.min_patients).select("doctor", "place", top="shop")
    rows = rows.left_join(top, ["doctor", "place"]).drop("doctor_right", "place_right")
    rows = rows.mutate(key=_.place + "|" + _.shop)
    rows = rows.left_join(share.rename(of="key", usual="value"), [("key", "of")])
    steered = (rows.shop == rows.top).fill_null(False) & (rows.usual.fill_null(1) <= p.usual_share)
    return rows.select(subject_id=rows.doctor, place=rows.place, id=rows.setl_id, who=rows.psn_no, hit=steered,
                       fund=rows.fund)


QUESTIONS = (Question("one_pharmacy", "患者当日集中到同一非常去药店购药的人数占比", "人", _cases, norms=_share,
                      subject="本医师"),)


def _fit(w, p) -> Frozen:
    return fitted(w, p, QUESTIONS)


@detector(subject="doctor", tier="线索", needs=("mdtrt_d.chfpdr_code", "setl_d"), theme="医师", typologies=("T33",),
          basis="条例 第三十八条(五)；实施细则 第二十二条", checked=CHECKED, unchecked=UNCHECKED, near=("psn_no",),
          fit=_fit, model=Frozen)
def doctor_pharmacy(w, p, model):
    """处方流向集中 · Patients sent to one pharmacy.

    Patients who on the day of the visit buy at one pharmacy that patients of the same institution's other doctors
    hardly go to, as a share of the doctor's patients who buy anywhere, beside the doctors of institutions of the
    same kind.
    """
    return found(w, p, model, QUESTIONS)

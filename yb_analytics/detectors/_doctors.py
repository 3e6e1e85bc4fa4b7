"""Outpatient visits under a doctor's name, made once per period."""

from __future__ import annotations

from ibis import _

from yb_analytics.schema import INPATIENT, PHARMACY


def visits(w):
    """Visits to clinics: `mdtrt_id, doctor, place, psn_no, at, day`; what nobody signed is left out."""
    return w.once("doctor.visits", lambda: w.materialise(_visits(w)))


def _visits(w):
    rows = w.mdtrt_d.filter(_.vali_flag.fill_null("1") != "0", _.chfpdr_code.nullif("").notnull())
    rows = rows.filter(_.med_type.left(2).notin((*INPATIENT, *PHARMACY)))
    return rows.select("mdtrt_id", "psn_no", doctor=_.chfpdr_code, place="fixmedins_code", at=_.begntime,
                       day=_.begntime.date())


def paid(w, visits):
    """Visits with what the fund paid for them."""
    money = w.valid_settlements.select("mdtrt_id", paid=_.fund_pay_sumamt.cast("float64"))
    money = money.semi_join(visits, "mdtrt_id").group_by("mdtrt_id").aggregate(fund=_.paid.sum())
    told = visits.left_join(money, "mdtrt_id").drop("mdtrt_id_right")
    return told.mutate(fund=told.fund.fill_null(0))

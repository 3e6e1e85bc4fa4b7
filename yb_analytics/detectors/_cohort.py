"""Public employees (公职人员): who they are and how often their cards buy in shops."""

from __future__ import annotations

from datetime import timedelta

import ibis
from ibis import _

from yb_analytics import knowledge
from yb_analytics.schema import PHARMACY

OWNER = "public_card"
"""Whose parameters say who belongs to the cohort and what is counted."""


def facts(w):
    """The parameters of the cohort."""
    return knowledge.parameters(OWNER, on=w.last_day)


def members(w):
    """Persons of the cohort insured in the period with their employer, made once."""
    def make():
        p, start, end = facts(w), w.period.start.isoformat(), w.period.end.isoformat()
        told = _.psn_type.isin(list(p.person_types)).fill_null(False)
        told = told | _.quts_type.isin(list(p.establishments)).fill_null(False)
        rows = w.psn_insu_d.filter(told, _.crt_insu_date.isnull() | (_.crt_insu_date < end),
                                   _.paus_insu_date.isnull() | (_.paus_insu_date >= start))
        return w.materialise(rows.group_by("psn_no").aggregate(emp_no=_.emp_no.max()))

    return w.once("cohort.members", make)


def purchases(w):
    """What the cohort bought in shops in the period, each with the days of buying in the time up to it, made once."""
    return w.once("cohort.purchases", lambda: w.materialise(_purchases(w)))


def _purchases(w):
    window = int(facts(w).window_days)
    start = w.period.start - timedelta(days=window)
    rows = w.history.valid_settlements.filter(_.setl_time >= start.isoformat())
    rows = rows.filter(_.med_type.left(2).isin(PHARMACY).fill_null(False)).semi_join(members(w), "psn_no")
    rows = rows.select("setl_id", "psn_no", "fixmedins_code", "setl_time", day=_.setl_time.epoch_seconds() // 86400,
                       fund=_.fund_pay_sumamt.fill_null(0).cast("float64"),
                       account=_.acct_pay.fill_null(0).cast("float64"))
    upto = ibis.trailing_range_window(window, group_by="psn_no", order_by="day")
    return rows.mutate(within=rows.day.nunique().over(upto)).filter(w.period.covers(_.setl_time)).drop("day")

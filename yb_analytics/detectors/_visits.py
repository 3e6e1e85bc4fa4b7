"""Settlements outside hospital stays, shared by the detectors of crowds and of account money."""

from __future__ import annotations

import ibis
from ibis import _

from yb_analytics import knowledge
from yb_analytics.detectors._scope import NotEvaluable
from yb_analytics.schema import INPATIENT


def outside_stays(w):
    """Valid settlements of the period that belong to no hospital stay."""
    return w.valid_settlements.filter(~_.med_type.left(2).isin(INPATIENT).fill_null(False))


def visits(w):
    """The same, once per period, with what detectors of time and place ask of them.

    `cycle` marks dialysis, psychiatric and other treatment that recurs by plan (knowledge/exclusions); `disease` is the
    main diagnosis, three characters.
    """
    return w.once("visits", lambda: w.materialise(_visits(w)))


def _visits(w):
    rows = outside_stays(w)
    main = (_.maindiag_flag == "1") | (_.diag_srt_no == 1)
    told = w.setl_diag_d.group_by("setl_id").aggregate(
        cycle=_planned(_.diag_code).any(), disease=_.diag_code.left(3).max(where=main.fill_null(False)))
    rows = rows.left_join(told, "setl_id").drop("setl_id_right")
    return rows.select(
        "setl_id", "psn_no", "fixmedins_code", "setl_time", "med_type", "opter_id", "balc", "disease",
        at=_.setl_time.epoch_seconds(), day=_.setl_time.date(), cycle=_.cycle.fill_null(False),
        fee=_.medfee_sumamt.cast("float64"), fund=_.fund_pay_sumamt.fill_null(0).cast("float64"),
        account=_.acct_pay.fill_null(0).cast("float64"))


def _planned(code):
    """Whether a diagnosis belongs to treatment that recurs by plan."""
    rows = knowledge.exclusions()
    told = ibis.literal(False)
    for value in rows.loc[rows["kind"] == "diag_prefix", "value"]:
        told = told | code.startswith(value).fill_null(False)
    return told


def demand_clock(w, p) -> None:
    """Refuse to say anything where the deliveries bear dates without a time of day (`p.max_midnight`)."""
    rows = visits(w)
    share = w.run(rows.aggregate(share=(rows["at"] % 86400 == 0).cast("float64").mean()))["share"].iloc[0]
    if share is None or share != share:
        raise NotEvaluable(f"no outpatient or pharmacy settlement in {w.period}"
                           f"（{w.period.label}没有门诊或药店结算）")
    if share > p.max_midnight:
        raise NotEvaluable(f"{share:.0%} of the settlements bear no time of day（{share:.0%}的结算没有时刻）")

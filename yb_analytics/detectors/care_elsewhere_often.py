"""Detector: persons who live at home and are treated in other cities again and again at great cost."""

from __future__ import annotations

import ibis
import pandas as pd
from ibis import _

from yb_analytics import knowledge
from yb_analytics.detectors import detector
from yb_analytics.detectors._contradictions import WATCH, hits, sign, strength
from yb_analytics.schema.text import number, share, yuan


@detector(subject="person", tier="监测", needs=("setl_d.fix_blng_admdvs",), theme="异地就医", typologies=("T36",),
          basis="实施细则 第十五条；条例 第二十六条", seeds=("S0", "S1", "S4"),
          checked=("转外就医", "常住异地者", "放化疗、透析等周期治疗"),
          unchecked=("临时外出急诊", "子女处短住", "疑难重症自行外转"))
def care_elsewhere_often(w, p):
    """异地就医频繁 · Care elsewhere, often.

    Many settlements in other cities of great sum, of a person most of whose care is at home. Referrals, treatment cycles
    and persons who plainly live elsewhere are left out. A signal to watch; contradictions are the business of others.
    """
    rows = _per_person(w, p)
    told = w.run(rows.filter(_.visits >= p.least_visits, _.fund >= p.least_fund,
                             _.away < p.lives_share * _.every)).sort_values("psn_no")
    if told.empty:
        return hits([])
    ids = w.run(_elsewhere(w, p).filter(_.psn_no.isin(told["psn_no"].tolist())).select("psn_no", "setl_id", "fund"))
    groups = dict(list(ids.groupby("psn_no")))
    return hits([_hit(row, groups[row["psn_no"]], p) for _at, row in told.iterrows()])


def _elsewhere(w, p):
    """Settlements in other cities that are no referral and no treatment cycle."""
    rows = w.valid_settlements.filter(_.fix_blng_admdvs.notnull(), _.fix_blng_admdvs.left(4) != w.city[:4],
                                      ~_.med_type.left(2).isin(list(p.referred)).fill_null(False))
    cycles = knowledge.exclusions()
    prefixes = cycles.loc[cycles["kind"] == "diag_prefix", "value"].tolist()
    visits = w.history.mdtrt_d.semi_join(rows, "mdtrt_id").filter(
        ibis.or_(*(_.dscg_maindiag_code.startswith(c) for c in prefixes)))
    return rows.anti_join(visits, "mdtrt_id").select(
        "setl_id", "psn_no", fund=_.fund_pay_sumamt.fill_null(0).cast("float64"))


def _per_person(w, p):
    """Persons with settlements elsewhere: how many, what they cost the fund, and how many of all settlements."""
    own = w.materialise(_elsewhere(w, p).group_by("psn_no").aggregate(visits=_.count(), fund=_.fund.sum()).filter(
        _.visits >= p.least_visits))
    every = w.valid_settlements.semi_join(own, "psn_no")
    away = (every.fix_blng_admdvs.left(4) != w.city[:4]).fill_null(False)
    whole = every.group_by("psn_no").aggregate(every=every.count(), away=away.sum())
    return own.inner_join(whole, "psn_no").drop("psn_no_right")


def _hit(row: pd.Series, own: pd.DataFrame, p) -> dict:
    """One person's signal; the dearest settlements come first."""
    own = own.sort_values(["fund", "setl_id"], ascending=[False, True])
    ids, times = own["setl_id"].tolist(), float(row["fund"] / p.least_fund)
    why = (f"异地就医{int(row['visits'])}次、基金支付{yuan(row['fund'])}，异地占全部就医{share(row['away'] / row['every'])}，"
           f"不足{number(p.least_visits)}次或{yuan(p.least_fund)}即不再提示")
    return {"subject_id": row["psn_no"], "locator": ids, "grain": "settlement", "amount": round(float(row["fund"]), 2),
            "estimated": False, "why": why, "tier": WATCH, "score": p.watch_cap * strength(times, 0, p.half_times),
            "evidence": [sign("fund_elsewhere", "异地就医基金支付", row["fund"], "yuan", ids[:int(p.telling)],
                              vanish=float(p.least_fund))]}

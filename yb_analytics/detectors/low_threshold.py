"""Detector: admissions that an outpatient visit would have done for."""

from __future__ import annotations

import ibis
import pandas as pd
from ibis import _

from yb_analytics.detectors import _tables, detector
from yb_analytics.detectors._against_peers import Frozen, Question, fitted, found
from yb_analytics.schema import INPATIENT

CHECKED = ("手术与介入", "日间手术、分娩、死亡与转院", "6岁以下和75岁以上", "急诊转入", "同类机构的通常水平")
UNCHECKED = ("门诊治疗无效", "合并症与病情变化", "社会性住院需求")


def _admitted(w, p) -> pd.DataFrame:
    """Share of the persons seen with a disease who are admitted for it, in the whole city."""
    seen = w.mdtrt_d.filter(_.dscg_maindiag_code.notnull()).select(
        "psn_no", key=_.dscg_maindiag_code.left(3), stay=_.med_type.left(2).isin(INPATIENT))
    told = w.run(seen.group_by("key").aggregate(
        n=_.psn_no.nunique(), value=_.psn_no.nunique(where=_.stay) / _.psn_no.nunique()))
    return told.loc[told["n"] >= p.min_persons, ["key", "value"]]


def _cases(w, p, admitted):
    """Stays; a hit is not operated, short, and bears several more signs that it was light."""
    known = admitted.rename(usual="value", of="key")
    rows = _tables.plain_stays(w).left_join(known, [("disease", "of")])
    rows = _grouped(w, rows)
    operated = rows.procedure.notnull() | (rows.operation.fill_null(0) > 0)
    young_or_old = ((rows.age < p.youngest) | (rows.age > p.oldest)).fill_null(False)
    tests = (rows.exam + rows.lab) / rows.total.nullif(0)
    signs = {"mild": rows.usual <= p.admitted_share, "tests": tests >= p.tests_share,
             "cheap": rows.fee <= p.cheap_ratio * rows.std_amt, "brief": rows.days <= p.brief_days}
    count = sum((s.fill_null(False).cast("int64") for s in signs.values()), start=ibis.literal(0))
    hit = ~operated & ~young_or_old & (rows.days <= p.short_days) & (count >= p.signs)
    return rows.select(subject_id=_.fixmedins_code, id=_.mdtrt_id, hit=hit, fund=_.fund, telling=count)


def _grouped(w, rows):
    """Stays with the payment standard of their group where groups are held."""
    groups = w.drg_group_d.select("setl_id", std_amt=_.std_amt.cast("float64"))
    return rows.left_join(groups, "setl_id").drop("setl_id_right")


QUESTIONS = (Question("light_stays", "短期、非手术且门诊可治的住院人次占比", "人次", _cases, grain="stay",
                      norms=_admitted),)


def _fit(w, p) -> Frozen:
    return fitted(w, p, QUESTIONS)


@detector(subject="institution", tier="线索", needs=("stays", "mdtrt_d.dscg_maindiag_code"), theme="住院",
          catches="low_threshold", typologies=("T03",), basis="条例 第三十八条(二)", checked=CHECKED,
          unchecked=UNCHECKED, fit=_fit, model=Frozen)
def low_threshold(w, p, model):
    """低标准入院 · Low-threshold admissions.

    Short stays without operation that bear several of these signs, far more often than at institutions of the same
    kind: nearly everybody in the city is treated for the disease outside hospital, the bill is mostly tests, the stay
    cost far less than its group's standard, or lasted a night or two. The very young and old, emergencies, deaths,
    transfers, day surgery and deliveries are left out.
    """
    return found(w, p, model, QUESTIONS)

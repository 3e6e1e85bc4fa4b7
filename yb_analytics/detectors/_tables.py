"""Rows several detectors share: made at first use of a period, then kept (`Scope.once`).

Fee lines are the mass of a city: a detector that can be answered from one of these tables does not scan them again.
All money is float yuan.
"""

from __future__ import annotations

import ibis
from ibis import _

from yb_analytics.detectors import _cycles
from yb_analytics.schema import DRUG

CHARGES = {"bed": ("01",), "consult": ("02",), "exam": ("03",), "lab": ("04",), "treatment": ("05",),
           "operation": ("06",), "nursing": ("07",), "material": ("08",), "drug": ("09", "10", "11")}
"""Column of `stay_bills` → kinds of charge (`MED_CHRGITM_TYPE`) it adds up."""

DONE = ("exam", "lab", "treatment", "operation", "material", "drug")
"""Charges for something that was done to the patient."""

SPECIAL = ("28", "52", "55")
"""Kinds of stay (`MED_TYPE`) that are short or alike by nature: day surgery, deliveries."""

DIED = "5"
"""`DSCG_WAY` of a death."""

_PRINT = 2**40


def stays(w):
    """Stays that began in the period: who, where, when, why, and what was paid.

    `mdtrt_id, setl_id, psn_no, fixmedins_code, hosp_lv, begin, end, begin_day, end_day` (dates), `days, diagnosis,
    disease` (three characters), `dept, doctor, procedure, way, referred, care` (two digits), `insutype, sex, age, fee,
    fund`. What a delivery does not hold is empty.
    """
    return w.once("stays", lambda: w.materialise(_stays(w)))


def _stays(w):
    people = w.psn_info_b.select("psn_no", "gend", "brdy").distinct(on="psn_no")
    rows = w.stays.left_join(people, "psn_no")
    return rows.select(
        "mdtrt_id", "setl_id", "psn_no", "fixmedins_code", "hosp_lv", begin=_.begntime, end=_.endtime,
        begin_day=_.begntime.date(), end_day=_.endtime.date(), days=_.ipt_days, diagnosis=_.dscg_maindiag_code,
        disease=_.dscg_maindiag_code.left(3), dept=_.adm_dept_codg, doctor=_.chfpdr_code,
        procedure=_.oprn_oprt_code.nullif(""), way=_.dscg_way.fill_null(""),
        referred=_.refl_old_mdtrt_id, care=_.med_type.left(2), insutype=_.insutype,
        sex=_.gend, age=_.begntime.year() - _.brdy.year(), fee=_.medfee_sumamt.cast("float64"),
        fund=_.fund_pay_sumamt.cast("float64").fill_null(0))


def charge_kind(lines):
    """Column of :data:`CHARGES` a fee line belongs to, `other` for the rest; by kind of item where it has none."""
    named = ibis.cases(*((lines.med_chrgitm_type.isin(codes), ibis.literal(name)) for name, codes in CHARGES.items()),
                       else_=ibis.literal("other"))
    by_item = ibis.cases((lines.list_type.left(3).isin(DRUG), "drug"), else_="other")
    return lines.med_chrgitm_type.isnull().ifelse(by_item, named)


def stay_bills(w):
    """Bills of the stays of :func:`stays`: one row per stay that has fee lines.

    `mdtrt_id, lines, total`, the fee per kind of charge (:data:`CHARGES`, `other`), `done_days` (days on which
    anything of :data:`DONE` was charged), `bed_days` (days on which bed or nursing was), `items`, and two prints:
    `bill` is the same for bills that agree in every item and quantity, `menu` for bills that agree in every item.
    """
    return w.once("stay_bills", lambda: w.materialise(_stay_bills(w)))


def _stay_bills(w):
    """Stays go by a number of their id while lines are grouped: a city-year groups numbers, not texts."""
    keys = w.materialise(stays(w).select("mdtrt_id", key=_.mdtrt_id.hash()))
    lines = w.fee_lines.mutate(key=_.mdtrt_id.hash()).semi_join(keys, "key")
    lines = lines.select("key", item="hilist_code", kind=charge_kind(lines), cnt=lines.cnt.cast("float64"),
                         fee=lines.det_item_fee_sumamt.cast("float64"), day=lines.fee_ocur_time.date())
    sums = {name: _.fee.sum(where=_.kind == name).fill_null(0) for name in (*CHARGES, "other")}
    bills = lines.group_by("key").aggregate(
        lines=_.count(), total=_.fee.sum(), done_days=_.day.nunique(where=_.kind.isin(DONE)),
        bed_days=_.day.nunique(where=_.kind.isin(["bed", "nursing"])), **sums)
    items = lines.group_by(["key", "item"]).aggregate(cnt=_.cnt.sum().round(2))
    prints = items.group_by("key").aggregate(
        items=_.count(), menu=(_.item.hash() % _PRINT).sum().cast("int64"),
        bill=((_.item + "|" + _.cnt.cast("string")).hash() % _PRINT).sum().cast("int64"))
    told = keys.inner_join(bills, "key").inner_join(prints, "key")
    return told.drop("key")


def plain_stays(w):
    """Stays that ended, that nothing of `knowledge/exclusions.csv` explains, with their bills (empty where none).

    Left out are treatment cycles, psychiatric care, newborns, rehabilitation, transfers and referrals, deaths, day
    surgery and deliveries.
    """
    return w.once("plain_stays", lambda: w.materialise(_plain(w)))


def _plain(w):
    rows = stays(w)
    named = rows.mutate(dscg_maindiag_code=rows.diagnosis, med_type=rows.care, refl_old_mdtrt_id=rows.referred)
    rows = named.filter(~_cycles.told(named), named.end.notnull(), ~named.care.isin(SPECIAL), (named.way != DIED))
    rows = rows.drop("dscg_maindiag_code", "med_type", "refl_old_mdtrt_id")
    return rows.left_join(stay_bills(w), "mdtrt_id").drop("mdtrt_id_right")

"""Peer features of institutions, computed in DuckDB per settlement and averaged per institution.

Every feature has a value and the standard error of that value, so a small institution is not accused of its
sampling noise. Costs are compared inside diagnosis groups first (log of the ratio to the city's usual).
"""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.schema import DRUG, INPATIENT, PHARMACY

DRIVING = {"cost": "次均费用（同病组比）", "lines": "次均明细条数（同病组比）", "price": "单价（同项目比）",
           "quantity": "数量（同项目比）", "tests": "检查化验费占比"}
"""Features that can flag an institution, in Chinese."""

CONTEXT = {"drugs": "药品费占比", "weekend": "周末占比", "days": "住院日（同病组比）"}
"""Features only the ensemble sees."""

RETAIL = "药店"
"""Kind of care of retail pharmacies, which have no diagnosis groups."""


def item_norms(w) -> pd.DataFrame:
    """Usual log price and log quantity of every item."""
    lines = _lines(w)
    return w.run(lines.group_by(key="hilist_code").aggregate(price=_.price.mean(), quantity=_.quantity.mean()))


def group_norms(w, rows) -> pd.DataFrame:
    """Usual fee, number of lines and days of every kind of care and of every diagnosis group in it."""
    asked = {"n": _.count(), "fee": _usual(_.fee), "lines": _usual(_["count"]), "days": _usual(_.stay_days)}
    parts = [w.run(rows.group_by(key=rows[c]).aggregate(**asked)) for c in ("coarse", "fine")]
    return pd.concat(parts).drop_duplicates("key")


def settlements(w, items):
    """Settlements of the period with kind of care, diagnosis group and what their lines say; `items` as a table."""
    stays = w.history.stays.select("mdtrt_id", "ipt_days", disease=_.dscg_maindiag_code.left(3))
    told = w.setl_diag_d.filter((_.maindiag_flag == "1") | (_.diag_srt_no == 1)).group_by("setl_id").aggregate(
        outpatient=_.diag_code.left(3).max())
    rows = w.valid_settlements.filter(_.medfee_sumamt > 0).left_join(stays, "mdtrt_id")
    rows = rows.left_join(told, "setl_id").drop("setl_id_right")
    rows = rows.mutate(disease=ibis.coalesce(rows.disease, rows.outpatient))
    two = rows.med_type.left(2)
    care = ibis.cases((two.isin(INPATIENT), "住院"), (two.isin(PHARMACY), RETAIL), else_="门诊")
    rows = rows.select(
        "setl_id", "psn_no", "fixmedins_code", "setl_time", care=care, fee=rows.medfee_sumamt.cast("float64"),
        fund=rows.fund_pay_sumamt.fill_null(0).cast("float64"), coarse=two, stay_days=rows.ipt_days.cast("float64"),
        fine=ibis.coalesce(two + "|" + rows.disease, two))
    rows = rows.mutate(key=rows.setl_id.hash()).left_join(_per_settlement(w, items), "key").drop("key", "key_right")
    rows = rows.mutate(quarter=_.setl_time.year().cast("string") + "Q" + _.setl_time.quarter().cast("string"))
    return rows.mutate(weekend=(_.setl_time.day_of_week.index() >= 5).cast("float64"))


def _lines(w):
    lines = w.fee_lines.filter(_.det_item_fee_sumamt > 0, _.setl_id.notnull())
    return lines.select("hilist_code", key=_.setl_id.hash(), fee=_.det_item_fee_sumamt.cast("float64"),
                        price=_log(_.pric), quantity=_log(_.cnt),
                        test=_.med_chrgitm_type.isin(["03", "04"]).fill_null(False),
                        drug=_.list_type.left(3).isin(DRUG).fill_null(False))


def _per_settlement(w, items):
    """Fee lines of a settlement: their number, shares of tests and drugs, prices and quantities against the item.

    Settlements go by a number of their id: a city-year groups numbers, not texts.
    """
    usual = items.select(hilist_code="key", usual_price="price", usual_quantity="quantity")
    lines = _lines(w).left_join(usual, "hilist_code")
    return lines.group_by("key").aggregate(
        count=_.count().cast("float64"), tests=_.fee.sum(where=_.test) / _.fee.sum(),
        drugs=_.fee.sum(where=_.drug) / _.fee.sum(), price=(_.price - _.usual_price).mean(),
        quantity=(_.quantity - _.usual_quantity).mean())


def _log(value):
    """Logarithm of a positive value, else empty."""
    return (value > 0).ifelse(value.cast("float64"), None).ln()


def _usual(value):
    """Geometric mean of the positive values: one pass, no sketch, the same on every run."""
    return (value > 0).ifelse(value, None).ln().mean().exp()


def _log_ratio(value, usual):
    return ((value > 0) & (usual > 0)).ifelse((value.nullif(0) / usual.nullif(0)).abs().ln(), None)


def against_group(rows, groups, p):
    """Fee, number of lines and days as log ratio to the usual of the diagnosis group, or of the kind of care.

    `groups` as a table made of :func:`group_norms`. A diagnosis the reference hardly knew goes by its kind of care.
    """
    rows = rows.mutate(tests=_.tests.fill_null(0), drugs=_.drugs.fill_null(0))
    names = ("n", "fee", "lines", "days")
    for key in ("coarse", "fine"):
        own = groups.select(**{key: "key"}, **{f"{key}_{c}": c for c in names})
        rows = rows.left_join(own, key).drop(f"{key}_right")
    enough = (rows.fine_n >= p.min_stratum).fill_null(False)
    rows = rows.mutate(**{f"{c}_usual": enough.ifelse(rows[f"fine_{c}"], rows[f"coarse_{c}"]) for c in names[1:]})
    return rows.mutate(cost=_log_ratio(_.fee, _.fee_usual).round(9), price=_.price.round(9),
                       lines=_log_ratio(_["count"], _.lines_usual).round(9), quantity=_.quantity.round(9),
                       days=_log_ratio(_.stay_days, _.days_usual).round(9))


def units(w, rows, p) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Features and standard errors (columns `care·feature`), and settlements, per institution."""
    names = (*DRIVING, *CONTEXT)
    quarters = rows.mutate(care=_.care + "@" + _.quarter)
    if len(w.period.months) > 3:  # a scheme of some months drowns in a year
        rows = rows.union(quarters)
    stats = {f"{c}_mean": rows[c].mean() for c in names} | {f"{c}_sd": rows[c].std() for c in names}
    per = w.run(rows.group_by(["fixmedins_code", "care"]).aggregate(
        n=_.count(), **stats, **{f"{c}_n": rows[c].count() for c in names}))
    sizes = per.groupby("fixmedins_code")["n"].sum().sort_index()
    value, error = {}, {}
    for care, own in per.groupby("care"):
        own = own.set_index("fixmedins_code").reindex(sizes.index)
        for c in (DRIVING if "@" in care else names):
            enough = own[f"{c}_n"] >= p.min_settlements
            if enough.any():
                value[f"{care}·{c}"] = own[f"{c}_mean"].astype(float).where(enough)
                sd = own[f"{c}_sd"].astype(float)
                error[f"{care}·{c}"] = (sd / np.sqrt(own[f"{c}_n"].clip(lower=1))).where(enough)
    made = (pd.DataFrame(told, index=sizes.index).round(9) for told in (value, error))  # sums of threads differ
    return (*made, sizes)

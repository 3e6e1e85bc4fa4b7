"""Employers month by month: what the insurance was told beside what the tax office was told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors._arrays import Arrays
from yb_analytics.detectors._scope import NotEvaluable

EMPLOYED = ("310",)
"""INSUTYPE of employees' insurance."""


@dataclass(frozen=True)
class Usual(Arrays):
    """What is usual of a figure among the employers of a reference: its median, and how many told."""

    value: np.ndarray
    held: np.ndarray


def usual(w, values: pd.Series, p) -> Usual:
    """The median of the employers; refuses where too few compare."""
    if len(values) < p.min_peers:
        raise NotEvaluable(f"{len(values)} employers can be compared in {w.period}, fewer than {p.min_peers}"
                           f"（{w.period.label}可比的单位{len(values)}家，少于{p.min_peers}家）")
    return Usual(np.array([float(values.median())]), np.array([len(values)]))


def in_period(w, month):
    """Whether a month (`YYYYMM`) lies in the period."""
    months = w.period.months
    return (month >= f"{months[0].start:%Y%m}") & (month <= f"{months[-1].start:%Y%m}")


def insured(w):
    """Months of employers in the insurance: persons, sum of bases, contributions due and received."""
    rows = w.emp_clct_detl_d.filter(in_period(w, w.emp_clct_detl_d.cashym))
    rows = rows.filter(rows.insutype.isin(EMPLOYED))
    return rows.group_by(emp_no=rows.emp_no, ym=rows.cashym).aggregate(
        heads=_.clct_psncnt.sum(), base=_.psn_clctstd_sumamt.cast("float64").sum(),
        due=_.amt.cast("float64").sum(), got=_.arvl_amt.fill_null(0).cast("float64").sum())


def months(w) -> pd.DataFrame:
    """Months of employers that both the insurance and the tax office know, once per period."""
    def make() -> pd.DataFrame:
        tax = w.tax_payroll.filter(in_period(w, w.tax_payroll.ym), _.psn_cnt > 0)
        tax = tax.select("emp_no", "ym", taxed="psn_cnt", wage=tax.wage_amt.cast("float64"))
        rows = insured(w).filter(_.heads > 0).inner_join(tax, ["emp_no", "ym"])
        return w.run(rows).sort_values(["emp_no", "ym"], ignore_index=True)

    return w.once("payroll.months", make)

"""The metrics of fund performance, one line each: what stands above and below the line, and on which date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

LEDGER, CARE = ("pool", "personal"), ("",)
"""Accounts a metric is shown for: pool and personal account apart; care is not told by account."""

Column = Callable[[pd.DataFrame], pd.Series]


@dataclass(frozen=True)
class Metric:
    """One metric of the declared table.

    Parameters
    ----------
    dimension
        产出效益, 管理效益 or 社会效益 (S3 三7).
    needs
        Tables without which it is not evaluable.
    top, bottom
        Numerator and denominator from the frame of quantities (see `_quantities`).
    moments
        Names of the sums of squares and products for an interval: (nn, nd, dd), empty without chance.
    """

    name: str
    title: str
    unit: str
    dimension: str
    accounts: tuple[str, ...]
    needs: tuple[str, ...]
    top: Column
    bottom: Column
    denominator: str
    date_basis: str
    status: str = "proposal"
    moments: tuple[str, str, str] | tuple[()] = ()


def _growth(now: str, ago: str) -> Column:
    return lambda q: (q[now] / q[ago] - 1).where(q[ago] > 0)


def _rising(q: pd.DataFrame) -> pd.Series:
    """Growth of income where there is growth; a ratio to shrinkage says nothing."""
    growth = _growth("income", "income_ago")(q)
    return growth.where(growth > 0)


METRICS: tuple[Metric, ...] = (
    Metric("current_surplus_rate", "当期结余率", "share", "管理效益", LEDGER, ("fund_ledger",),
           lambda q: q.income - q.expenditure, lambda q: q.income, "当期收入", "ledger month"),
    Metric("payable_months", "累计结余可支付月数", "months", "管理效益", ("pool",), ("fund_ledger",),
           lambda q: q.balance, lambda q: q.expenditure / q.months, "月均支出", "ledger month", "read in source"),
    Metric("growth_ratio", "收支增速比", "ratio", "管理效益", ("pool",), ("fund_ledger",),
           _growth("expenditure", "expenditure_ago"), _rising, "收入增长率", "ledger month"),
    Metric("budget_income_deviation", "收入预算执行偏差率", "share", "管理效益", ("pool",),
           ("fund_ledger", "fund_budget"), lambda q: q.income - q.income_budget, lambda q: q.income_budget,
           "收入预算", "ledger month", "read in source"),
    Metric("budget_expenditure_deviation", "支出预算执行偏差率", "share", "管理效益", ("pool",),
           ("fund_ledger", "fund_budget"), lambda q: q.expenditure - q.expenditure_budget,
           lambda q: q.expenditure_budget, "支出预算", "ledger month", "read in source"),
    Metric("contribution_rate", "征缴率", "share", "管理效益", CARE, ("emp_clct_detl_d",),
           lambda q: q.received, lambda q: q.due, "应缴金额", "month the contribution is for", "read in source"),
    Metric("policy_inpatient_share", "政策范围内住院费用基金支付比例", "share", "产出效益", CARE,
           ("setl_d",), lambda q: q.stay_fund, lambda q: q.stay_scope, "住院政策范围内费用", "discharge",
           "read in secondary source", ("fund_fund", "fund_scope", "scope_scope")),
    Metric("reimbursed_share", "实际报销比例", "share", "产出效益", CARE, ("setl_d",),
           lambda q: q.fund, lambda q: q.fee, "医疗费总额", "settlement"),
    Metric("own_share", "个人负担比例", "share", "社会效益", CARE, ("setl_d",),
           lambda q: q.own, lambda q: q.fee, "医疗费总额", "settlement"),
    Metric("stay_rate", "住院率", "share", "产出效益", CARE, ("setl_d", "psn_insu_d"),
           lambda q: q.stays, lambda q: q.insured, "期末参保人数", "discharge", "read in secondary source"),
    Metric("cost_per_stay", "次均住院费用", "yuan", "产出效益", CARE, ("setl_d",),
           lambda q: q.stay_fee, lambda q: q.stays, "住院人次", "discharge", "read in secondary source",
           ("fee_fee", "stay_fee", "stays")),
    Metric("days_per_stay", "平均住院日", "days", "产出效益", CARE, ("setl_d", "mdtrt_d"),
           lambda q: q.stay_days, lambda q: q.stays_with_days, "有住院天数的住院人次", "discharge", "proposal",
           ("days_days", "stay_days", "stays_with_days")),
    Metric("away_share", "异地就医费用占比", "share", "社会效益", CARE, ("setl_d",),
           lambda q: q.away_fee, lambda q: q.fee, "医疗费总额", "settlement"),
)
"""All metrics, in the order they are shown."""

"""What the metrics are made of: sums by county, insurance type and account for one period."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from yb_analytics.schema import NO_CITY, Period, is_city

KEYS = ["unit_id", "insutype", "acct_type"]
AWAY = ("3", "4")
"""Places of payment outside the pooling area (codes of PAY_LOC)."""

ELSEWHERE = "其他地区"
"""Unit of what is booked for persons insured in other cities."""


def quantities(w, period: Period) -> pd.DataFrame:
    """One row per unit (city and counties), insurance type and account; sums as columns.

    Notes
    -----
    `acct_type` is empty for what is not told by account: contributions, settlements, stays, insured persons.
    The city is the sum of its counties, of rows booked for the city itself and of rows without a place. What is
    booked for persons insured in other cities stands as a unit of its own, `ELSEWHERE`.
    """
    ledger, ago = _keyed(_ledger(w, period)), _keyed(_ledger(w, period.year_ago))
    ago = ago[[*KEYS, "income", "expenditure"]].rename(columns={"income": "income_ago",
                                                              "expenditure": "expenditure_ago"})
    books = ledger.merge(ago, on=KEYS, how="left").merge(_keyed(_budget(w, period)), on=KEYS, how="left")
    care = _keyed(_contributions(w, period))
    for part in (_settlements(w, period), _stays(w, period), _insured(w, period)):
        care = care.merge(_keyed(part), on=KEYS, how="outer")
    return _with_city(w, pd.concat([books, care], ignore_index=True))


def _keyed(frame: pd.DataFrame) -> pd.DataFrame:
    """Keys as plain objects, so that tables without rows merge like others."""
    return frame.astype(dict.fromkeys(KEYS, object)).fillna({"insutype": ""})


def _with_city(w, frame: pd.DataFrame) -> pd.DataFrame:
    here = frame.unit_id.isin([*w.counties, w.city]) | frame.unit_id.isna() | (w.city == NO_CITY)
    inside, away = frame[here], frame[~here]
    county = inside[inside.unit_id.notna() & ~inside.unit_id.map(is_city)]
    return pd.concat([_summed(inside).assign(unit_kind="city", unit_id=w.city), county.assign(unit_kind="county"),
                      _summed(away).assign(unit_kind="other", unit_id=ELSEWHERE)], ignore_index=True)


def _summed(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per insurance type and account."""
    sums = [c for c in frame.columns if c not in (*KEYS, "months")]
    by = frame.groupby(["insutype", "acct_type"], dropna=False)
    return by[sums].sum(min_count=1).join(by["months"].max()).reset_index()


def _ym(period: Period) -> list[str]:
    return [f"{m.start:%Y%m}" for m in period.months]


def _ledger(w, period: Period) -> pd.DataFrame:
    """Income and expenditure of the period, balance at its last booked month."""
    t = w.fund_ledger.filter(w.fund_ledger.ym.isin(_ym(period)))
    return w.run(t.group_by(unit_id=t.insu_admdvs, insutype=t.insutype, acct_type=t.acct_type).agg(
        income=t.amt.sum(where=t.item == "income"), expenditure=t.amt.sum(where=t.item == "expenditure"),
        balance=t.amt.argmax(t.ym, where=t.item == "balance"), months=t.ym.nunique(where=t.item == "expenditure")))


def _budget(w, period: Period) -> pd.DataFrame:
    """Budget of the year; a part of a year has none."""
    b = w.fund_budget
    b = b.filter(b.year == (str(period.start.year) if period.kind == "year" else ""))
    return w.run(b.group_by(unit_id=b.insu_admdvs, insutype=b.insutype, acct_type=b.acct_type).agg(
        income_budget=b.amt.sum(where=b.item == "income"),
        expenditure_budget=b.amt.sum(where=b.item == "expenditure")))


def _contributions(w, period: Period) -> pd.DataFrame:
    e = w.emp_clct_detl_d.filter(w.emp_clct_detl_d.cashym.isin(_ym(period)))
    got = w.run(e.group_by(unit_id=e.insu_admdvs, insutype=e.insutype).agg(due=e.amt.sum(),
                                                                         received=e.arvl_amt.sum()))
    return got.assign(acct_type="")


def _settlements(w, period: Period) -> pd.DataFrame:
    """Fees and payments of valid settlements, by county of insurance and date of settlement."""
    s = w.valid_settlements
    s = s.filter(period.covers(s.setl_time))
    got = w.run(s.group_by(unit_id=s.insu_admdvs, insutype=s.insutype).agg(
        fee=s.medfee_sumamt.sum(), fund=s.fund_pay_sumamt.sum(), own=s.psn_pay.sum(),
        away_fee=s.medfee_sumamt.sum(where=s.pay_loc.isin(AWAY)).fill_null(0)))
    return got.assign(acct_type="")


def _stays(w, period: Period) -> pd.DataFrame:
    """Stays by county of insurance and day of discharge, with the second moments for intervals."""
    s = w.stays
    s = s.filter(period.covers(s.endtime), s.medfee_sumamt.notnull())
    s = s.mutate(fee=s.medfee_sumamt.cast("float64"), paid=s.fund_pay_sumamt.cast("float64"),
                 scope=s.inscp_amt.cast("float64"), days=s.ipt_days.cast("float64"))
    got = w.run(s.group_by(unit_id=s.insu_admdvs, insutype=s.insutype).agg(
        stays=s.count(), stay_fee=s.medfee_sumamt.sum(), stay_fund=s.fund_pay_sumamt.sum(),
        stay_scope=s.inscp_amt.sum(), stay_days=s.days.sum(), stays_with_days=s.days.count(),
        fund_fund=(s.paid * s.paid).sum(), fund_scope=(s.paid * s.scope).sum(),
        scope_scope=(s.scope * s.scope).sum(), fee_fee=(s.fee * s.fee).sum(), days_days=(s.days * s.days).sum()))
    return got.assign(acct_type="")


def _insured(w, period: Period) -> pd.DataFrame:
    """Persons insured on the last day of the period."""
    last = (period.end - timedelta(days=1)).isoformat()
    p = w.psn_insu_d
    p = p.filter(p.crt_insu_date.isnull() | (p.crt_insu_date <= last),
                 p.paus_insu_date.isnull() | (p.paus_insu_date > last))
    got = w.run(p.group_by(unit_id=p.insu_admdvs, insutype=p.insutype).agg(insured=p.psn_no.nunique()))
    return got.assign(acct_type="")


def series(w, until: Period | None = None) -> pd.DataFrame:
    """Monthly income, expenditure and balance of every fund, up to the end of a period where one is given."""
    t = w.fund_ledger
    t = t.filter(t.ym <= _ym(until)[-1]) if until else t
    by = t.group_by("ym", "insu_admdvs", "insutype", "acct_type")
    got = by.agg(**{item: t.amt.sum(where=t.item == item) for item in ("income", "expenditure", "balance")})
    return w.run(got.order_by("ym", "insu_admdvs", "insutype", "acct_type"))

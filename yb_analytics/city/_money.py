"""Money beside the settlements: insurance spells, contributions, ledger, budget, payouts. Fen inside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from yb_analytics.city._people import employer_numbers, person_numbers
from yb_analytics.city._shape import COUNTIES, shape, stream
from yb_analytics.city._town import DAY, Town
from yb_analytics.city._write import Writer

COUNTY = COUNTIES["code"].to_numpy()
RESIDENT_MONTHS = {1: 0.30, 2: 0.09, 3: 0.12, 6: 0.17, 9: 0.17, 12: 0.11}
"""When residents' premiums and subsidies arrive (invented)."""


def _spells(town: Town) -> pd.DataFrame:
    """`psn_insu_d`: one spell per person, and an earlier one for some."""
    p = town.people
    n = np.arange(p.n)
    state = np.select([p.death > 0, p.pause > 0], ["4", "2"], "1")
    establishment = np.where(
        p.civil, "1", np.where(np.isin(p.emp_type[np.maximum(p.employer, 0)], ["20"]) & (p.employer >= 0), "2", "9")
    )
    ended = np.where(p.death > 0, p.death + 20, p.pause)
    return pd.DataFrame(
        {
            "psn_insu_rlts_id": 330450000000 + n,
            "psn_no": person_numbers(n),
            "emp_no": employer_numbers(p.employer),
            "insutype": np.where(p.staff, "310", "390"),
            "psn_type": p.psn_type,
            "insu_admdvs": COUNTY[p.county],
            "crt_insu_date": p.begin,
            "paus_insu_date": np.where(ended >= town.last, 0, ended),
            "psn_insu_stas": state,
            "quts_type": establishment,
        }
    )


def _employers(town: Town) -> pd.DataFrame:
    rng, p = stream(town.seed, "employers"), town.people
    count = len(p.emp_county)
    kind = {"10": "有限公司", "20": "事业中心", "30": "机关单位", "90": "服务社"}
    root = rng.choice(["恒", "瑞", "嘉", "禾", "南", "秀", "海", "桐", "平"], count)
    return pd.DataFrame(
        {
            "emp_no": employer_numbers(np.arange(count)),
            "emp_name": [
                f"{COUNTIES['name'][c]}{r}{i + 1}号{kind[t]}"
                for i, (c, r, t) in enumerate(zip(p.emp_county, root, p.emp_type, strict=True))
            ],
            "emp_type": p.emp_type,
            "insu_admdvs": COUNTY[p.emp_county],
        }
    )


def _by_employer(town: Town, first: int) -> tuple[np.ndarray, np.ndarray]:
    p = town.people
    there = p.staff & ~p.retired & (p.employer >= 0) & (p.begin <= first) & ((p.pause == 0) | (p.pause > first))
    count = len(p.emp_county)
    return (
        np.bincount(p.employer[there], minlength=count),
        np.bincount(p.employer[there], p.base[there] * 100, count).astype(np.int64),
    )


def _contributions(town: Town) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`emp_clct_detl_d` and `tax_payroll` (which counts a few more people and somewhat higher wages)."""
    rng, s, parts, tax = stream(town.seed, "contributions"), shape(), [], []
    thrift = np.clip(rng.normal(0.93, 0.05, len(town.people.emp_county)), 0.6, 1.0)
    slow = rng.random(len(thrift)) < 0.03
    for month in range(town.months):
        days = town.days(month)
        first, ym = int(days["day"].iloc[0]), int(days["ym"].iloc[0])
        persons, base = _by_employer(town, first)
        due = np.round(base * s.employer_rate).astype(np.int64)
        lag = np.where(
            slow & (rng.random(len(due)) < 0.5), rng.integers(35, 160, len(due)), rng.integers(8, 26, len(due))
        )
        paid = np.where((first + lag < town.last) & (rng.random(len(due)) > 0.004), due, 0)
        keep = persons > 0
        wage = np.round(base / thrift).astype(np.int64)
        who = {"emp_no": employer_numbers(np.flatnonzero(keep))}
        parts.append(pd.DataFrame({
            **who, "cashym": str(ym), "insutype": "310", "insu_admdvs": COUNTY[town.people.emp_county[keep]],
            "clct_psncnt": persons[keep], "psn_clctstd_sumamt": base[keep], "staf_totlwag": wage[keep],
            "amt": due[keep], "arvl_amt": paid[keep], "arvl_date": np.where(paid > 0, first + lag, 0)[keep]}))
        extra = rng.binomial(persons, 0.015)
        declared = np.round(wage * (1 + extra / np.maximum(persons, 1)))[keep].astype(np.int64)
        tax.append(pd.DataFrame({**who, "ym": str(ym), "psn_cnt": (persons + extra)[keep], "wage_amt": declared}))
    return pd.concat(parts, ignore_index=True), pd.concat(tax, ignore_index=True)


def _incomes(town: Town, paid: pd.DataFrame, credit: pd.DataFrame) -> pd.DataFrame:
    """Income by month, county, scheme and account (fen)."""
    rng, s, p = stream(town.seed, "income"), shape(), town.people
    rows: list[dict[str, Any]] = []
    arrived = paid[paid["arvl_amt"] > 0].assign(
        ym=pd.to_datetime(paid["arvl_date"], unit="D").dt.strftime("%Y%m").astype(int)
    )
    staff_pool = arrived.groupby(["ym", "insu_admdvs"])["arvl_amt"].sum()
    flexible = np.bincount(p.county[p.psn_type == "1103"], minlength=7) * s.base_mean * 0.6 * s.employer_rate * 100
    heads = np.bincount(p.county[~p.staff], minlength=7)
    for _, day in town.calendar.drop_duplicates("ym").iterrows():
        ym, growth = int(day["ym"]), (1 + s.growth) ** (int(day["month"]) / 12)
        share = RESIDENT_MONTHS.get(int(day["moy"]), 0.04 / 6)
        for c in range(7):
            staff = staff_pool.get((ym, COUNTY[c]), 0) + flexible[c] + rng.uniform(0.9, 1.1) * 400 * p.staff.sum() / 7
            rows.append({"ym": ym, "county": c, "staff": 1, "acct": 0, "income": int(staff)})
            rows.append(
                {
                    "ym": ym,
                    "county": c,
                    "staff": 0,
                    "acct": 0,
                    "income": int(heads[c] * s.resident_income * 100 * share * growth * rng.uniform(0.97, 1.03)),
                }
            )
    own = credit.assign(staff=1, acct=1).rename(columns={"credit": "income"})
    own["income"] = own["income"] + own["income"] // 500
    return pd.concat([pd.DataFrame(rows), own], ignore_index=True)


def _ledger(town: Town, spent: pd.DataFrame, income: pd.DataFrame) -> pd.DataFrame:
    """Income, expenditure and balance; balance = balance before + income − expenditure, to the fen."""
    rng, s, p = stream(town.seed, "ledger"), shape(), town.people
    key = ["ym", "county", "staff"]
    out = spent.groupby(key, as_index=False)[["fund", "acct"]].sum()
    pool = out.assign(acct=0, spent=out["fund"] + np.abs(out["fund"]) * 3 // 200)[[*key, "acct", "spent"]]
    own = out[out["staff"] == 1].assign(spent=out["acct"], acct=1)[[*key, "acct", "spent"]]
    rows = income.merge(pd.concat([pool, own]), on=[*key, "acct"], how="left").fillna({"spent": 0})
    rows["spent"] = rows["spent"].astype(np.int64)
    heads = np.stack([np.bincount(p.county[~p.staff], minlength=7), np.bincount(p.county[p.staff], minlength=7)])
    yearly = np.array([[s.resident_per_head, 0], [s.staff_pool_per_head, s.account_open * 12]])
    months = np.array([[s.resident_open_months, 0], [s.staff_pool_open_months, 1.0]])
    opening = {
        (c, k, a): int(heads[k, c] * yearly[k, a] / 12 * months[k, a] * 100 * rng.uniform(0.8, 1.2))
        for c in range(7)
        for k in (0, 1)
        for a in (0, 1)
    }
    rows = rows.sort_values(["county", "staff", "acct", "ym"])
    change = (rows["income"] - rows["spent"]).groupby([rows["county"], rows["staff"], rows["acct"]]).cumsum()
    begin = np.array([opening[k] for k in zip(rows["county"], rows["staff"], rows["acct"], strict=True)])
    rows["balance"] = change + begin
    long = rows.melt([*key, "acct"], ["income", "spent", "balance"], "item", "amt").replace(
        {"item": {"spent": "expenditure"}}
    )
    return pd.DataFrame(
        {
            "ym": long["ym"].astype(str),
            "insu_admdvs": COUNTY[long["county"]],
            "insutype": np.where(long["staff"] == 1, "310", "390"),
            "acct_type": np.where(long["acct"] == 1, "personal", "pool"),
            "item": long["item"].astype(str),
            "amt": long["amt"].astype(np.int64),
        }
    )


def _budget(town: Town, ledger: pd.DataFrame) -> pd.DataFrame:
    """`fund_budget`: what was expected of each year."""
    rng = stream(town.seed, "budget")
    rows = ledger[ledger["item"] != "balance"].assign(year=ledger["ym"].str[:4])
    key = ["year", "insu_admdvs", "insutype", "acct_type", "item"]
    out = rows.groupby(key, as_index=False).agg(amt=("amt", "sum"), held=("ym", "nunique"))
    whole = out["amt"] / out["held"] * 12 * rng.normal(1.01, 0.03, len(out))
    return out.drop(columns="held").assign(amt=(np.round(whole / 100_000) * 100_000).astype(np.int64))


def _population(town: Town) -> pd.DataFrame:
    p, rng = town.people, stream(town.seed, "population")
    heads = np.bincount(p.county, minlength=7)
    rows = [
        (str(y), COUNTY[c], int(heads[c] * rng.uniform(1.05, 1.10)), int(heads[c] * rng.uniform(0.995, 1.025)))
        for y in sorted(town.calendar["year"].unique())
        for c in range(7)
    ]
    return pd.DataFrame(rows, columns=["year", "insu_admdvs", "resident_cnt", "should_insured_cnt"])


def _payouts(town: Town, spent: pd.DataFrame) -> pd.DataFrame:
    """`med_dfr_d`: monthly payouts to institutions, most in time."""
    rng, s = stream(town.seed, "med_dfr_d"), shape()
    rows = spent.groupby(["ym", "inst"], as_index=False)[["fund", "acct"]].sum()
    rows = rows[(rows["fund"] + rows["acct"]) > 0]
    following = pd.to_datetime(rows["ym"].astype(str) + "01") + pd.offsets.MonthBegin(1)
    at = following.to_numpy().astype("datetime64[s]").astype(np.int64)
    declared = at + rng.integers(1, 9, len(rows)) * DAY + rng.integers(9, 17, len(rows)) * 3600
    approved = declared + (np.clip(rng.gamma(5, 2.2, len(rows)), 2, 40) * DAY).astype(np.int64)
    late = rng.random(len(rows)) > s.on_time_share
    days = np.where(late, rng.integers(18, 55, len(rows)), rng.integers(1, 9, len(rows)))
    paid = approved + days * DAY
    inst = rows["inst"].to_numpy()
    county = np.where(inst < town.providers.local, COUNTY[town.providers.county[inst]], "330400")
    end = town.last * DAY
    done = declared < end
    out = pd.DataFrame(
        {
            "dfr_id": 330460000000 + np.arange(len(rows)),
            "cashym": rows["ym"].astype(str).to_numpy(),
            "insu_admdvs": county,
            "dfr_obj_code": town.providers.code[inst],
            "dfr_sumamt": (rows["fund"] + rows["acct"]).to_numpy(),
            "dcla_time": declared,
            "aprv_time": np.where(approved < end, approved, 0),
            "pay_time": np.where(paid < end, paid, 0),
        }
    )
    return out[done]


def _catalogue(town: Town) -> pd.DataFrame:
    b = town.book
    limit = np.where(b.limit >= 0, b.limit / 100, np.nan)
    restricted = (
        b.items[["gend", "age_min", "age_max", "min_hosp_lv", "inpatient_only", "maternity_only"]] != ""
    ).any(axis=1)
    return pd.DataFrame(
        {
            "hilist_code": b.items["hilist_code"],
            "hilist_name": b.items["hilist_name"],
            "list_type": b.items["list_type"],
            "med_chrgitm_type": b.items["med_chrgitm_type"],
            "chrgitm_lv": b.items["chrgitm_lv"],
            "lmt_used_flag": np.where(restricted, "1", "0"),
            "hilist_pric_uplmt_amt": limit,
            "begndate": pd.Timestamp("2023-01-01"),
            "enddate": pd.NaT,
        }
    )


def write(town: Town, out: Writer, spent: pd.DataFrame, credit: pd.DataFrame) -> None:
    """All registers of money and insurance."""
    paid, tax = _contributions(town)
    ledger = _ledger(town, spent, _incomes(town, paid, credit))
    for name, frame in (
        ("psn_insu_d", _spells(town)),
        ("insu_emp_info_b", _employers(town)),
        ("emp_clct_detl_d", paid),
        ("tax_payroll", tax),
        ("fund_ledger", ledger),
        ("fund_budget", _budget(town, ledger)),
        ("population", _population(town)),
        ("med_dfr_d", _payouts(town, spent)),
        ("hilist_b", _catalogue(town)),
    ):
        out.register(name, {str(c): frame[c].to_numpy() if frame[c].dtype.kind in "if" else frame[c] for c in frame})

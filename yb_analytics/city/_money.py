"""Money beside the settlements: employers, contributions, ledger, budget, payouts. Fen inside."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._agency import clerks
from yb_analytics.city._dues import PREMIUM_MONTHS, RESIDENT_MONTHS, Dues, employers_paid, premium
from yb_analytics.city._people import credit_codes, employer_numbers
from yb_analytics.city._shape import COUNTIES, shape, stream
from yb_analytics.city._sums import Sums
from yb_analytics.city._town import DAY, Town
from yb_analytics.city._write import Writer, months_of

COUNTY = COUNTIES["code"].to_numpy()


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
            "emp_addr": [
                f"{COUNTIES['name'][c]}{r}路{i % 900 + 1}号"
                for i, (c, r) in enumerate(zip(p.emp_county, root, strict=True))
            ],
            "tax_reg_no": credit_codes(np.arange(count)),
            "insu_admdvs": COUNTY[p.emp_county],
        }
    )


def _arrived(town: Town, dues: Dues) -> pd.Series:
    """What employers paid, by the month it arrived and the employer's county (fen)."""
    at = dues.received > 0
    county = np.broadcast_to(town.people.emp_county, dues.due.shape)[at]
    frame = pd.DataFrame({"ym": months_of(dues.received[at] * DAY), "amt": dues.due[at], "county": county})
    return frame.groupby(["ym", "county"])["amt"].sum()


def _tranches(town: Town, sums: Sums) -> dict[tuple[int, int], int]:
    """The treasury's subsidies by month and county: what is due in the year less what persons pay, month by month."""
    out, subsidies, days = {}, sums.one("subsidies"), town.calendar.drop_duplicates("ym")
    for year, county, amount in subsidies[["year", "county", "amt"]].itertuples(index=False):
        own, subsidy = premium(town, int(year))
        part = own / (own + subsidy)
        for ym, moy in days.loc[days["year"] == year, ["ym", "moy"]].itertuples(index=False):
            whole = RESIDENT_MONTHS.get(int(moy), 0.04 / 6)
            share = max(whole - part * PREMIUM_MONTHS[int(moy) - 1], 0.0) / (1 - part)
            out[int(ym), int(county)] = round(amount * share)
    return out


def _incomes(town: Town, dues: Dues, sums: Sums) -> pd.DataFrame:
    """Income by month, county, scheme and account (fen): contributions as they arrive, subsidies, interest."""
    rng, p, rows = stream(town.seed, "income"), town.people, []
    employers, tranches = _arrived(town, dues), _tranches(town, sums)
    flexible, premiums = (sums.one(n).set_index(["ym", "county"])["amt"] for n in ("flexible", "premiums"))
    for ym in town.calendar["ym"].unique():
        for c in range(7):
            key = (int(ym), c)
            other = rng.uniform(0.9, 1.1) * shape().pool_other_income * 100 * p.staff.sum() / 7 / 12
            staff = employers.get(key, 0) + flexible.get(key, 0) + int(other)
            rows.append({"ym": ym, "county": c, "staff": 1, "acct": 0, "income": int(staff)})
            resident = premiums.get(key, 0) + tranches.get(key, 0)
            rows.append({"ym": ym, "county": c, "staff": 0, "acct": 0, "income": int(resident)})
    own = sums.one("credits").assign(staff=1, acct=1).rename(columns={"credit": "income"})
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
            "dfr_notc_type": "institution",
            "dfr_obj_code": town.providers.code[inst],
            "dfr_sumamt": (rows["fund"] + rows["acct"]).to_numpy(),
            "dcla_time": declared,
            "aprv_time": np.where(approved < end, approved, 0),
            "pay_time": np.where(paid < end, paid, 0),
            "opter_id": clerks(rng, len(rows)),
        }
    )
    return out[done]


def write(town: Town, dues: Dues, out: Writer, sums: Sums) -> pd.DataFrame:
    """Employers, contributions, ledger, budget, population and payouts; returns the payouts."""
    paid, payroll, collected = employers_paid(town, dues)
    spent = sums.one("spent")
    ledger, payouts = _ledger(town, spent, _incomes(town, dues, sums)), _payouts(town, spent)
    for name, frame in (
        ("insu_emp_info_b", _employers(town)),
        ("emp_clct_detl_d", paid),
        ("tax_payroll", payroll),
        ("tax_contribution", collected),
        ("fund_ledger", ledger),
        ("fund_budget", _budget(town, ledger)),
        ("population", _population(town)),
        ("med_dfr_d", payouts),
    ):
        out.register(name, frame)
    return payouts

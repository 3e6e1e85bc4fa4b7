"""Contributions: what employers, employed persons and residents owe and pay. Fen inside.

One table of payments per employer and month is drawn for the whole city; the rows of persons, of employers, of the tax
office and the fund's income all follow it, so they agree to the fen where they tell of the same money.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from yb_analytics.city._people import People, employer_numbers
from yb_analytics.city._shape import COUNTIES, shape, stream
from yb_analytics.city._sums import Sums
from yb_analytics.city._town import DAY, Town
from yb_analytics.city._write import Writer, months_of

COUNTY = COUNTIES["code"].to_numpy()
STAFF_CLCT, RESIDENT_CLCT = 33045, 33046
"""Leading digits of contribution ids."""
RESIDENT_MONTHS = {1: 0.30, 2: 0.09, 3: 0.12, 6: 0.17, 9: 0.17, 12: 0.11}
"""When residents' premiums and subsidies arrive (invented); the other six months share what is left."""
PREMIUM_MONTHS = np.array([0.62, 0.18, 0.16, *[0.04 / 9] * 9])
"""When residents pay their own part within the year (invented)."""


@dataclass
class Dues:
    """Employers' payments, arrays months × employers: persons, bases, due (fen), day received (0: not yet)."""

    thrift: np.ndarray
    persons: np.ndarray
    base: np.ndarray
    due: np.ndarray
    received: np.ndarray


def contributing(people: People, first: int) -> np.ndarray:
    """Persons for whom a contribution is owed in the month that begins on day `first`."""
    there = (people.begin <= first) & ((people.pause == 0) | (people.pause > first))
    return people.staff & ~people.retired & there & ((people.death == 0) | (people.death > first))


def _bases(people: People) -> np.ndarray:
    """Contribution base of each person (fen); who is flexibly employed chooses a low one."""
    flexible = people.staff & ~people.retired & (people.employer < 0)
    return np.round(people.base * 100 * np.where(flexible, shape().flexible_base, 1.0)).astype(np.int64)


def _due(base: np.ndarray) -> np.ndarray:
    return np.round(base * shape().employer_rate).astype(np.int64)


def make_dues(town: Town) -> Dues:
    """What each employer owes and when it arrives, for the whole city."""
    rng, s, p, count = stream(town.seed, "contributions"), shape(), town.people, len(town.people.emp_county)
    thrift = np.clip(rng.normal(s.thrift, 0.05, count), 0.6, 1.0)
    slow, base_of, rows = rng.random(count) < s.slow_employers, _bases(p), []
    for month in range(town.months):
        first = int(town.days(month)["day"].iloc[0])
        who = np.flatnonzero(contributing(p, first) & (p.employer >= 0))
        at, base = p.employer[who], base_of[who]
        lag = np.where(slow & (rng.random(count) < 0.5), rng.integers(35, 160, count), rng.integers(8, 26, count))
        paid = (first + lag < town.last) & (rng.random(count) >= s.unpaid_share)
        sums = (np.bincount(at, minlength=count), np.bincount(at, base, count), np.bincount(at, _due(base), count))
        rows.append((*(x.astype(np.int64) for x in sums), np.where(paid, first + lag, 0)))
    persons, base, due, received = (np.stack(x) for x in zip(*rows, strict=True))
    return Dues(thrift, persons, base, due, received)


def premium(town: Town, year: int) -> tuple[int, int]:
    """Resident's own part and the treasury's subsidy for a year (fen)."""
    s = shape()
    whole = s.resident_income * (1 + s.growth) ** (year - int(town.calendar["year"].iloc[0]))
    own = round(whole * s.own_share / 10) * 1000
    return own, round(whole / 10) * 1000 - own


def _staff_rows(town: Town, dues: Dues, month: int) -> dict[str, Any]:
    rng, p, s = town.stream("staf_psn_clct_detl_d", month), town.people, shape()
    first = int(town.days(month)["day"].iloc[0])
    who = np.flatnonzero(contributing(p, first))
    base, employer = _bases(p)[who], p.employer[who]
    own = first + rng.integers(3, 27, len(who))
    own = np.where((own < town.last) & (rng.random(len(who)) >= s.unpaid_share), own, 0)
    at = np.where(employer >= 0, dues.received[month][np.maximum(employer, 0)], own)
    ym = int(town.days(month)["ym"].iloc[0])
    wage = np.round(base / np.where(employer >= 0, dues.thrift[np.maximum(employer, 0)], 1.0)).astype(np.int64)
    return {
        "psn_clct_detl_id": (STAFF_CLCT * 1_000_000 + ym) * 10**7 + town.serials(np.arange(len(who))),
        "psn_no": p.number(who),
        "emp_no": employer_numbers(employer),
        "cashym": np.full(len(who), ym),
        "insutype": np.full(len(who), 310),
        "psn_clctstd": base,
        "wag": wage,
        "clct_sumamt": _due(base) + np.round(base * s.employed_credit).astype(np.int64),
        "clct_type": (((at > first + 31) & (at > 0)).astype(int), ["10", "20"]),
        "clct_flag": ((at > 0).astype(int), ["0", "1"]),
        "clct_time": np.where(at > 0, at * DAY + rng.integers(9, 17, len(who)) * 3600, 0),
        "crte_time": np.full(len(who), first * DAY + 3600),
        "updt_time": np.maximum(at, first + 1) * DAY + 20 * 3600,
    }


def _year_of_residents(town: Town, year: int) -> tuple[np.ndarray, np.ndarray]:
    """Residents who owe for a year, and the month (1–12) in which each pays."""
    p, rng = town.people, town.stream("rsdt_psn_clct_detl_d", year)
    first, last = (int(np.datetime64(f"{y}-01-01").astype(int)) for y in (year, year + 1))
    there = ~p.staff & (p.begin < last) & ((p.pause == 0) | (p.pause > first)) & ((p.death == 0) | (p.death > first))
    month = 1 + rng.choice(12, p.n, p=PREMIUM_MONTHS)
    joined = months_of(p.begin * DAY)
    month = np.where(joined // 100 == year, np.maximum(month, joined % 100), month)
    return np.flatnonzero(there), month


def _resident_rows(town: Town, month: int, sums: Sums) -> dict[str, Any]:
    days = town.days(month)
    first, year, moy, ym = (int(days[c].iloc[0]) for c in ("day", "year", "moy", "ym"))
    who, due = _year_of_residents(town, year)
    p, (own, subsidy) = town.people, premium(town, year)
    if moy == 1 or month == 0:
        heads = np.bincount(p.county[who], minlength=7)
        helped = np.bincount(p.county[who], p.assisted[who], 7).astype(np.int64)
        whole = heads * subsidy + helped * own
        sums.subsidies.append(pd.DataFrame({"year": year, "county": range(7), "amt": whole}))
    who = who[due[who] == moy]
    rng, helped = town.stream("rsdt_pay", month), p.assisted[who]
    at = first * DAY + rng.integers(0, len(days) * DAY, len(who))
    paid = np.where(helped, 0, own)
    amount = np.bincount(p.county[who], paid, 7).astype(np.int64)
    sums.premiums.append(pd.DataFrame({"ym": ym, "county": range(7), "amt": amount}))
    return {
        "rsdt_clct_detl_id": (RESIDENT_CLCT * 1_000_000 + ym) * 10**7 + town.serials(np.arange(len(who))),
        "psn_no": p.number(who),
        "cashym": np.full(len(who), year * 100 + 1),
        "insutype": np.full(len(who), 390),
        "psn_clct_amt": paid,
        "finsubs_amt": np.where(helped, subsidy + own, subsidy),
        "clct_type": (np.full(len(who), int(moy > 3)), ["10", "20"]),
        "clct_flag": (np.ones(len(who), int), ["0", "1"]),
        "clct_time": at,
        "crte_time": np.minimum(at, first * DAY + 3600),
        "updt_time": at + 3600,
    }


def write_dues(town: Town, dues: Dues, out: Writer, month: int, sums: Sums) -> None:
    """`staf_psn_clct_detl_d` and `rsdt_psn_clct_detl_d` of a month; what persons paid themselves is summed."""
    staff, ym = _staff_rows(town, dues, month), int(town.days(month)["ym"].iloc[0])
    out.fact("staf_psn_clct_detl_d", staff, np.full(len(staff["cashym"]), ym))
    alone = (staff["emp_no"] == 0) & (staff["clct_time"] > 0)
    person = ((staff["psn_no"][alone] - town.people.number(np.zeros(1))[0]) // 7).astype(np.int64)
    frame = pd.DataFrame({"ym": months_of(staff["clct_time"][alone]), "county": town.people.county[person],
                          "amt": _due(staff["psn_clctstd"][alone])})
    sums.flexible.append(frame.groupby(["ym", "county"], as_index=False).sum())
    resident = _resident_rows(town, month, sums)
    out.fact("rsdt_psn_clct_detl_d", resident, np.full(len(resident["cashym"]), ym))


def employers_paid(town: Town, dues: Dues) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """`emp_clct_detl_d`, `tax_payroll` (a few more people, other wages) and `tax_contribution`."""
    rng, s, ours, payroll, collected = stream(town.seed, "tax"), shape(), [], [], []
    for month in range(town.months):
        days = town.days(month)
        ym, after = str(int(days["ym"].iloc[0])), int(days["day"].iloc[-1]) + 1
        keep = np.flatnonzero(dues.persons[month] > 0)
        persons, base, due = dues.persons[month][keep], dues.base[month][keep], dues.due[month][keep]
        at = dues.received[month][keep]
        paid, wage = np.where(at > 0, due, 0), np.round(base / dues.thrift[keep]).astype(np.int64)
        who = {"emp_no": employer_numbers(keep)}
        ours.append(pd.DataFrame({
            **who, "cashym": ym, "insutype": "310", "insu_admdvs": COUNTY[town.people.emp_county[keep]],
            "clct_psncnt": persons, "psn_clctstd_sumamt": base, "staf_totlwag": wage, "amt": due, "arvl_amt": paid,
            "arvl_date": at}))
        extra = rng.binomial(persons, 0.015)
        declared = np.round(wage * (1 + extra / np.maximum(persons, 1))).astype(np.int64)
        report = after + rng.integers(10, 20, len(keep))
        payroll.append(pd.DataFrame({**who, "ym": ym, "psn_cnt": persons + extra, "wage_amt": declared,
                                     "rpt_date": report})[report < town.last])
        wrong = rng.random(len(keep)) < s.register_wrong
        off = np.where(wrong, rng.integers(-2, 3, len(keep)), 0)
        collected.append(pd.DataFrame({
            **who, "ym": ym, "insutype": "310", "psn_cnt": np.maximum(persons + off, 0), "due_amt": due,
            "paid_amt": paid, "intsury_time": np.where(at > 0, at * DAY - 6 * 3600, 0), "rpt_date": report,
            })[(report < town.last) & (rng.random(len(keep)) >= s.register_missing)])
    return tuple(pd.concat(x, ignore_index=True) for x in (ours, payroll, collected))  # type: ignore[return-value]

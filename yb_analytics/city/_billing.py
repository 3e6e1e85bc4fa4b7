"""Settlements: what the pool, the supplements, the account and the person pay. All money in fen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from yb_analytics.city._shape import KINDS, shape
from yb_analytics.city._town import DAY, Town, day_of

PARTS = ("hifp", "cvl", "mi", "maf")
"""Fund parts that occur in the city; the other platform columns are zero."""
STAY_RATIO = np.array([[0, 0.85, 0.75, 0.65], [0, 0.95, 0.90, 0.86]])
OUT_RATIO = np.array([[0.5, 0.55, 0.45, 0.35], [0.70, 0.85, 0.70, 0.60]])
STAY_DEDUCTIBLE = np.array([0, 20_000, 50_000, 80_000])
"""By staff (row) and level; from jiaxing_benefit_parameters.csv, read in secondary source."""
SETL, VISIT_ID, FEE = 33042, 33041, 33043
"""Leading digits of settlement, visit and line ids."""


@dataclass
class Accounts:
    """What each person has used in the year and holds in the account (fen)."""

    balance: np.ndarray
    deductible: np.ndarray
    outpatient: np.ndarray
    inpatient: np.ndarray
    burden: np.ndarray
    stays: np.ndarray

    @classmethod
    def open(cls, town: Town) -> Accounts:
        """At the beginning."""
        n, p = town.people.n, town.people
        return cls(p.account.copy(), *(np.zeros(n, dtype=np.int64) for _ in range(5)))

    def begin_month(self, town: Town, month: int) -> np.ndarray:
        """Credit the accounts; on New Year the year's use is forgotten. Returns the credit of each person."""
        s, p, days = shape(), town.people, town.days(month)
        if int(days["moy"].iloc[0]) == 1:
            for used in (self.deductible, self.outpatient, self.inpatient, self.burden, self.stays):
                used[:] = 0
        first = int(days["day"].iloc[0])
        there = (p.begin <= first) & ((p.pause == 0) | (p.pause > first)) & ((p.death == 0) | (p.death > first))
        credit = np.where(p.retired, s.retired_credit * 100, np.round(p.base * s.employed_credit * 100))
        credit = np.where(p.staff & there, credit, 0).astype(np.int64)
        self.balance += credit
        return credit


def before(person: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Sum of earlier values of the same person; rows are sorted by person and time."""
    total = np.cumsum(value) - value
    first = np.r_[True, person[1:] != person[:-1]] if len(person) else np.zeros(0, bool)
    start = np.maximum.accumulate(np.where(first, np.arange(len(person)), 0)) if len(person) else first
    return total - total[start] if len(person) else total


def line_money(town: Town, lines: pd.DataFrame) -> pd.DataFrame:
    """Split each line: wholly self-paid, above the pay standard, paid ahead, in scope."""
    b, item = town.book, lines["item"].to_numpy()
    lines["total"] = np.round(lines["pric"].to_numpy() * lines["cnt"].to_numpy()).astype(np.int64)
    own = b.items["chrgitm_lv"].to_numpy()[item] == "03"
    implant = b.items["role"].isin(["implant"]).to_numpy()[item]
    lines["ful"] = np.where(own, lines["total"], 0)
    lines["over"] = np.where(implant & ~own, lines["total"] // 20, 0)
    lines["ahead"] = np.where(own, 0, np.round((lines["total"] - lines["over"]) * b.ahead[item])).astype(np.int64)
    lines["inscp"] = lines["total"] - lines["ful"] - lines["over"] - lines["ahead"]
    return lines


def settlements(town: Town, found: pd.DataFrame, lines: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """One row per settlement; long stays settle every 31 days. Also the settlement of each line."""
    every = int(shape().interim_days)
    beg, end = found["beg"].to_numpy(), found["end"].to_numpy()
    stay = found["kind"].to_numpy() == KINDS["stay"]
    steps = np.where(stay, np.maximum(0, (day_of(end) - day_of(beg) - 5) // every), 0)
    v = lines["v"].to_numpy()
    turn = np.where(stay[v], np.minimum((day_of(lines["at"].to_numpy()) - day_of(beg)[v]) // every, steps[v]), 0)
    code = v * 16 + np.clip(turn, 0, 15)
    unique, of_line = np.unique(code, return_inverse=True)
    v, turn = unique // 16, unique % 16
    last = turn == steps[v]
    time = np.where(
        last,
        np.where(stay[v], end[v] + 1200, np.maximum(beg[v] + 1500, np.minimum(end[v], beg[v] + 9000))),
        (day_of(beg)[v] + (turn + 1) * every) * DAY + 16 * 3600,
    )
    shop = found["kind"].to_numpy()[v] == KINDS["pharmacy"]
    time = np.where(shop, beg[v] + 120, time)
    sums = {
        n: np.bincount(of_line, lines[n].to_numpy(), len(unique)).astype(np.int64)
        for n in ("total", "ful", "over", "ahead", "inscp")
    }
    return pd.DataFrame(
        {
            "v": v,
            "turn": turn,
            "time": time,
            "mid": (~last).astype(int),
            **sums,
            "person": found["person"].to_numpy()[v],
            "inst": found["inst"].to_numpy()[v],
            "kind": found["kind"].to_numpy()[v],
            "med": found["med"].to_numpy()[v],
            "recipe": found["recipe"].to_numpy()[v],
        }
    ), of_line


def _ratio(town: Town, s: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    p, c, person = town.people, shape(), s["person"].to_numpy()
    staff = p.staff[person].astype(int)
    level, kind = town.providers.level[s["inst"]], s["kind"].to_numpy()
    out = OUT_RATIO[staff, level] + 0.05 * p.retired[person]
    stay = STAY_RATIO[staff, np.maximum(level, 1)]
    chronic = np.where(staff == 1, c.chronic_ratio_staff, c.chronic_ratio_resident)
    pooled = (rng.random(len(s)) < c.pharmacy_pool_share) | (s["recipe"].to_numpy() == 3)
    shop = np.where(s["recipe"] == 3, chronic - 0.05, np.where(pooled, out, 0.0))
    ratio = np.select(
        [kind == KINDS["stay"], kind == KINDS["chronic"], kind == KINDS["pharmacy"]], [stay, chronic, shop], out
    )
    far = s["inst"].to_numpy() >= town.providers.local
    return np.where(far, ratio - 0.10, ratio)


def _pool(town: Town, s: pd.DataFrame, a: Accounts, rng: np.random.Generator) -> None:
    """Deductible and pool payment, in order of time per person."""
    p, c, person = town.people, shape(), s["person"].to_numpy()
    staff, level, kind = p.staff[person], town.providers.level[s["inst"]], s["kind"].to_numpy()
    stay, opened = kind == KINDS["stay"], s["turn"].to_numpy() == 0
    plain = np.isin(kind, [KINDS["outpatient"], KINDS["emergency"]])
    scope = s["inscp"].to_numpy()
    order = a.stays[person] + before(person, (stay & opened).astype(np.int64))
    factor = np.select([order == 0, order == 1], [1.0, c.second_stay_deductible], 0.0)
    first = np.round(STAY_DEDUCTIBLE[np.maximum(level, 1)] * factor).astype(np.int64)
    yearly = np.where(p.retired[person], c.retired_hospital_deductible, c.staff_hospital_deductible) * 100
    counts = plain & staff & (level >= 2)
    used = a.deductible[person] + before(person, np.where(counts, scope, 0))
    ded = np.where(stay & opened, np.minimum(first, scope), 0)
    ded = np.where(counts, np.clip(yearly - used, 0, scope), ded).astype(np.int64)
    pay = np.round((scope - ded) * _ratio(town, s, rng)).astype(np.int64)
    cap = np.where(staff, c.staff_outpatient_cap, c.resident_outpatient_cap) * 100
    room = cap - a.outpatient[person] - before(person, np.where(plain, pay, 0))
    pay = np.where(plain, np.clip(pay, 0, np.maximum(room, 0)), pay).astype(np.int64)
    room = c.inpatient_cap * 100 - a.inpatient[person] - before(person, np.where(stay, pay, 0))
    pay = np.where(stay, np.clip(pay, 0, np.maximum(room, 0)), pay).astype(np.int64)
    s["ded"], s["hifp"] = ded, pay
    np.add.at(a.stays, person, (stay & opened).astype(np.int64))
    np.add.at(a.deductible, person, np.where(counts, scope, 0))
    np.add.at(a.outpatient, person, np.where(plain, pay, 0))
    np.add.at(a.inpatient, person, np.where(stay, pay, 0))


def _supplements(town: Town, s: pd.DataFrame, a: Accounts) -> None:
    """Civil servants' supplement, critical illness, medical assistance."""
    p, c, person = town.people, shape(), s["person"].to_numpy()
    heavy = s["kind"].isin([KINDS["stay"], KINDS["chronic"]]).to_numpy()
    rest = (s["inscp"] - s["hifp"]).to_numpy()
    s["cvl"] = np.where(p.civil[person], np.round(rest * c.civil_supplement), 0).astype(np.int64)
    rest = rest - s["cvl"].to_numpy()
    carried = a.burden[person] + before(person, np.where(heavy, rest, 0))
    above = np.clip(carried + rest - c.critical_line * 100, 0, rest)
    s["mi"] = np.where(heavy, np.round(above * c.critical_ratio), 0).astype(np.int64)
    np.add.at(a.burden, person, np.where(heavy, rest, 0))
    s["maf"] = np.where(p.assisted[person] & heavy, np.round((rest - s["mi"]) * c.assistance_ratio), 0).astype(
        np.int64
    )


def bill(town: Town, s: pd.DataFrame, a: Accounts, month: int) -> pd.DataFrame:
    """Settlements with every money column; accounts are brought forward."""
    rng = town.stream("billing", month)
    s = s.sort_values(["person", "time"], kind="stable")
    person = s["person"].to_numpy()
    _pool(town, s, a, rng)
    _supplements(town, s, a)
    s["fund"] = s[list(PARTS)].sum(axis=1)
    s["psn"] = s["total"] - s["fund"]
    wish = np.where(s["kind"] == KINDS["stay"], s["psn"] // 2, s["psn"] - s["ful"])
    wish = np.where(town.people.staff[person] & (rng.random(len(s)) < 0.93), np.maximum(wish, 0), 0).astype(np.int64)
    s["acct"] = np.clip(a.balance[person] - before(person, wish), 0, wish)
    s["balc"] = a.balance[person] - before(person, s["acct"].to_numpy()) - s["acct"]
    np.subtract.at(a.balance, person, s["acct"].to_numpy())
    s["cash"] = s["psn"] - s["acct"]
    s["init"], s["refd"] = 0, 0
    return s.sort_index()


def numbers(town: Town, lead: int, ym: int, order: np.ndarray, held: int = 0) -> np.ndarray:
    """Ids in the order of time: five leading digits, month, serial number after those of `held` rows."""
    digits = 10 ** (8 if lead == FEE else 7)
    out = np.empty(len(order), dtype=np.int64)
    out[np.argsort(order, kind="stable")] = town.serials(np.arange(held, held + len(order)))
    return (lead * 1_000_000 + ym) * digits + out

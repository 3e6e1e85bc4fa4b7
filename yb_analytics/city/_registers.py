"""Institutions and employers in the registers of health, market regulation, tax and banks; their agreements."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._dues import Dues
from yb_analytics.city._people import credit_codes
from yb_analytics.city._providers import TIERS, doctor_codes, institution_credit
from yb_analytics.city._shape import COUNTIES, shape, stream
from yb_analytics.city._sums import Sums
from yb_analytics.city._town import DAY, Town
from yb_analytics.city._write import Writer

SUBJECTS = {
    "tertiary": "02;03;04;05;07;10;11;12;13;15;16;20;21;30;31;32;50",
    "secondary": "02;03;04;05;07;11;12;13;20;30;32;50",
    "private": "02;03;04;20;30;32",
    "psychiatric": "02;15;30;32",
    "primary": "01;02;03;05;07;30;50",
    "clinic": "02;12;50",
}
"""Licensed subjects by tier, first two digits (诊疗科目名录)."""


def _licences(town: Town) -> pd.DataFrame:
    """`health_licence`: local hospitals and clinics; now and then one runs out before the next is entered."""
    rng, pr = stream(town.seed, "health_licence"), town.providers
    inst = np.flatnonzero((np.arange(pr.n) < pr.local) & (pr.tier != TIERS.index("pharmacy")))
    begin = town.first - rng.integers(30, 1700, len(inst))
    end = begin + np.where(pr.level[inst] >= 2, 15 * 365, 5 * 365)
    return pd.DataFrame(
        {"fixmedins_code": pr.code[inst], "begn_date": begin, "end_date": end,
         "subjects": [SUBJECTS[TIERS[t]] for t in pr.tier[inst]], "lic_stas": "1",
         "rpt_date": begin + rng.integers(1, 40, len(inst))})


def _beds(town: Town, days: pd.DataFrame) -> pd.DataFrame:
    """`health_beds`: bed days as told to health; a few months are missing, some figures are rounded."""
    rng, pr, s = stream(town.seed, "health_beds"), town.providers, shape()
    months = town.calendar.groupby("ym", as_index=False)["day"].agg(["count", "max"])
    inst = np.flatnonzero((np.arange(pr.n) < pr.local) & (pr.beds > 0))
    grid = pd.MultiIndex.from_product([months["ym"], inst], names=["ym", "inst"]).to_frame(index=False)
    rows = grid.merge(days, on=["ym", "inst"], how="left").merge(months, on="ym").fillna({"days": 0})
    beds = pr.beds[rows["inst"]]
    told = rows["days"].to_numpy() * rng.normal(1.0, 0.02, len(rows))
    told = np.where(rng.random(len(rows)) < 0.1, np.round(told, -1), np.round(told)).astype(np.int64)
    report = rows["max"].to_numpy() + rng.integers(5, 22, len(rows))
    out = pd.DataFrame(
        {"fixmedins_code": pr.code[rows["inst"]], "ym": rows["ym"].astype(str),
         "open_bed_cnt": np.maximum(1, np.round(beds * rng.uniform(0.95, 1.12, len(rows)))).astype(np.int64),
         "bed_days": np.maximum(told, 0), "rpt_date": report})
    return out[(report < town.last) & (rng.random(len(rows)) >= s.register_missing)]


def _enterprises(town: Town) -> pd.DataFrame:
    """`market_registration`: employers and local institutions; a few closed or listed as abnormal."""
    rng, pr, count = stream(town.seed, "market_registration"), town.providers, len(town.people.emp_county)
    code = np.r_[credit_codes(np.arange(count)), institution_credit(pr)]
    kept = rng.random(len(code)) >= shape().register_missing
    state = rng.choice(["1", "2", "4"], len(code), p=[0.982, 0.006, 0.012])
    state = np.where(np.arange(len(code)) >= count, "1", state)
    founded = town.first - rng.integers(200, 9000, len(code))
    closed = np.where(state == "2", town.first + rng.integers(0, town.last - town.first, len(code)), 0)
    places = COUNTIES["name"].to_numpy()[np.r_[town.people.emp_county, pr.county[: pr.local]]]
    number = np.arange(len(code))
    return pd.DataFrame(
        {"uscc": code, "ent_name": [f"{p}{i + 1}号主体" for i, p in enumerate(places)],
         "reg_addr": [f"{p}登记路{i % 900 + 1}号" for i, p in zip(number, places, strict=True)],
         "found_date": founded, "close_date": closed, "regn_stas": state,
         "rpt_date": founded + rng.integers(1, 30, len(code))})[kept]


def _penalties(town: Town) -> pd.DataFrame:
    """`market_penalty`: mostly of shops; nothing here is a scheme of its own."""
    rng, pr = stream(town.seed, "market_penalty"), town.providers
    count = rng.poisson(pr.local * shape().penalty_rate * town.months / 12)
    weight = np.where(pr.tier[: pr.local] == TIERS.index("pharmacy"), 3.0, 1.0)
    inst = rng.choice(pr.local, count, p=weight / weight.sum())
    day = town.first + rng.integers(0, town.last - town.first, count)
    report = day + rng.integers(3, 40, count)
    return pd.DataFrame(
        {"penalty_id": 330550000000 + np.arange(count), "uscc": institution_credit(pr)[inst],
         "fixmedins_code": pr.code[inst],
         "penalty_type": rng.choice(["drug", "price", "advert", "other"], count, p=[0.35, 0.2, 0.25, 0.2]),
         "decision_date": day, "penalty_amt": (rng.lognormal(8.0, 1.0, count) * 100).astype(np.int64),
         "rpt_date": report})[report < town.last]


def _credit(town: Town, dues: Dues) -> pd.DataFrame:
    """`bank_credit`: a rating of every half year for employers with somebody insured; few stand badly."""
    rng = stream(town.seed, "bank_credit")
    firms = np.flatnonzero(dues.persons.max(axis=0) > 0)
    firms = firms[rng.random(len(firms)) >= 3 * shape().register_missing]
    parts = []
    for day in range(town.first + 30, town.last, 182):
        bad = rng.random(len(firms)) < 0.012
        overdue = np.where(bad, rng.lognormal(12.5, 1.3, len(firms)) * 100, 0).astype(np.int64)
        parts.append(pd.DataFrame({"uscc": credit_codes(firms), "eval_date": day, "bad_flag": np.where(bad, "1", "0"),
                                   "overdue_amt": overdue, "rpt_date": day + 12}))
    out = pd.concat(parts, ignore_index=True)
    return out[out["rpt_date"] < town.last]


def _pharmacists(town: Town) -> pd.DataFrame:
    """`phar_info_b`: one or two in every shop, more in hospitals; some have left."""
    rng, pr = stream(town.seed, "phar_info_b"), town.providers
    count = np.select([pr.level >= 3, pr.level == 2], [14, 7], 1)[: pr.local] + (rng.random(pr.local) < 0.4)
    home = np.repeat(np.arange(pr.local), count)
    n = len(home)
    begin = town.first - rng.integers(20, 1500, n)
    left = np.where(rng.random(n) < 0.04, town.first + rng.integers(0, town.last - town.first, n), 0)
    return pd.DataFrame(
        {"phar_code": np.char.add("P", doctor_codes(np.arange(n)).astype(str)), "pracins_no": pr.code[home],
         "prac_stas": np.where(left > 0, "2", "1"), "reg_time": begin, "expy_endtime": begin + 5 * 365,
         "nemp_time": left})


def _agreements(town: Town) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`fixmedins_cntr_reg_d`, year by year, and `fixmedins_paus_d`: short suspensions of a few small institutions."""
    rng, pr, parts = stream(town.seed, "fixmedins_cntr_reg_d"), town.providers, []
    for year in sorted(int(y) for y in town.calendar["year"].unique()):
        first = int(np.datetime64(f"{year}-01-01").astype(int))
        parts.append(pd.DataFrame(
            {"fix_cntr_id": 330560000000 + year * 100_000 + np.arange(pr.local), "fixmedins_code": pr.code[: pr.local],
             "fix_cntr_type": np.where(pr.tier[: pr.local] == TIERS.index("pharmacy"), "2", "1"), "begntime": first,
             "endtime": first + 364, "cntr_stas": "1", "vali_flag": "1"}))
    small = pr.of("clinic", "pharmacy", "private")
    inst = np.unique(rng.choice(small, max(1, int(len(small) * shape().paused_share))))
    begin = town.first + rng.integers(0, max(1, town.last - town.first - 10), len(inst))
    paused = pd.DataFrame(
        {"fixmedins_code": pr.code[inst], "fixmedins_paus_type": rng.choice(["1", "2"], len(inst)),
         "begntime": begin * DAY, "endtime": (begin + rng.integers(1, 4, len(inst))) * DAY, "vali_flag": "1"})
    return pd.concat(parts, ignore_index=True), paused


def write(town: Town, dues: Dues, out: Writer, sums: Sums) -> None:
    """Registers of institutions and employers."""
    agreed, paused = _agreements(town)
    for name, frame in (
        ("health_licence", _licences(town)),
        ("health_beds", _beds(town, sums.one("beds"))),
        ("market_registration", _enterprises(town)),
        ("market_penalty", _penalties(town)),
        ("bank_credit", _credit(town, dues)),
        ("phar_info_b", _pharmacists(town)),
        ("fixmedins_cntr_reg_d", agreed),
        ("fixmedins_paus_d", paused),
    ):
        out.register(name, frame)

"""Persons in the registers of other agencies: late, incomplete and now and then wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from yb_analytics.city._dues import Dues, contributing
from yb_analytics.city._people import employer_numbers
from yb_analytics.city._shape import COUNTIES, KINDS, shape
from yb_analytics.city._sums import Sums
from yb_analytics.city._town import DAY, Town, day_of
from yb_analytics.city._write import Writer

COUNTY = COUNTIES["code"].to_numpy()
HOUR = 3600


def _delay(rng: np.random.Generator, count: int, days: float) -> np.ndarray:
    """Days until an event is reported: one at least, with a long tail."""
    return 1 + np.minimum(rng.exponential(days, count), 400).astype(np.int64)


def _listed(rng: np.random.Generator, rows: np.ndarray) -> np.ndarray:
    """Rows an agency knows of; some never reach it."""
    return rows[rng.random(len(rows)) >= shape().register_missing]


def _blurred(rng: np.random.Generator, day: np.ndarray) -> np.ndarray:
    """Days of which some are wrong by a few."""
    wrong = rng.random(len(day)) < shape().register_wrong
    return day + np.where(wrong, rng.integers(1, 6, len(day)), 0)


def spells(town: Town) -> pd.DataFrame:
    """`psn_insu_d`: one spell per person."""
    p, n = town.people, np.arange(town.people.n)
    state = np.select([p.death > 0, p.pause > 0], ["4", "2"], "1")
    kind = p.emp_type[np.maximum(p.employer, 0)]
    establishment = np.where(p.civil, "1", np.where((kind == "20") & (p.employer >= 0), "2", "9"))
    ended = np.where(p.death > 0, p.death + 20, p.pause)
    return pd.DataFrame(
        {
            "psn_insu_rlts_id": 330450000000 + p.low + n,
            "psn_no": p.number(n),
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


def _deaths(town: Town) -> pd.DataFrame:
    """`ps_death`: registered with delay; a few wrong by some days, a few never."""
    rng, p = town.stream("ps_death"), town.people
    gone = np.flatnonzero((p.death > 0) & (p.death < town.last))
    gone = gone[rng.random(len(gone)) < 0.97]
    wrong = np.where(rng.random(len(gone)) < 0.03, rng.integers(1, 6, len(gone)), 0)
    registered = p.death[gone] + 1 + np.minimum(rng.exponential(14, len(gone)), 200).astype(np.int64)
    reg = np.maximum(registered, p.death[gone] + wrong)
    keep = registered < town.last
    return pd.DataFrame({"psn_no": p.number(gone), "death_date": p.death[gone] + wrong, "reg_date": reg})[keep]


def _cremations(town: Town) -> pd.DataFrame:
    rng, p = town.stream("civil_cremation"), town.people
    gone = _listed(rng, np.flatnonzero((p.death > 0) & (p.death < town.last)))
    day = _blurred(rng, p.death[gone] + rng.integers(1, 5, len(gone)))
    report = day + _delay(rng, len(gone), shape().report_days)
    out = pd.DataFrame({"psn_no": p.number(gone), "cremation_date": day, "rpt_date": report})
    return out[(report < town.last) & (rng.random(len(gone)) < 0.96)]


def _absences(town: Town, held: bool) -> pd.DataFrame:
    """`ps_custody` or `ps_exit_entry`: what is still going on has no end yet."""
    name = "ps_custody" if held else "ps_exit_entry"
    rng, p = town.stream(name), town.people
    who = _listed(rng, np.flatnonzero((p.away > 0) & (p.held == held) & (p.away < town.last)))
    begin = p.away[who] * DAY + rng.integers(1, 5 if held else 23, len(who)) * HOUR
    end = np.where(p.back[who] < town.last, p.back[who] * DAY + rng.integers(17, 23, len(who)) * HOUR, 0)
    report = p.away[who] + _delay(rng, len(who), shape().report_days)
    names = ("begn_time", "end_time") if held else ("exit_time", "entry_time")
    out = pd.DataFrame({"psn_no": p.number(who), names[0]: begin, names[1]: end, "rpt_date": report})
    if held:
        long = (p.back[who] - p.away[who]) > 40
        out["custody_type"] = np.where(long, rng.choice(["2", "3", "4"], len(who)), "1")
    return out[report < town.last]


def _assisted(town: Town) -> pd.DataFrame:
    rng, p = town.stream("civil_assistance"), town.people
    who = _listed(rng, np.flatnonzero(p.assisted))
    extra = rng.choice(p.n, int(p.n * 0.002), replace=False)  # helped by civil affairs, not yet by the insurance
    who = np.union1d(who, extra[~p.staff[extra]])
    begin = town.first - rng.integers(30, 2500, len(who))
    end = np.where(rng.random(len(who)) < 0.06, town.first + rng.integers(0, town.last - town.first, len(who)), 0)
    kind = rng.choice(["1", "2", "3", "4"], len(who), p=[0.08, 0.55, 0.3, 0.07])
    return pd.DataFrame({"psn_no": p.number(who), "assist_type": kind, "begn_date": begin, "end_date": end,
                         "rpt_date": begin + _delay(rng, len(who), shape().report_days)})


def _employed(town: Town) -> pd.DataFrame:
    """`hr_employment`: mostly as insured; some enter late, some never leave, some stand with another employer."""
    rng, p = town.stream("hr_employment"), town.people
    who = np.flatnonzero(p.staff & ~p.retired & (p.employer >= 0) & (p.begin < town.last))
    who = _listed(rng, who)
    employer = p.employer[who]
    other = rng.random(len(who)) < shape().register_wrong
    employer = np.where(other, rng.integers(0, len(p.emp_county), len(who)), employer)
    begin = p.begin[who] - rng.integers(-20, 60, len(who))
    ended = np.where(p.pause[who] > 0, p.pause[who], p.death[who])
    known = (ended > 0) & (rng.random(len(who)) < 0.9) & (ended < town.last)
    report = begin + _delay(rng, len(who), shape().report_days)
    return pd.DataFrame({"psn_no": p.number(who), "emp_no": employer_numbers(employer), "begn_date": begin,
                         "end_date": np.where(known, ended, 0), "rpt_date": report})[report < town.last]


def _injuries(town: Town) -> pd.DataFrame:
    """`hr_injury`: paid by the injury fund, so none of it stands in the settlements."""
    rng, p = town.stream("hr_injury"), town.people
    able = np.flatnonzero(contributing(p, town.first) & (p.employer >= 0))
    count = rng.poisson(len(able) * shape().injury_rate * town.months / 12)
    who = rng.choice(able, min(count, len(able)), replace=False) if len(able) else able
    day = town.first + rng.integers(0, town.last - town.first, len(who))
    hospital = town.choices["secondary"].favourite[who]
    until = day + 3 + rng.gamma(1.2, 18, len(who)).astype(np.int64)
    report = until + _delay(rng, len(who), 3 * shape().report_days)
    serial = town.serials(np.arange(len(who)))
    return pd.DataFrame(
        {"injury_id": 330510000000 + serial, "psn_no": p.number(who), "emp_no": employer_numbers(p.employer[who]),
         "fixmedins_code": town.providers.code[hospital], "injury_date": day,
         "treat_end": np.where(until < town.last, until, 0),
         "paid_amt": (rng.lognormal(8.3, 1.2, len(who)) * 100).clip(0, 4e8).astype(np.int64),
         "invono": 3305000000 + serial, "rpt_date": report})[report < town.last]


def births(town: Town, found: pd.DataFrame) -> pd.DataFrame:
    """Deliveries of a month: mother, institution, day, and whether by section."""
    born = found[(found["kind"] == KINDS["stay"]) & (found["med"] == 52)]
    section = born["surgery"] == town.book.item("剖宫产术")
    return pd.DataFrame({"person": born["person"].to_numpy(), "inst": born["inst"].to_numpy(),
                         "day": day_of(born["beg"].to_numpy()), "section": section.to_numpy()})


def _certificates(town: Town, sums: Sums) -> pd.DataFrame:
    """`health_birth`: of deliveries in the city's hospitals, reported after a while."""
    rng, every = town.stream("health_birth"), pd.concat(sums.births, ignore_index=True)
    every = every[(rng.random(len(every)) >= shape().register_missing) & (every["inst"] < town.providers.local)]
    day = _blurred(rng, every["day"].to_numpy(np.int64))
    report = day + _delay(rng, len(every), shape().report_days)
    kind = np.where(every["section"], "3", np.where(rng.random(len(every)) < 0.06, "2", "1"))
    return pd.DataFrame(
        {"birth_id": 330520000000 + town.serials(np.arange(len(every))), "psn_no": town.people.number(every["person"]),
         "fixmedins_code": town.providers.code[every["inst"]], "birth_date": day, "matn_type": kind,
         "rpt_date": report})[report < town.last]


def write_persons(town: Town, dues: Dues, out: Writer, sums: Sums) -> None:
    """All registers of persons of a block."""
    tables: dict[str, Any] = {
        "psn_insu_d": spells(town), "ps_death": _deaths(town), "civil_cremation": _cremations(town),
        "ps_custody": _absences(town, True), "ps_exit_entry": _absences(town, False),
        "civil_assistance": _assisted(town), "hr_employment": _employed(town), "hr_injury": _injuries(town),
        "health_birth": _certificates(town, sums),
    }
    for name, frame in tables.items():
        out.register(name, frame)
    sums.births.clear()

"""What follows from inspections and cases: rewards, credit events, points, disclosures; labour disputes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._people import employer_numbers
from yb_analytics.city._providers import doctor_codes
from yb_analytics.city._shape import COUNTIES, shape, stream
from yb_analytics.city._town import Town
from yb_analytics.city._write import Writer

COUNTY = COUNTIES["code"].to_numpy()
POINTS_BEGIN = int(np.datetime64("2025-01-01").astype(int))
"""Points are given since 医保发〔2024〕23号 came into force."""


def _weeks(day: np.ndarray) -> np.ndarray:
    """The Monday of each day's week."""
    return (day + 3) // 7 * 7 - 3


def _rewards(town: Town, cases: pd.DataFrame) -> pd.DataFrame:
    """`reward_d`: of some decided cases, paid weeks later; nothing tells whose tip or which case."""
    rng, s = stream(town.seed, "reward_d"), shape()
    decided = cases[(cases["decision_date"] > 0).to_numpy() & (rng.random(len(cases)) < s.rewarded_share)]
    paid = _weeks(decided["decision_date"].to_numpy() + rng.integers(20, 90, len(decided)))
    amount = np.clip(decided["amt"].to_numpy() * rng.choice([0.02, 0.03, 0.05], len(decided)), 20_000, 20_000_000)
    out = pd.DataFrame(
        {"insu_admdvs": decided["insu_admdvs"].to_numpy(), "paid_week": paid, "case_amt": decided["amt"].to_numpy(),
         "reward_amt": amount.astype(np.int64)})
    out = out[out["paid_week"] < town.last].sample(frac=1.0, random_state=int(rng.integers(1 << 30)))
    return out.assign(reward_id=330484000000 + np.arange(len(out)))


def _credit_events(town: Town, seen: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """`credit_event_d`: violations of cases, corrections after inspections, some repaired later."""
    rng = stream(town.seed, "credit_event_d")
    decided = cases[(cases["decision_date"] > 0).to_numpy()]
    fixed = seen[(seen["self_return_amt"] > 0).to_numpy() & (rng.random(len(seen)) < 0.4)]
    parts = [
        pd.DataFrame({"insu_admdvs": decided["insu_admdvs"], "subject_type": decided["subject_type"],
                      "subject_id": decided["subject_id"], "event_type": "violation",
                      "event_date": decided["decision_date"], "score": -rng.choice([2.0, 5.0, 10.0], len(decided)),
                      "case_id": decided["case_id"]}),
        pd.DataFrame({"insu_admdvs": fixed["insu_admdvs"], "subject_type": "institution",
                      "subject_id": fixed["fixmedins_code"], "event_type": "self_correction",
                      "event_date": fixed["insp_date"] + 20, "score": 2.0, "case_id": 0}),
    ]
    out = pd.concat(parts, ignore_index=True)
    repaired = out["event_date"].to_numpy() + rng.integers(60, 400, len(out))
    done = (out["event_type"] == "violation").to_numpy() & (rng.random(len(out)) < 0.3) & (repaired < town.last)
    out["repaired_date"] = np.where(done, repaired, 0)
    out = out[out["event_date"] < town.last].reset_index(drop=True)
    return out.assign(event_id=330485000000 + np.arange(len(out)))


def _points(town: Town, cases: pd.DataFrame) -> pd.DataFrame:
    """`points_event_d`: one to three staff of an institution with a decided case, since points exist."""
    rng, pr = stream(town.seed, "points_event_d"), town.providers
    place = pd.Series(np.arange(pr.local), index=pr.code[: pr.local])
    late = (cases["decision_date"] >= POINTS_BEGIN).to_numpy()
    mine = cases[(cases["subject_type"] == "institution").to_numpy() & late]
    inst = place.reindex(mine["subject_id"]).to_numpy().astype(int)
    mine, inst = mine[pr.doctors[inst] > 0], inst[pr.doctors[inst] > 0]
    count = rng.integers(1, 4, len(mine))
    mine, inst = mine.loc[mine.index.repeat(count)], np.repeat(inst, count)
    n = len(mine)
    staff = pr.first_doctor[inst] + (rng.random(n) * pr.doctors[inst]).astype(int)
    points = rng.choice([1, 2, 3, 6, 9, 12], n, p=[0.3, 0.3, 0.24, 0.1, 0.04, 0.02])
    day = mine["decision_date"].to_numpy() + rng.integers(3, 30, n)
    until = day + np.select([points >= 12, points >= 9], [1095, 90], 0)
    out = pd.DataFrame(
        {"event_id": 330486000000 + np.arange(n), "insu_admdvs": mine["insu_admdvs"].to_numpy(),
         "staff_code": np.char.add("D", doctor_codes(staff).astype(str)), "fixmedins_code": pr.code[inst],
         "points": points, "resp_lv": np.where(points >= 6, "3", np.where(points >= 3, "2", "1")), "event_date": day,
         "suspend_until": np.where(points >= 9, until, 0), "case_id": mine["case_id"].to_numpy()})
    return out[out["event_date"] < town.last]


def _disclosures(town: Town, cases: pd.DataFrame) -> pd.DataFrame:
    """`disclosure_d`: yearly and half-yearly duties by county, exposed cases; some late, some forgotten."""
    rng, parts = stream(town.seed, "disclosure_d"), []
    for year in sorted(int(y) for y in town.calendar["year"].unique()):
        for duty, who, month in (("fund", "agency", 3), ("inspection", "bureau", 7), ("inspection", "bureau", 12),
                                 ("contribution", "tax", 6), ("fees", "institution", 9)):
            due = int(np.datetime64(f"{year}-{month:02d}-28").astype(int))
            parts.append(pd.DataFrame({"insu_admdvs": COUNTY, "duty": duty, "discloser": who,
                                       "period": str(year - 1 if month < 4 else year), "due_date": due, "case_id": 0}))
    shown = cases[(cases["decision_date"] > 0).to_numpy() & (rng.random(len(cases)) < 0.25)]
    parts.append(pd.DataFrame({"insu_admdvs": shown["insu_admdvs"], "duty": "case", "discloser": "bureau", "period": "",
                               "due_date": shown["decision_date"] + 20, "case_id": shown["case_id"]}))
    out = pd.concat(parts, ignore_index=True)
    out = out[(out["due_date"] < town.last) & (out["due_date"] >= town.first)]
    late = np.where(rng.random(len(out)) < 0.07, rng.integers(5, 90, len(out)), -rng.integers(0, 15, len(out)))
    told = out["due_date"].to_numpy() + late
    held = (rng.random(len(out)) < 0.02) | (told >= town.last)
    return out.assign(disclosed_date=np.where(held, 0, told), disclosure_id=330487000000 + np.arange(len(out)))


def _disputes(town: Town) -> pd.DataFrame:
    """`dispute_d`: in proportion to employees, more often where wages are reported low."""
    rng, p, s = stream(town.seed, "dispute_d"), town.people, shape()
    size = np.bincount(p.employer[p.employer >= 0], minlength=len(p.emp_county)).astype(float)
    count = rng.poisson(size.sum() * s.dispute_rate * town.months / 12)
    firm = rng.choice(len(size), count, p=size / size.sum())
    filed = town.first + rng.integers(0, town.last - town.first, count)
    closed = filed + rng.integers(20, 120, count)
    done = closed < town.last
    return pd.DataFrame(
        {"dispute_id": 330488000000 + np.arange(count), "insu_admdvs": COUNTY[p.emp_county[firm]],
         "emp_no": employer_numbers(firm),
         "dispute_type": rng.choice(["enrolment", "contribution", "benefit", "other"], count, p=[0.3, 0.4, 0.2, 0.1]),
         "filed_date": filed, "closed_date": np.where(done, closed, 0),
         "upheld_flag": np.select([~done, rng.random(count) < 0.45], ["", "1"], "0")})


def write(town: Town, out: Writer, seen: pd.DataFrame, cases: pd.DataFrame) -> None:
    """Tables that follow from inspections (`seen`) and `cases`."""
    for name, frame in (
        ("reward_d", _rewards(town, cases)),
        ("credit_event_d", _credit_events(town, seen, cases)),
        ("points_event_d", _points(town, cases)),
        ("disclosure_d", _disclosures(town, cases)),
        ("dispute_d", _disputes(town)),
    ):
        out.register(name, frame)

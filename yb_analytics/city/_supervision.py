"""Supervision: inspections, cases, tips, data events."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city import _oversight
from yb_analytics.city._people import person_numbers
from yb_analytics.city._shape import COUNTIES, stream
from yb_analytics.city._town import Town
from yb_analytics.city._write import Writer

COUNTY = COUNTIES["code"].to_numpy()


def _inspections(town: Town, truth: pd.DataFrame) -> pd.DataFrame:
    """`inspection_d`: every institution at random once in two years, some by risk; violations mostly small."""
    rng, pr = stream(town.seed, "inspection_d"), town.providers
    years = max(1, town.months // 12)
    random = np.repeat(np.arange(pr.local), years)
    risk = rng.choice(pr.local, max(5, int(0.25 * pr.local * years)))
    bad = set(truth.loc[(truth["kind"] == "scheme") & (truth["subject"] == "institution"), "subject_id"])
    known = [i for i in np.flatnonzero(np.isin(pr.code[: pr.local], list(bad))) if rng.random() < 0.25]
    risk = np.r_[risk, np.array(known, dtype=int)]
    inst = np.r_[random, risk]
    arm = np.r_[np.repeat("random", len(random)), np.repeat("risk", len(risk))]
    day = town.first + rng.integers(20, max(21, town.last - town.first), len(inst))
    guilty = np.isin(pr.code[inst], list(bad))
    found = rng.random(len(inst)) < np.where(guilty, 0.8, np.where(arm == "risk", 0.30, 0.17))
    amount = np.where(found, np.round(rng.lognormal(8.2, 1.1, len(inst)) * (1 + 2 * guilty) * 100), 0).astype(np.int64)
    keep = rng.random(len(inst)) < np.where(arm == "random", 0.985, 1.0)
    out = pd.DataFrame(
        {
            "inspection_id": 330480000000 + np.arange(len(inst)),
            "insu_admdvs": COUNTY[pr.county[inst]],
            "fixmedins_code": pr.code[inst],
            "arm": arm,
            "insp_date": day,
            "violation_flag": np.where(found, "1", "0"),
            "violation_amt": amount,
            "self_return_amt": (amount * rng.uniform(0, 0.4, len(inst))).astype(np.int64),
            "rectified_flag": np.where(found, np.where(rng.random(len(inst)) < 0.93, "1", "0"), "0"),
        }
    )
    return out[keep].sort_values("insp_date", ignore_index=True)


def _accused(town: Town, rng: np.random.Generator, inspections: pd.DataFrame) -> pd.DataFrame:
    """Institutions after a violation, and a few persons."""
    seen = inspections[inspections["violation_flag"] == "1"].sample(frac=0.35, random_state=int(rng.integers(1 << 30)))
    person = rng.integers(0, town.people.n, max(4, town.people.n // 4000))
    one = pd.DataFrame({"insu_admdvs": seen["insu_admdvs"], "subject_type": "institution",
                        "subject_id": seen["fixmedins_code"], "amt": seen["violation_amt"],
                        "filed": seen["insp_date"] + 6,
                        "case_cause": rng.choice(["service", "benefit"], len(seen), p=[0.85, 0.15])})
    filed = town.first + rng.integers(30, max(31, town.last - town.first - 10), len(person))
    two = pd.DataFrame({"insu_admdvs": COUNTY[town.people.county[person]], "subject_type": "person",
                        "subject_id": person_numbers(person).astype(str),
                        "amt": (rng.lognormal(7.6, 0.8, len(person)) * 100).astype(np.int64), "filed": filed,
                        "case_cause": rng.choice(["benefit", "sham_employment", "contribution"], len(person))})
    return pd.concat([one, two], ignore_index=True)


def _cases(town: Town, inspections: pd.DataFrame) -> pd.DataFrame:
    """`case_d`."""
    rng = stream(town.seed, "case_d")
    out = _accused(town, rng, inspections)
    decided = out["filed"] + rng.integers(15, 95, len(out))
    done = (decided < town.last).to_numpy()
    kind = rng.choice(["administrative", "agreement", "criminal"], len(out), p=[0.38, 0.6, 0.02])
    back = np.where(done, out["amt"] * rng.choice([1.0, 1.0, 0.9, 0.6], len(out)), 0).astype(np.int64)
    return pd.DataFrame(
        {
            "case_id": 330481000000 + np.arange(len(out)),
            "insu_admdvs": out["insu_admdvs"],
            "subject_type": out["subject_type"],
            "subject_id": out["subject_id"],
            "case_type": kind,
            "case_cause": out["case_cause"],
            "public_flag": np.where(rng.random(len(out)) < 0.02, "1", "0"),
            "stage": np.where(done, np.where(back >= out["amt"].to_numpy(), "closed", "executed"), "filed"),
            "filed_date": out["filed"].to_numpy(),
            "decision_date": np.where(done, decided, 0),
            "amt": out["amt"].to_numpy(),
            "recovered_amt": back,
        }
    )


def _tips(town: Town) -> pd.DataFrame:
    rng = stream(town.seed, "tip_d")
    count = rng.poisson(max(6, town.people.n / 1_000_000 * 180 * town.months / 12 * 4))
    monday = (town.first + rng.integers(0, town.last - town.first, count) + 3) // 7 * 7 - 3
    handled = rng.random(count) < np.where(monday > town.last - 60, 0.6, 0.995)
    return pd.DataFrame(
        {
            "tip_id": 330482000000 + np.arange(count),
            "insu_admdvs": COUNTY[rng.choice(7, count, p=COUNTIES["share"])],
            "recv_week": monday,
            "handled_flag": np.where(handled, "1", "0"),
            "handled_days": np.where(handled, rng.integers(5, 58, count), np.nan),
        }
    )


def _events(town: Town) -> pd.DataFrame:
    rng = stream(town.seed, "data_event_d")
    count = max(1, rng.poisson(town.months / 12))
    return pd.DataFrame(
        {
            "event_id": 330483000000 + np.arange(count),
            "insu_admdvs": COUNTY[rng.integers(0, 7, count)],
            "event_type": rng.choice(["lost", "tampered"], count),
            "record_cnt": rng.integers(1, 40, count),
            "event_date": town.first + rng.integers(0, town.last - town.first, count),
        }
    )


def write(town: Town, out: Writer, truth: pd.DataFrame) -> None:
    """All registers of supervision."""
    seen = _inspections(town, truth)
    cases = _cases(town, seen)
    for name, frame in (("inspection_d", seen), ("case_d", cases), ("tip_d", _tips(town)),
                        ("data_event_d", _events(town))):
        out.register(name, frame)
    _oversight.write(town, out, seen, cases)

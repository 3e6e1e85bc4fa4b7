"""The agency at work: reviews, what clerks do in their systems, and which data they read."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from yb_analytics.city._people import person_numbers
from yb_analytics.city._shape import COUNTIES, shape, stream
from yb_analytics.city._town import DAY, Town
from yb_analytics.city._write import Writer, months_of

COUNTY = COUNTIES["code"].to_numpy()
CLERKS = 36
"""Clerks of the agency; their numbers follow one another."""
TABLES_READ = ["setl_d", "psn_insu_d", "fee_list_d", "psn_info_b", "med_dfr_d"]


def clerks(rng: np.random.Generator, count: int) -> np.ndarray:
    """Who did it: a few clerks do much."""
    return 330495000 + (rng.beta(0.9, 1.6, count) * CLERKS).astype(np.int64)


def write_reviews(town: Town, s: pd.DataFrame, out: Writer, month: int) -> None:
    """`review_d`: nearly every settlement once, some a second time by somebody else."""
    rng, c = town.stream("review_d", month), shape()
    rows = s[(s["refd"] == 0) & (s["time"] < town.last * DAY)]
    first = rows[rng.random(len(rows)) < 0.997]
    second = first[rng.random(len(first)) < c.second_review]
    every = pd.concat([first, second])
    stage = np.r_[np.zeros(len(first), int), np.ones(len(second), int)]
    time = (
        every["time"].to_numpy()
        + np.where(stage == 0, rng.integers(1, 12, len(every)), rng.integers(12, 28, len(every))) * DAY // 1
        + rng.integers(0, 6 * 3600, len(every))
    )
    who = rng.integers(0, 24, len(every)) + 24 * stage
    refused = np.where(rng.random(len(every)) < 0.012, every["fund"] * rng.uniform(0.02, 0.25, len(every)), 0)
    ym = int(town.days(month)["ym"].iloc[0])
    done = time < town.last * DAY
    columns = {
        "review_id": 330470000000000000 + ym * 10**8 + town.serials(np.arange(len(every))),
        "insu_admdvs": (town.people.county[every["person"]], COUNTY),
        "setl_id": every["setl_id"].to_numpy(),
        "review_stage": (stage, ["1", "2"]),
        "reviewer_id": 330490000 + who,
        "review_time": time,
        "refused_amt": np.maximum(refused, 0).astype(np.int64),
        "updt_time": time + 60,
    }
    kept = {k: (v[0][done], v[1]) if isinstance(v, tuple) else v[done] for k, v in columns.items()}
    out.fact("review_d", kept, months_of(time[done]))


def _office_hours(rng: np.random.Generator, day: np.ndarray) -> np.ndarray:
    """Seconds: in office hours, now and then late."""
    hour = np.where(rng.random(len(day)) < 0.985, rng.uniform(8.5, 17.3, len(day)), rng.uniform(17.5, 21, len(day)))
    return day * DAY + (hour * 3600).astype(np.int64)


def _digests(rng: np.random.Generator, count: int, empty: np.ndarray) -> np.ndarray:
    """Digests of rows, as the log shows them; empty where there was no row."""
    words = rng.integers(0, 1 << 62, count)
    return np.array([None if e else hashlib.sha256(int(w).to_bytes(8, "big")).hexdigest()[:32]
                     for w, e in zip(words, empty, strict=True)], dtype=object)


def _done(town: Town, payouts: pd.DataFrame) -> pd.DataFrame:
    """What clerks did: spells begun and paused, payouts approved and paid, corrections, queries."""
    rng, p, s = stream(town.seed, "oper_log_d"), town.people, shape()
    new, left = (np.flatnonzero((d >= town.first) & (d < town.last)) for d in (p.begin, p.pause))
    some = rng.integers(0, p.n, rng.poisson(p.n * s.corrections * town.months / 12))
    asked = rng.integers(0, p.n, rng.poisson(p.n * s.queries * town.months / 12))
    day = town.first + rng.integers(0, town.last - town.first, len(some) + len(asked))
    parts = [
        ("add", "psn_insu_d", 330450000000 + new, p.begin[new] + 1, p.county[new]),
        ("edit", "psn_insu_d", 330450000000 + left, p.pause[left] + 1, p.county[left]),
        ("edit", "psn_info_b", person_numbers(some), day[: len(some)], p.county[some]),
        ("query", "psn_info_b", person_numbers(asked), day[len(some):], p.county[asked]),
    ]
    county = pd.Series(range(7), index=COUNTY).reindex(payouts["insu_admdvs"]).fillna(0).to_numpy(int)
    for kind, column in (("approve", "aprv_time"), ("pay", "pay_time")):
        at = payouts[column].to_numpy(np.int64)
        parts.append((kind, "med_dfr_d", payouts["dfr_id"].to_numpy()[at > 0], at[at > 0] // DAY, county[at > 0]))
    return pd.concat([pd.DataFrame({"type": t, "table": n, "id": i, "day": d, "county": c})
                      for t, n, i, d, c in parts], ignore_index=True)


def _operations(town: Town, payouts: pd.DataFrame, out: Writer) -> None:
    """`oper_log_d`; money and corrections are approved by a second person, with few exceptions."""
    rows = _done(town, payouts)
    rng = stream(town.seed, "oper_log_rows")
    rows["time"] = _office_hours(rng, rows["day"].to_numpy(np.int64))
    rows = rows[rows["time"] < town.last * DAY].sort_values(["time", "id"], ignore_index=True)
    kind, ym, count = rows["type"].to_numpy(str), months_of(rows["time"].to_numpy()), len(rows)
    needs = np.isin(kind, ["edit", "approve", "pay"])
    out.fact(
        "oper_log_d",
        {
            "oper_id": 330530000000 + np.arange(count),
            "insu_admdvs": (rows["county"].to_numpy(), COUNTY),
            "opter_id": clerks(rng, count),
            "oper_time": rows["time"].to_numpy(),
            "oper_type": kind,
            "obj_table": rows["table"].to_numpy(str),
            "obj_id": rows["id"].to_numpy(np.int64),
            "before_digest": _digests(rng, count, ~needs),
            "after_digest": _digests(rng, count, kind == "query"),
            "aprv_flag": ((needs & (rng.random(count) < 0.996)).astype(int), ["0", "1"]),
            "updt_time": rows["time"].to_numpy() + 5,
        },
        ym,
    )


def _accesses(town: Town, out: Writer) -> None:
    """`data_access_d`: a clerk's queries by day; large reads and exports are few."""
    rng, count = stream(town.seed, "data_access_d"), CLERKS * (town.last - town.first) * 2
    day = np.sort(town.first + rng.integers(0, town.last - town.first, count))
    weekday = (day + 3) % 7 < 5
    keep = weekday | (rng.random(count) < 0.05)
    day = day[keep]
    time, count = _office_hours(rng, day), len(day)
    export = rng.random(count) < 0.01
    rows = np.where(export, rng.lognormal(6, 1.5, count), rng.lognormal(2.2, 1.4, count)).astype(np.int64) + 1
    which = rng.choice(len(TABLES_READ), count, p=[0.4, 0.25, 0.2, 0.1, 0.05])
    out.fact(
        "data_access_d",
        {
            "access_id": 330540000000 + np.arange(count),
            "insu_admdvs": (rng.choice(7, count, p=COUNTIES["share"]), COUNTY),
            "opter_id": clerks(rng, count),
            "access_time": time,
            "obj_table": (which, TABLES_READ),
            "row_cnt": rows,
            "export_flag": (export.astype(int), ["0", "1"]),
            "grant_flag": ((rng.random(count) < 0.999).astype(int), ["0", "1"]),
            "updt_time": time + 5,
        },
        months_of(time),
    )


def write(town: Town, out: Writer, payouts: pd.DataFrame) -> None:
    """The agency's logs."""
    _operations(town, payouts, out)
    _accesses(town, out)

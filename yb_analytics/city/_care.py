"""Honest care of a month: who goes where, for what, when."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._shape import AGE_BANDS, KINDS, Pool
from yb_analytics.city._town import DAY, Town, day_of, hours, shape, visits

OUT_AGE = ([0, 5, 15, 25, 45, 65, 80, 95], [1.7, 1.5, 0.7, 0.6, 0.9, 1.6, 1.9, 1.7])
STAY_AGE = ([0, 5, 15, 25, 45, 65, 80, 95], [0.9, 0.6, 0.3, 0.4, 0.8, 2.1, 3.4, 3.4])
TIER_SHARE = {True: [0.22, 0.29, 0.36, 0.13], False: [0.11, 0.21, 0.51, 0.17]}
STAY_SHARE = {
    (True, True): [0.62, 0.35, 0.02, 0.01],
    (True, False): [0.44, 0.45, 0.06, 0.05],
    (False, True): [0.33, 0.57, 0.06, 0.04],
    (False, False): [0.15, 0.53, 0.13, 0.19],
}
BIRTHS = 0.0072
"""Deliveries per person and year (invented)."""


def insured(town: Town, month: int) -> np.ndarray:
    """Persons insured and alive at the middle of a month."""
    days = town.days(month)
    mid, p = int(days["day"].iloc[len(days) // 2]), town.people
    return (p.begin <= mid) & ((p.pause == 0) | (p.pause > mid)) & ((p.death == 0) | (p.death > mid))


def _persons(rng: np.random.Generator, weight: np.ndarray, mean: float) -> np.ndarray:
    """Persons of a Poisson number of events, in proportion to their weight; `mean` per weight of one."""
    count = rng.poisson(mean * weight.sum())
    cumulated = np.cumsum(weight)
    return np.searchsorted(cumulated, rng.random(count) * cumulated[-1] * 0.9999999)


def _days(rng: np.random.Generator, days: pd.DataFrame, count: int, flat: float = 0.0) -> np.ndarray:
    weight = days["weight"].to_numpy() * (1 - flat) + flat
    return rng.choice(days["day"].to_numpy(), count, p=weight / weight.sum())


def _diagnoses(town: Town, rng: np.random.Generator, person: np.ndarray, month: int, column: str) -> np.ndarray:
    sick, days = town.book.diagnoses, town.days(month)
    bands = sick[["w0", "w15", "w45", "w65"]].to_numpy(float).T
    cold = 1 + np.maximum(sick["winter"].to_numpy(float) * float(days["cold"].mean()) * 0.8, -0.7)
    base = sick[column].to_numpy(float) * cold
    fits = np.stack([np.isin(sick["gend"], ["", s]) for s in "12"])
    pool = Pool.of((bands[:, None, :] * base * fits[None]).reshape(8, -1))
    age = town.people.age(float(days["day"].iloc[0]))[person]
    band = np.searchsorted(AGE_BANDS, np.maximum(age, 0), side="right") - 1
    return pool.draw(rng, band * 2 + town.people.sex[person] - 1)


def _tiers(rng: np.random.Generator, staff: np.ndarray, shares: tuple) -> np.ndarray:
    u = rng.random(len(staff))[:, None]
    return np.where(
        staff, (u > np.cumsum(shares[0])[None, :3]).sum(axis=1), (u > np.cumsum(shares[1])[None, :3]).sum(axis=1)
    )


def _institution(
    town: Town, rng: np.random.Generator, person: np.ndarray, tier: np.ndarray, names: tuple[str, ...]
) -> np.ndarray:
    inst = np.zeros(len(person), dtype=np.int64)
    for i, name in enumerate(names):
        at = tier == i
        inst[at] = town.choices[name].draw(rng, person[at], town.people.cell[person[at]])
    return inst


def chronic_rate(town: Town) -> tuple[float, float]:
    """Chronic visits per person and year of staff and of residents."""
    p = town.people
    yearly = np.where(p.chronic >= 0, 365.25 / p.interval * 0.93, 0.0)
    return float(yearly[p.staff].mean()), float(yearly[~p.staff].mean())


def _weights(town: Town, month: int, table: tuple, staff_rate: float, resident_rate: float) -> np.ndarray:
    """Expected events per person and month."""
    p, days = town.people, town.days(month)
    age = p.age(float(days["day"].iloc[0]))
    raw = np.interp(age, *table) * p.frailty
    level = np.where(
        p.staff, staff_rate / max(raw[p.staff].mean(), 1e-9), resident_rate / max(raw[~p.staff].mean(), 1e-9)
    )
    growth = (1 + shape().growth) ** ((month - town.months / 2) / 12)
    return raw * level * insured(town, month) * float(days["season"].mean()) * growth * len(days) / 365.25


def _outpatient(town: Town, month: int) -> pd.DataFrame:
    rng, s, p = town.stream("outpatient", month), shape(), town.people
    chronic = chronic_rate(town)
    weight = _weights(
        town,
        month,
        OUT_AGE,
        max(s.staff_outpatient * 1.07 - chronic[0], 1),
        max(s.resident_outpatient - chronic[1], 0.8),
    )
    person = _persons(rng, weight, 1.0)
    diag = _diagnoses(town, rng, person, month, "outpatient")
    dept = town.book.diagnoses["dept"].to_numpy()[diag]
    tier = _tiers(rng, p.staff[person], (TIER_SHARE[True], TIER_SHARE[False]))
    tier = np.where((dept == "肿瘤") & (tier > 1), 0, np.where((dept == "口腔") & (tier == 2), 3, tier))
    tier = np.where((dept == "精神") & (rng.random(len(tier)) < 0.35), 4, tier)
    tier = np.where((tier < 4) & (rng.random(len(tier)) < s.remote_visits), 5, tier)
    inst = _institution(
        town, rng, person, tier, ("tertiary", "secondary", "primary", "clinic", "psychiatric", "remote")
    )
    urgent = (town.providers.level[inst] >= 2) & (rng.random(len(person)) < 0.12) & (dept != "口腔")
    seconds = np.where(urgent, hours(rng, len(person), "night"), hours(rng, len(person)))
    beg = _days(rng, town.days(month), len(person)) * DAY + seconds
    return visits(
        person=person,
        inst=inst,
        diag=diag,
        beg=beg,
        end=beg + rng.integers(600, 7200, len(beg)),
        kind=np.where(urgent, KINDS["emergency"], KINDS["outpatient"]),
        med=np.where(urgent, 13, 11),
    )


def _chronic(town: Town, month: int) -> pd.DataFrame:
    rng, p, days = town.stream("chronic", month), town.people, town.days(month)
    first, length = int(days["day"].iloc[0]), len(days)
    who = np.flatnonzero((p.chronic >= 0) & insured(town, month))
    offset = (-(first + p.phase[who])) % p.interval[who]
    person = np.concatenate([who[offset < length], who[offset + 28 < length]])
    day = np.concatenate([offset[offset < length], offset[offset + 28 < length] + 28]) + first
    again = np.concatenate([np.zeros((offset < length).sum(), bool), np.ones((offset + 28 < length).sum(), bool)])
    keep = (rng.random(len(person)) < 0.93) & ~(again & (p.interval[person] != 28))
    person, day = person[keep], day[keep]
    turn = (person * 7919) % 10
    tier = np.select([turn < 6, turn < 9], [2, 1], 0)
    favourites = np.stack([town.choices[t].favourite for t in ("tertiary", "secondary", "primary")])
    inst = favourites[tier, person]
    mental = np.char.startswith(town.book.diagnoses["diag_code"].to_numpy(str)[p.chronic[person]], "F")
    inst = np.where(mental, town.choices["psychiatric"].favourite[person], inst)
    beg = (day + rng.integers(0, 3, len(day))) * DAY + hours(rng, len(day))
    beg = np.minimum(beg, (first + length) * DAY - 7200)
    return visits(
        person=person,
        inst=inst,
        diag=p.chronic[person],
        beg=beg,
        end=beg + 3600,
        kind=KINDS["chronic"],
        med=14,
        supply=p.interval[person],
    )


def _pharmacy(town: Town, month: int) -> pd.DataFrame:
    rng, s = town.stream("pharmacy", month), shape()
    weight = _weights(town, month, OUT_AGE, s.staff_pharmacy * 1.08, 0.12) ** 0.8
    target = _weights(town, month, OUT_AGE, s.staff_pharmacy * 1.08, 0.12).sum()
    person = _persons(rng, weight, target / max(weight.sum(), 1e-9))
    inst = town.choices["pharmacy"].draw(rng, person, town.people.cell[person])
    beg = _days(rng, town.days(month), len(person), 0.8) * DAY + hours(rng, len(person), "shop")
    return visits(
        person=person,
        inst=inst,
        diag=_diagnoses(town, rng, person, month, "outpatient"),
        beg=beg,
        end=beg,
        kind=KINDS["pharmacy"],
        med=41,
    )


def _length(town: Town, rng: np.random.Generator, diag: np.ndarray, level: np.ndarray) -> np.ndarray:
    mean = town.book.diagnoses["los"].to_numpy(float)[diag] * np.where(level == 3, 0.92, 1.0)
    days = rng.gamma(3.2, mean / 3.2)
    long = rng.random(len(diag)) < 0.018
    return np.clip(np.where(long, days * rng.uniform(2.5, 6, len(diag)), days), 1, 120).round().astype(np.int64)


def _stays(town: Town, month: int) -> pd.DataFrame:
    rng, s, p = town.stream("stays", month), shape(), town.people
    spare = 1.01
    weight = _weights(town, month, STAY_AGE, s.staff_inpatient * spare, s.resident_inpatient * spare)
    person = _persons(rng, weight, 1.0)
    diag = _diagnoses(town, rng, person, month, "inpatient")
    sick = town.book.diagnoses
    heavy = (sick["surgery"].to_numpy(float)[diag] > 0.3) | np.isin(sick["dept"].to_numpy()[diag], ["肿瘤", "神经"])
    tier = np.where(
        heavy,
        _tiers(rng, p.staff[person], (STAY_SHARE[True, True], STAY_SHARE[False, True])),
        _tiers(rng, p.staff[person], (STAY_SHARE[True, False], STAY_SHARE[False, False])),
    )
    mental = np.char.startswith(sick["diag_code"].to_numpy(str)[diag], "F")
    remote = rng.random(len(person)) < s.remote_stays * np.where(heavy, 1.6, 0.7)
    tier = np.where(remote, 5, np.where(mental, 4, tier))
    inst = _institution(
        town, rng, person, tier, ("tertiary", "secondary", "private", "primary", "psychiatric", "remote")
    )
    level = town.providers.level[inst]
    days = _length(town, rng, diag, level)
    beg = _days(rng, town.days(month), len(person), 0.3) * DAY + hours(rng, len(person))
    end = (day_of(beg) + days) * DAY + (np.clip(rng.normal(10.5, 1.6, len(beg)), 8, 17) * 3600).astype(np.int64)
    injury = np.char.startswith(sick["diag_code"].to_numpy(str)[diag], "S")
    urgent = rng.random(len(person)) < 0.14
    med = np.select([remote, injury, urgent], [25, 22, 24], 21)
    dscg = rng.choice([1, 4, 9], len(person), p=[0.955, 0.035, 0.01])
    surgery = _surgery(town, rng, diag, level)
    return visits(
        person=person, inst=inst, kind=KINDS["stay"], med=med, diag=diag, beg=beg, end=end, dscg=dscg, surgery=surgery
    )


def _surgery(town: Town, rng: np.random.Generator, diag: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Operation of a stay, -1 for none; hospitals of level 1 operate little."""
    share = town.book.diagnoses["surgery"].to_numpy(float)[diag] * np.where(level >= 2, 1.5, 0.4)
    item = town.book.pools["surgery"].draw(rng, diag)
    least = town.book.items["min_hosp_lv"].replace("", "1").to_numpy(int)[np.maximum(item, 0)]
    return np.where((rng.random(len(diag)) < share) & (item >= 0) & (level >= least), item, -1)


def _maternity(town: Town, month: int) -> pd.DataFrame:
    rng, p, days = town.stream("maternity", month), town.people, town.days(month)
    age = p.age(float(days["day"].iloc[0]))
    able = ((p.sex == 2) & (age > 20) & (age < 42) & insured(town, month)).astype(float) * np.exp(
        -(((age - 29) / 5) ** 2)
    )
    if able.sum() == 0:
        return visits(person=np.zeros(0, dtype=int))
    mothers = _persons(rng, able, BIRTHS * p.n / 12 / able.sum())
    visitors = _persons(rng, able, 5.5 * BIRTHS * p.n / 12 / able.sum())
    section = rng.random(len(mothers)) < 0.42
    d = town.book.disease
    diag = np.where(section, d["O82.000"], d["O80.000"])
    inst = _institution(town, rng, mothers, (rng.random(len(mothers)) < 0.6).astype(int), ("tertiary", "secondary"))
    beg = _days(rng, days, len(mothers), 0.9) * DAY + rng.integers(0, DAY - 3600, len(mothers))
    length = np.where(section, rng.integers(5, 8, len(mothers)), rng.integers(3, 6, len(mothers)))
    end = (day_of(beg) + length) * DAY + 38_000
    births = visits(
        person=mothers,
        inst=inst,
        kind=KINDS["stay"],
        med=52,
        diag=diag,
        beg=beg,
        end=end,
        surgery=np.where(section, town.book.item("剖宫产术"), town.book.item("单胎顺产接生")),
    )
    beg = _days(rng, days, len(visitors)) * DAY + hours(rng, len(visitors))
    checks = visits(
        person=visitors,
        inst=town.choices["secondary"].favourite[visitors],
        kind=KINDS["maternity"],
        med=51,
        diag=d["Z34.900"],
        beg=beg,
        end=beg + 5400,
    )
    return pd.concat([births, checks], ignore_index=True)


def honest_visits(town: Town, month: int) -> pd.DataFrame:
    """All honest visits that begin in a month, before they are fitted to one another."""
    parts = [
        _stays(town, month),
        _maternity(town, month),
        _outpatient(town, month),
        _chronic(town, month),
        _pharmacy(town, month),
    ]
    return pd.concat(parts, ignore_index=True)


def settle_conflicts(town: Town, found: pd.DataFrame, busy: np.ndarray, later: pd.DataFrame) -> pd.DataFrame:
    """Drop what cannot be: care outside a stay while in hospital, stays that overlap, care after death.

    Planned visits win over others; `loose` ones may overlap anything. `busy` holds the end of the last stay of
    each person (days) and is brought forward; `later` are planned stays of the months to come.
    """
    died = town.people.death[found["person"]]
    alive = (died == 0) | (day_of(found["beg"]) < died) | (found["loose"] == 1)
    found = found[alive & _present(town, found)].reset_index(drop=True)
    stay = found["kind"] == KINDS["stay"]
    found.loc[stay] = _cut_at_death(town, found[stay])
    stays = pd.concat([found[stay].assign(ghost=False), later.assign(ghost=True)], ignore_index=True)
    stays = _without_overlaps(stays.assign(planned=stays["key"] >= 0), busy)
    stays = stays[~stays["ghost"]]
    others = found[~stay]
    inside = _inside(others, stays)
    free = (day_of(others["beg"]) > busy[others["person"]]) | (others["loose"] == 1)
    others = others[free & ~(inside & (others["loose"] == 0))]
    np.maximum.at(busy, stays["person"].to_numpy(), day_of(stays["end"].to_numpy()))
    return pd.concat([stays.drop(columns=["planned", "ghost"]), others], ignore_index=True)


def _present(town: Town, found: pd.DataFrame) -> np.ndarray:
    """Visits of persons who are neither abroad nor in custody then; loose ones stay."""
    p, person = town.people, found["person"].to_numpy()
    gone = (p.away[person] > 0) & (day_of(found["end"].to_numpy()) >= p.away[person])
    gone &= day_of(found["beg"].to_numpy()) <= p.back[person]
    return ~gone | (found["loose"].to_numpy() == 1)


def _cut_at_death(town: Town, stays: pd.DataFrame) -> pd.DataFrame:
    died = town.people.death[stays["person"]]
    cut = (died > 0) & (day_of(stays["end"]) >= died) & (stays["loose"] == 0)
    out = stays.copy()
    out.loc[cut, "end"] = np.maximum(died[cut] * DAY + 40_000, stays.loc[cut, "beg"] + 7200)
    out.loc[cut, "dscg"] = 5
    return out


def _without_overlaps(stays: pd.DataFrame, busy: np.ndarray) -> pd.DataFrame:
    ordered = stays.sort_values(["person", "beg"], kind="stable")
    soft = ~ordered["planned"].astype(bool) & (ordered["loose"] == 0)
    ordered = ordered[~(soft & (day_of(ordered["beg"]) <= busy[ordered["person"]]))]
    while True:
        same = ordered["person"].eq(ordered["person"].shift())
        close = same & (day_of(ordered["beg"]) <= day_of(ordered["end"].shift(fill_value=0)))
        soft = ~ordered["planned"].astype(bool)
        late, early = close & soft, close.shift(-1, fill_value=False) & soft & ~soft.shift(-1, fill_value=True)
        bad = late | early
        if not bad.any():
            return ordered
        ordered = ordered[~bad]


def _inside(others: pd.DataFrame, stays: pd.DataFrame) -> pd.Series:
    """Visits during a stay of the same person."""
    pairs = (
        others[["person", "beg"]]
        .reset_index()
        .merge(stays[["person", "beg", "end"]], on="person", suffixes=("", "_stay"))
    )
    hit = (day_of(pairs["beg"]) >= day_of(pairs["beg_stay"])) & (day_of(pairs["beg"]) <= day_of(pairs["end"]))
    return pd.Series(others.index.isin(pairs.loc[hit, "index"]), index=others.index)

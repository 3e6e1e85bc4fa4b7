"""Where care is given: hospitals by level, primary care, clinics, pharmacies, places outside; doctors; choice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from yb_analytics.city._people import People, credit_codes
from yb_analytics.city._shape import COUNTIES, shape, stream

TIERS = ("tertiary", "secondary", "private", "psychiatric", "primary", "clinic", "pharmacy", "remote")
COUNT = {
    "tertiary": (4, 0.25),
    "secondary": (12, 0.29),
    "private": (6, 0.33),
    "psychiatric": (2, 0.2),
    "primary": (21, 0.32),
    "clinic": (42, 0.61),
    "pharmacy": (63, 0.67),
    "remote": (14, 0.1),
}
"""How many for 20,000 persons, and the power by which the number grows with the city."""
LEVEL = {
    "tertiary": 3,
    "secondary": 2,
    "private": 1,
    "psychiatric": 2,
    "primary": 1,
    "clinic": 1,
    "pharmacy": 0,
    "remote": 3,
}
GRADES = {
    "tertiary": ["02", "02", "03"],
    "secondary": ["05", "05", "06"],
    "private": ["09", "10"],
    "psychiatric": ["06"],
    "primary": ["08", "09", "11"],
    "clinic": ["11"],
    "pharmacy": ["11"],
    "remote": ["02"],
}
NAMES = {
    "tertiary": "{}第{}医院",
    "secondary": "{}第{}人民医院",
    "private": "{}康{}医院",
    "psychiatric": "{}第{}精神卫生中心",
    "primary": "{}第{}社区卫生服务中心",
    "clinic": "{}安{}诊所",
    "pharmacy": "{}益{}大药房",
    "remote": "异地第{1}医院",
}


@dataclass
class Providers:
    """Institutions as arrays; places outside the city come last."""

    n: int
    local: int
    tier: np.ndarray
    level: np.ndarray
    county: np.ndarray
    grade: np.ndarray
    code: np.ndarray
    name: np.ndarray
    natu: np.ndarray
    beds: np.ndarray
    lnt: np.ndarray
    lat: np.ndarray
    size: np.ndarray
    rate: np.ndarray
    adopted: np.ndarray
    first_doctor: np.ndarray
    doctors: np.ndarray
    area: np.ndarray

    def of(self, *tiers: str) -> np.ndarray:
        """Rows of the institutions of these tiers."""
        return np.flatnonzero(np.isin(self.tier, [TIERS.index(t) for t in tiers]))


def _tiers(persons: int) -> np.ndarray:
    counts = [
        max(2 if t in ("tertiary", "psychiatric") else 7, round(c * (persons / 20_000) ** p))
        for t, (c, p) in COUNT.items()
    ]
    return np.repeat(np.arange(len(TIERS)), counts)


def _codes(tier: np.ndarray, county: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    far = rng.choice(["310101", "310104", "330102", "330106", "320505", "110105"], len(tier))
    area = np.where(tier == TIERS.index("remote"), far, COUNTIES["code"].to_numpy()[county])
    serial = rng.permutation(90_000)[: len(tier)] + 10_000
    letter = np.where(tier == TIERS.index("pharmacy"), "P", "H")
    return np.array([f"{a}{b}{c}" for a, b, c in zip(letter, area, serial, strict=True)]), area


def make_providers(seed: int, persons: int, months: int) -> Providers:
    """Institutions of a city."""
    s, rng = shape(), stream(seed, "providers")
    tier = _tiers(persons)
    n, local = len(tier), int((tier != TIERS.index("remote")).sum())
    county = rng.choice(7, n, p=COUNTIES["share"])
    for t in ("secondary", "primary", "clinic", "pharmacy"):
        rows = np.flatnonzero(tier == TIERS.index(t))
        county[rows[: 7 * (len(rows) // 7)]] = np.tile(np.arange(7), len(rows) // 7)
    county[tier == TIERS.index("tertiary")] = np.resize([0, 0, 4, 6], (tier == 0).sum())
    grade = np.array([rng.choice(GRADES[TIERS[t]]) for t in tier])
    code, area = _codes(tier, county, rng)
    place = np.where(tier == 7, "异地", COUNTIES["name"].to_numpy()[county])
    name = np.array([NAMES[TIERS[t]].format(p, i + 1) for i, (t, p) in enumerate(zip(tier, place, strict=True))])
    spread = np.where(tier == 0, 0.01, 0.09)
    beds = np.select([tier == 0, tier == 1, tier == 2, tier == 3, tier == 4], [520, 170, 45, 110, 18], 0)
    beds = np.where(beds > 0, np.maximum(8, beds * (persons / 20_000) ** 0.7 * rng.uniform(0.7, 1.4, n)), 0)
    doctors = np.select([tier == 0, tier == 1, tier == 3, tier == 4, tier == 5, tier == 6], [60, 28, 10, 8, 2, 0], 9)
    adopted = np.clip((rng.random(n) - s.trace_start) / (s.trace_end - s.trace_start), 0, 2) * months
    return Providers(
        n,
        local,
        tier,
        np.array([LEVEL[TIERS[t]] for t in tier]),
        county,
        grade,
        code,
        name,
        np.where(np.isin(tier, [2, 5, 6]), "2", "1"),
        beds.astype(int),
        np.round(COUNTIES["lnt"].to_numpy()[county] + rng.normal(0, spread), 5),
        np.round(COUNTIES["lat"].to_numpy()[county] + rng.normal(0, spread * 0.8), 5),
        rng.lognormal(0, 0.7, n),
        rng.uniform(0.9, 1.0, n),
        adopted.astype(int),
        np.concatenate([[0], np.cumsum(doctors)[:-1]]),
        doctors,
        area,
    )


def doctor_codes(index: np.ndarray) -> np.ndarray:
    """Digits of a doctor's code, to be led by `D`."""
    return 330400000000 + np.asarray(index, dtype=np.int64) * 11 + 10007


def institution_credit(providers: Providers) -> np.ndarray:
    """Credit codes of the local institutions."""
    return credit_codes(5_000_000 + np.arange(providers.local), "52")


def register(providers: Providers, seed: int) -> pd.DataFrame:
    """`fixmedins_b`: local institutions only."""
    rng, k = stream(seed, "fixmedins_b"), providers.local
    kinds = np.array(["1", "1", "2", "3", "4", "5", "6", "1"])
    shop = providers.tier[:k] == TIERS.index("pharmacy")
    begin = pd.to_datetime("2012-01-01") + pd.to_timedelta(rng.integers(0, 4000, k), unit="D")
    beds = np.where(providers.beds[:k] > 0, providers.beds[:k], np.nan)
    return pd.DataFrame(
        {
            "fixmedins_code": providers.code[:k],
            "fixmedins_name": providers.name[:k],
            "fixmedins_type": np.where(shop, "2", "1"),
            "fix_blng_admdvs": COUNTIES["code"].to_numpy()[providers.county[:k]],
            "hosp_lv": providers.grade[:k],
            "medins_natu": providers.natu[:k],
            "medins_type": kinds[providers.tier[:k]],
            "aprv_bed_cnt": beds,
            "lnt": providers.lnt[:k],
            "lat": providers.lat[:k],
            "uscc": institution_credit(providers),
            "lmtpric_hosp_lv": providers.grade[:k],
            "begntime": begin,
            "endtime": pd.NaT,
            "precheck_flag": np.where(rng.random(k) < 0.74, "1", "0"),
        }
    )


def doctor_register(providers: Providers, seed: int) -> pd.DataFrame:
    """`dr_info_b`."""
    rng = stream(seed, "dr_info_b")
    total = int(providers.doctors[: providers.local].sum())
    home = np.repeat(np.arange(providers.local), providers.doctors[: providers.local])
    return pd.DataFrame(
        {
            "dr_code": np.char.add("D", doctor_codes(np.arange(total)).astype(str)),
            "medins_code": providers.code[home],
            "mul_prac_flag": np.where(rng.random(total) < 0.04, "1", "0"),
            "psn_stas": np.where(rng.random(total) < 0.98, "1", "2"),
            "cntr_begntime": pd.to_datetime("2015-01-01") + pd.to_timedelta(rng.integers(0, 3200, total), unit="D"),
        }
    )


@dataclass
class Choice:
    """Chances of each institution of a tier for each neighbourhood (84 cells), and everyone's favourite."""

    rows: np.ndarray
    cumulated: np.ndarray
    favourite: np.ndarray
    loyalty: float

    def draw(self, rng: np.random.Generator, person: np.ndarray, cell: np.ndarray) -> np.ndarray:
        """Institution of each visit."""
        at = np.searchsorted(self.cumulated.ravel(), cell + rng.random(len(cell)) * 0.999999, side="right")
        other = self.rows[np.clip(at - cell * len(self.rows), 0, len(self.rows) - 1)]
        return np.where(rng.random(len(cell)) < self.loyalty, self.favourite[person], other)


def make_choices(providers: Providers, people: People, seed: int) -> dict[str, Choice]:
    """How persons choose: nearness and size; tertiary hospitals draw from far away."""
    rng = stream(seed, "choices")
    county = np.repeat(np.arange(7), 12)
    lnt = COUNTIES["lnt"].to_numpy()[county] + rng.normal(0, 0.09, 84)
    lat = COUNTIES["lat"].to_numpy()[county] + rng.normal(0, 0.07, 84)
    out = {}
    for name, tiers, reach, loyalty in (
        ("tertiary", ("tertiary",), 40, 0.6),
        ("secondary", ("secondary", "private"), 9, 0.65),
        ("primary", ("primary",), 3.5, 0.85),
        ("clinic", ("clinic",), 4, 0.75),
        ("pharmacy", ("pharmacy",), 3.5, 0.7),
        ("remote", ("remote",), 1e4, 0.8),
        ("psychiatric", ("psychiatric",), 40, 0.9),
        ("private", ("private",), 10, 0.6),
    ):
        rows = providers.of(*tiers)
        x = (lnt[:, None] - providers.lnt[rows]) * 95.6
        y = (lat[:, None] - providers.lat[rows]) * 111.2
        weight = providers.size[rows] * np.exp(-np.hypot(x, y) / reach) + 1e-6
        cumulated = np.cumsum(weight / weight.sum(axis=1, keepdims=True), axis=1)
        cumulated = np.minimum(cumulated, 1.0) + np.arange(84)[:, None]
        choice = Choice(rows, cumulated, np.zeros(people.n, dtype=int), 0.0)
        choice.favourite = choice.draw(rng, np.arange(people.n), people.cell)
        choice.loyalty = loyalty
        out[name] = choice
    return out

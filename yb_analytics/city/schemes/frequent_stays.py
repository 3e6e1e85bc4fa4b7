"""Persons who live in hospitals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan, person_id
from yb_analytics.city._scenes import sick, stays
from yb_analytics.city._target import amount, healthy
from yb_analytics.city._town import DAY, Town
from yb_analytics.city.schemes import scheme

SICK = ("I25.100", "J44.100", "E11.900", "M51.200", "R42.x00")


@scheme(grain="stay", subject="person")
def frequent_stays(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """频繁住院 · Frequent stays.

    A person goes from hospital to hospital, a week here and a week there, without an illness that calls for it.
    """
    obvious = strength == "obvious"
    who = healthy(town, rng, amount(town, 4), youngest=55, oldest=80)
    parts = []
    for row, person in enumerate(who):
        count = int(rng.integers(9, 13) if obvious else rng.integers(5, 7))
        gap = rng.integers(11, 22, count)
        day = town.first + int(rng.integers(3, 25)) + np.cumsum(gap)
        inst = rng.choice(np.r_[town.providers.of("secondary"), town.providers.of("private")], count)
        parts.append(stays(town, rng, np.full(count, person), inst, day, rng.integers(5, 10, count),
                           sick(town, rng, SICK, count), plant=row))
    seen = pd.concat(parts, ignore_index=True)
    return Plan([("person", person_id(i)) for i in who], seen[seen["end"] // DAY < town.last])

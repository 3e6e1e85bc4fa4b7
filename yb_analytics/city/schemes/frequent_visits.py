"""Persons at the clinic every other day."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan, person_id
from yb_analytics.city._scenes import clinics, sick, somewhen
from yb_analytics.city._target import amount, healthy
from yb_analytics.city._town import DAY, Town
from yb_analytics.city.schemes import scheme

SICK = ("M54.502", "R42.x00", "K29.501", "G47.000", "I10.x00")


@scheme(subject="person")
def frequent_visits(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """频繁门诊 · Frequent visits.

    A person is seen at one clinic after another, several times a week for months, with changing complaints.
    """
    obvious = strength == "obvious"
    who = healthy(town, rng, amount(town, 4), youngest=40, oldest=80)
    parts = []
    for row, person in enumerate(who):
        count = int(rng.integers(90, 130) if obvious else rng.integers(45, 60))
        first = int(somewhen(town, rng, 1, 200)[0])
        day = first + np.sort(rng.choice(180, count, replace=False))
        beg = day * DAY + rng.integers(8, 17, count) * 3600
        where = rng.choice(np.r_[town.providers.of("clinic"), town.providers.of("primary")], 6)
        parts.append(clinics(town, np.full(count, person), rng.choice(where, count), beg, sick(town, rng, SICK, count),
                             plant=row))
    seen = pd.concat(parts, ignore_index=True)
    return Plan([("person", person_id(i)) for i in who], seen[seen["beg"] // DAY < town.last])

"""One card used in two places at once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan, person_id
from yb_analytics.city._scenes import clinics, sick, somewhen
from yb_analytics.city._target import amount, healthy
from yb_analytics.city._town import DAY, Town
from yb_analytics.city.schemes import scheme

SICK = ("I10.x00", "E11.900", "M54.502", "K29.501")


@scheme(subject="person")
def impersonation(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """冒名就医 · Impersonation.

    Relatives use a person's credential in another city on the very hours in which the person is seen at home. The
    truth names the settlements elsewhere.
    """
    obvious = strength == "obvious"
    who = healthy(town, rng, amount(town, 4), youngest=30, oldest=75)
    parts = []
    for row, person in enumerate(who):
        count = int(rng.integers(6, 10) if obvious else rng.integers(2, 4))
        beg = np.sort(somewhen(town, rng, count)) * DAY + rng.integers(8, 12, count) * 3600
        home = town.choices["primary"].favourite[np.full(count, person)]
        far = np.full(count, rng.choice(town.providers.of("remote")))
        gap = rng.integers(900, 3000, count) if obvious else rng.integers(4500, 7200, count)
        one = np.full(count, person)
        parts.append(clinics(town, one, home, beg, sick(town, rng, SICK, count), loose=1))
        parts.append(clinics(town, one, far, beg + gap, sick(town, rng, SICK, count), plant=row, loose=1))
    return Plan([("person", person_id(i)) for i in who], pd.concat(parts, ignore_index=True))

"""Stays far from home that nobody slept."""

from __future__ import annotations

import numpy as np

from yb_analytics.city._plan import Plan
from yb_analytics.city._scenes import clinics, of_institutions, sick, somewhen, stays
from yb_analytics.city._target import amount, healthy, places
from yb_analytics.city._town import DAY, Town
from yb_analytics.city.schemes import scheme

SICK = ("I63.900", "C34.900", "J18.900", "M51.200")


@scheme(grain="stay", subject="institution")
def out_of_area(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """异地住院异常 · Stays elsewhere.

    A hospital in another city bills stays of insured persons who were seen at home on days of the stay.
    """
    obvious = strength == "obvious"
    where = places(town, rng, ("remote",), amount(town, 1))
    parts = []
    for row, inst in enumerate(where):
        who = healthy(town, rng, int(rng.integers(8, 13) if obvious else rng.integers(3, 5)), youngest=50)
        day, nights = somewhen(town, rng, len(who), 40), rng.integers(9, 16, len(who))
        parts.append(stays(town, rng, who, inst, day, nights, sick(town, rng, SICK, len(who)), plant=row, loose=1))
        out = np.repeat(np.arange(len(who)), 3 if obvious else 1)
        beg = (day[out] + rng.integers(2, 8, len(out))) * DAY + rng.integers(8, 16, len(out)) * 3600
        parts.append(clinics(town, who[out], town.choices["primary"].favourite[who[out]], beg,
                             sick(town, rng, ("I10.x00", "M54.502"), len(out)), loose=1))
    return of_institutions(town, where, parts)

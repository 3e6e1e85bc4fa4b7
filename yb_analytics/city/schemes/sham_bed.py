"""Beds that are charged and not slept in."""

from __future__ import annotations

import numpy as np

from yb_analytics.city._plan import Plan
from yb_analytics.city._scenes import clinics, daily_lines, of_institutions, sick, somewhen, stays
from yb_analytics.city._target import amount, healthy, places
from yb_analytics.city._town import DAY, Town
from yb_analytics.city.schemes import scheme

NOTHING_DONE = ("三人间床位费", "三级护理")
SICK = ("M54.502", "R42.x00", "I25.100", "M17.900")


@scheme(grain="stay", subject="institution")
def sham_bed(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """挂床住院 · Beds not slept in.

    Persons are admitted, pay bed and nursing and little else, and are seen meanwhile at other institutions. The
    truth names the stays.
    """
    obvious = strength == "obvious"
    where = places(town, rng, ("private", "secondary", "primary"), amount(town, 2))
    parts, rows = [], []
    for row, inst in enumerate(where):
        who = healthy(town, rng, int(rng.integers(12, 20) if obvious else rng.integers(5, 8)), int(inst), youngest=50)
        day = somewhen(town, rng, len(who), 40)
        stay = stays(town, rng, who, inst, day, rng.integers(9, 15, len(who)), sick(town, rng, SICK, len(who)),
                     plant=row, recipe=1 if obvious else 2, loose=1)
        rows.append(daily_lines(town, stay, NOTHING_DONE))
        times = rng.integers(2, 5, len(who)) if obvious else rng.integers(0, 2, len(who))
        out = np.repeat(np.arange(len(who)), times)
        beg = (day[out] + rng.integers(2, 8, len(out))) * DAY + rng.integers(8, 16, len(out)) * 3600
        near = town.choices["primary"].favourite[who[out]]
        parts += [stay, clinics(town, who[out], near, beg, sick(town, rng, SICK, len(out)), loose=1)]
    return of_institutions(town, where, parts, rows)

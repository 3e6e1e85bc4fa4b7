"""A week in which half a school has the flu."""

from __future__ import annotations

import numpy as np

from yb_analytics.city._plan import Plan
from yb_analytics.city._scenes import clinics, of_institutions, sick, somewhen
from yb_analytics.city._target import amount, healthy, places
from yb_analytics.city._town import DAY, Town
from yb_analytics.city.schemes import scheme


@scheme(kind="innocent", subject="institution")
def innocent_outbreak(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """聚集性疫情 · Outbreak.

    In one week a health centre sees many children of one place with the same illness and gives them the same drugs:
    like a busload, and right.
    """
    where = places(town, rng, ("primary",), amount(town, 2))
    parts = []
    for row, inst in enumerate(where):
        who = healthy(town, rng, int(rng.integers(18, 30)), int(inst), youngest=6, oldest=15)
        first = int(somewhen(town, rng, 1, 10)[0])
        beg = (first + rng.integers(0, 6, len(who))) * DAY + rng.integers(8, 16, len(who)) * 3600
        parts.append(clinics(town, who, inst, beg, sick(town, rng, ("J11.101", "J06.900"), len(who)), plant=row))
    return of_institutions(town, where, parts)

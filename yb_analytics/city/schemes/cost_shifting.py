"""Costs of a stay moved to outpatient bills."""

from __future__ import annotations

import numpy as np

from yb_analytics.city._plan import Plan
from yb_analytics.city._scenes import clinics, of_institutions, sick, somewhen, stays
from yb_analytics.city._target import amount, healthy, places
from yb_analytics.city._town import DAY, Town
from yb_analytics.city.schemes import scheme

SICK = ("I25.100", "I63.900", "K25.900", "J18.900")


@scheme(subject="institution")
def cost_shifting(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """转嫁费用 · Shifted costs.

    While a person lies in the hospital, the same hospital settles drugs and tests of the stay as outpatient visits,
    so that the stay's payment by group is not burdened. The truth names the outpatient settlements.
    """
    obvious = strength == "obvious"
    where = places(town, rng, ("secondary", "tertiary"), amount(town, 2))
    parts = []
    for row, inst in enumerate(where):
        who = healthy(town, rng, int(rng.integers(16, 26) if obvious else rng.integers(6, 9)), int(inst), youngest=45)
        day, nights = somewhen(town, rng, len(who), 40), rng.integers(8, 13, len(who))
        found = sick(town, rng, SICK, len(who))
        parts.append(stays(town, rng, who, inst, day, nights, found, loose=1))
        out = np.repeat(np.arange(len(who)), rng.integers(2, 4, len(who)) if obvious else 1)
        beg = (day[out] + rng.integers(1, nights[out] - 1)) * DAY + rng.integers(9, 16, len(out)) * 3600
        parts.append(clinics(town, who[out], inst, beg, found[out], plant=row, loose=1))
    return of_institutions(town, where, parts)

"""Admissions that an outpatient visit would have done for."""

from __future__ import annotations

import numpy as np

from yb_analytics.city._plan import Plan
from yb_analytics.city._scenes import of_institutions, sick, somewhen, stays
from yb_analytics.city._target import amount, healthy, places
from yb_analytics.city._town import Town
from yb_analytics.city.schemes import scheme

MILD = ("J06.900", "J02.900", "R42.x00", "K30.x00", "M54.502", "R51.x00")


@scheme(grain="stay", subject="institution")
def low_threshold(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """低标准入院 · Low-threshold admissions.

    A hospital admits for two or three nights what others treat in the clinic, month after month.
    """
    obvious = strength == "obvious"
    where = places(town, rng, ("private", "secondary", "primary"), amount(town, 2))
    parts = []
    for row, inst in enumerate(where):
        who = healthy(town, rng, int(rng.integers(45, 70) if obvious else rng.integers(14, 20)), int(inst), youngest=40)
        parts.append(stays(town, rng, who, inst, somewhen(town, rng, len(who)), rng.integers(2, 5, len(who)),
                           sick(town, rng, MILD, len(who)), plant=row))
    return of_institutions(town, where, parts)

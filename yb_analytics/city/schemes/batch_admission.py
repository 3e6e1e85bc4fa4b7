"""Busloads admitted on one day with one bill."""

from __future__ import annotations

import numpy as np

from yb_analytics.city._plan import Plan
from yb_analytics.city._scenes import of_institutions, somewhen, stays
from yb_analytics.city._target import amount, healthy, places
from yb_analytics.city._town import Town
from yb_analytics.city._town import lines as line_rows
from yb_analytics.city.schemes import scheme

BILL = (("三人间床位费", 5), ("三级护理", 5), ("普通针刺", 10), ("中频脉冲电治疗", 10), ("推拿治疗", 5))


@scheme(grain="stay", subject="institution")
def batch_admission(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """虚假住院 · Batch admissions.

    A dozen persons are admitted on one day and discharged on another with bills that agree line by line.
    """
    obvious = strength == "obvious"
    where = places(town, rng, ("private", "primary", "secondary"), amount(town, 2))
    parts, rows = [], []
    for row, inst in enumerate(where):
        for day in somewhen(town, rng, 4 if obvious else 2, 20):
            size = int(rng.integers(9, 15) if obvious else rng.integers(4, 6))
            who = healthy(town, rng, size, int(inst), youngest=55)
            size = len(who)
            stay = stays(town, rng, who, inst, np.full(size, day), np.full(size, 5),
                         np.full(size, town.book.disease["M54.502"]), plant=row, recipe=1)
            parts.append(stay)
            for name, count in BILL:
                more = rng.integers(0, 3, size) if not obvious else 0
                rows.append(line_rows(key=stay["key"].to_numpy(), item=town.book.item(name), cnt=count + more, day=1))
    return of_institutions(town, where, parts, rows)

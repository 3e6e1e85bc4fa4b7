"""Groups taken together to a clinic again and again."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan
from yb_analytics.city._shape import KINDS
from yb_analytics.city._target import amount, healthy, places
from yb_analytics.city._town import DAY, Town, visits
from yb_analytics.city.schemes import scheme


@scheme(subject="institution")
def covisit(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """聚集就医 · Visits in groups.

    The same handful of persons appears in one clinic within the hour, a dozen times in half a year.
    """
    obvious = strength == "obvious"
    where = places(town, rng, ("clinic", "private", "primary"), amount(town, 2))
    parts = []
    for row, inst in enumerate(where):
        size = int(rng.integers(6, 11) if obvious else rng.integers(4, 6))
        trips = int(rng.integers(10, 16) if obvious else rng.integers(5, 8))
        who = healthy(town, rng, size, near=int(inst), youngest=55, oldest=88)
        first = town.first + int(rng.integers(0, max(1, town.last - town.first - 200)))
        days = np.sort(first + rng.choice(190, trips, replace=False))
        trip = np.repeat(np.arange(trips), len(who))
        person = np.tile(who, trips)
        here = rng.random(len(trip)) < (0.93 if obvious else 0.85)
        start = rng.uniform(7.6, 15.5, trips) * 3600
        beg = (days[trip] * DAY + start[trip] + rng.integers(0, 2400, len(trip))).astype(np.int64)[here]
        sick = rng.choice(
            [town.book.disease[c] for c in ("M54.502", "M17.900", "R42.x00", "K29.501", "J20.900")], len(beg)
        )
        parts.append(
            visits(
                person=person[here],
                inst=inst,
                kind=KINDS["outpatient"],
                med=11,
                diag=sick,
                beg=beg,
                end=beg + 3600,
                plant=row,
                key=town.fresh(len(beg)),
            )
        )
    seen = pd.concat(parts, ignore_index=True)
    return Plan([("institution", str(town.providers.code[i])) for i in where], seen[seen["beg"] // DAY < town.last])

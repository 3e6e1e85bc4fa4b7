"""A person in two hospitals at once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan
from yb_analytics.city._shape import KINDS
from yb_analytics.city._target import amount, healthy, places
from yb_analytics.city._town import DAY, Town, visits
from yb_analytics.city.schemes import scheme


@scheme(grain="stay", subject="institution")
def stay_overlap(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """住院重叠 · Overlapping stays.

    A hospital bills a stay while the person lies in another one. The truth names the invented stay.
    """
    obvious = strength == "obvious"
    where = places(town, rng, ("private", "secondary"), amount(town, 2))
    parts = []
    for row, inst in enumerate(where):
        who = healthy(town, rng, int(rng.integers(8, 14) if obvious else rng.integers(3, 5)), near=int(inst), youngest=50)
        count = len(who)
        real = town.choices["tertiary"].favourite[who]
        beg = (town.first + rng.integers(5, max(6, town.last - town.first - 25), count)) * DAY + rng.integers(8, 16, count) * 3600
        days = rng.integers(9, 15, count)
        end = (beg // DAY + days) * DAY + 38_000
        sick = rng.choice([town.book.disease[c] for c in ("I63.900", "I25.100", "J44.100", "J18.900")], count)
        parts.append(visits(person=who, inst=real, kind=KINDS["stay"], med=21, diag=sick, beg=beg, end=end,
                            key=town.fresh(count), loose=1))
        late = rng.integers(1, 4, count) if obvious else days - rng.integers(2, 4, count)
        beg2 = (beg // DAY + late) * DAY + rng.integers(8, 16, count) * 3600
        end2 = (beg2 // DAY + rng.integers(4, 8, count)) * DAY + 36_500
        parts.append(visits(person=who, inst=inst, kind=KINDS["stay"], med=21, diag=sick, beg=beg2, end=end2, plant=row,
                            key=town.fresh(count), loose=1))
    return Plan([("institution", str(town.providers.code[i])) for i in where], pd.concat(parts, ignore_index=True))

"""A person in two hospitals at once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan
from yb_analytics.city._shape import KINDS
from yb_analytics.city._target import amount, healthy, moment, places
from yb_analytics.city._town import DAY, Town, visits
from yb_analytics.city.schemes import scheme

DISEASES = ("I63.900", "I25.100", "J44.100", "J18.900")


def _pair(town: Town, rng: np.random.Generator, inst: int, row: int, obvious: bool) -> pd.DataFrame:
    """True stays in a large hospital, and the stays that `inst` bills meanwhile."""
    many = int(rng.integers(8, 14) if obvious else rng.integers(3, 5))
    who = healthy(town, rng, many, near=inst, youngest=50)
    count = len(who)
    sick = rng.choice([town.book.disease[c] for c in DISEASES], count)
    beg = moment(rng, town.first + rng.integers(5, max(6, town.last - town.first - 25), count), 8, 16)
    days = rng.integers(9, 15, count)
    large = town.choices["tertiary"].favourite[who]
    real = visits(person=who, inst=large, kind=KINDS["stay"], med=21, diag=sick, beg=beg,
                  end=(beg // DAY + days) * DAY + 38_000, key=town.fresh(count), loose=1)
    late = rng.integers(1, 4, count) if obvious else days - rng.integers(2, 4, count)
    beg = moment(rng, beg // DAY + late, 8, 16)
    end = (beg // DAY + rng.integers(4, 8, count)) * DAY + 36_500
    false = visits(person=who, inst=inst, kind=KINDS["stay"], med=21, diag=sick, beg=beg, end=end, plant=row,
                   key=town.fresh(count), loose=1)
    return pd.concat([real, false])


@scheme(grain="stay", subject="institution")
def stay_overlap(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """住院重叠 · Overlapping stays.

    A hospital bills a stay while the person lies in another one. The truth names the invented stay.
    """
    where = places(town, rng, ("private", "secondary"), amount(town, 2))
    parts = [_pair(town, rng, int(inst), row, strength == "obvious") for row, inst in enumerate(where)]
    return Plan([("institution", str(town.providers.code[i])) for i in where], pd.concat(parts, ignore_index=True))

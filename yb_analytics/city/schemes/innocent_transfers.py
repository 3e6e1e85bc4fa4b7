"""Transfers: a stay in the county, then at once a stay in a larger hospital."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan, person_id
from yb_analytics.city._shape import KINDS
from yb_analytics.city._target import healthy, moment
from yb_analytics.city._town import DAY, Town, visits
from yb_analytics.city.schemes import scheme

DISEASES = ("I63.900", "I61.900", "I21.900", "S72.000", "J18.900", "C18.900")


def _stay(rng: np.random.Generator, beg: np.ndarray, low: int, high: int, **what) -> pd.DataFrame:
    end = (beg // DAY + rng.integers(low, high, len(beg))) * DAY + rng.integers(10, 15, len(beg)) * 3600
    return visits(kind=KINDS["stay"], beg=beg, end=end, loose=1, **what)


@scheme(kind="innocent", grain="stay", subject="person")
def innocent_transfers(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """转院衔接住院 · Transfers between hospitals.

    The first stay ends with a transfer, the second begins on the same or the next day and names the first;
    a third leads back to the county for recovery now and then.
    """
    who = healthy(town, rng, max(4, town.people.n // 500), youngest=45)
    count = len(who)
    sick = rng.choice([town.book.disease[c] for c in DISEASES], count)
    county, city = town.choices["secondary"].favourite[who], town.choices["tertiary"].favourite[who]
    row, first, second = np.arange(count), town.fresh(count), town.fresh(count)
    beg = moment(rng, town.first + rng.integers(3, max(4, town.last - town.first - 5), count), 8, 20)
    one = _stay(rng, beg, 1, 6, person=who, inst=county, med=24, diag=sick, dscg=2, plant=row, key=first)
    beg = one["end"].to_numpy() + rng.integers(3600, 4 * 3600, count) + (rng.random(count) < 0.3) * 40_000
    two = _stay(rng, beg, 6, 16, person=who, inst=city, med=21, diag=sick, plant=row, key=second, ref=first)
    back = np.flatnonzero(rng.random(count) < 0.3)
    two.loc[back, "dscg"] = 2
    beg = two["end"].to_numpy()[back] + rng.integers(3600, 6 * 3600, len(back))
    three = _stay(rng, beg, 7, 20, person=who[back], inst=county[back], med=21, diag=sick[back], plant=back,
                  key=town.fresh(len(back)), ref=second[back])
    stays = pd.concat([one, two, three], ignore_index=True)
    return Plan([("person", person_id(i)) for i in who], stays[stays["beg"] // DAY < town.last])

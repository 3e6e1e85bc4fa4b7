"""A household shops together: several cards, one shop, a few minutes apart."""

from __future__ import annotations

import numpy as np

from yb_analytics.city._plan import Plan
from yb_analytics.city._scenes import purchases
from yb_analytics.city._town import DAY, Town
from yb_analytics.city.schemes import scheme

SICK = ("J06.900", "K29.501", "M54.502", "I10.x00", "L30.900")


@scheme(kind="innocent", subject="group")
def innocent_family_buying(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """家庭结伴购药 · Families buying together.

    Two to four members of one household use their cards in the same shop within minutes, about once a month.
    """
    p = town.people
    able = np.flatnonzero(p.staff & (p.death == 0) & (p.pause == 0) & (p.begin < town.first))
    size = np.bincount(p.household[able])
    homes = rng.permutation(np.flatnonzero((size >= 2) & (size <= 4)))[: max(6, town.people.n // 400)]
    rank = np.full(len(size) + 1, -1)
    rank[homes] = np.arange(len(homes))
    who = able[rank[p.household[able]] >= 0]
    home = rank[p.household[who]]
    members = np.argsort(home, kind="stable")
    count = np.bincount(home, minlength=len(homes))
    begin = np.cumsum(count) - count
    shop = town.choices["pharmacy"].favourite[who[members[begin]]]
    rate = rng.uniform(0.5, 1.4, len(homes))
    turns = rng.poisson(rate * town.months)
    trip_home = np.repeat(np.arange(len(homes)), turns)
    trip_day = town.first + rng.integers(0, town.last - town.first, len(trip_home))
    trip_at = trip_day * DAY + (np.clip(rng.normal(15, 3, len(trip_home)), 8, 20.5) * 3600).astype(np.int64)
    trip = np.repeat(np.arange(len(trip_home)), count[trip_home])
    first = np.repeat(np.cumsum(count[trip_home]) - count[trip_home], count[trip_home])
    person = who[members[begin[trip_home[trip]] + np.arange(len(trip)) - first]]
    comes = rng.random(len(trip)) < 0.8
    trip, person = trip[comes], person[comes]
    beg = trip_at[trip] + rng.integers(30, 420, len(trip))
    sick = rng.choice([town.book.disease[c] for c in SICK], len(trip))
    seen = purchases(town, person, shop[trip_home[trip]], beg, diag=sick, plant=trip_home[trip])
    return Plan([("group", f"household-{int(h)}") for h in homes], seen)

"""A civil servant's card that buys for the neighbourhood."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan, person_id
from yb_analytics.city._scenes import purchases, somewhen
from yb_analytics.city._target import amount
from yb_analytics.city._town import DAY, Town, visits
from yb_analytics.city.schemes import scheme


@scheme(subject="person", account=True)
def civil_card(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """公职人员医保卡异常 · Civil servant's card.

    The card of a public employee buys drugs several times a week in many shops, far beyond one household.
    """
    obvious, p = strength == "obvious", town.people
    fit = np.flatnonzero(p.civil & ~p.retired & (p.death == 0) & (p.pause == 0) & (p.begin < town.first))
    who = rng.choice(fit, min(amount(town, 3), len(fit)), replace=False)
    parts = [visits(person=np.zeros(0, dtype=int))]
    for row, person in enumerate(who):
        count = int(rng.integers(70, 100) if obvious else rng.integers(30, 40))
        first = int(somewhen(town, rng, 1, 170)[0])
        beg = (first + np.sort(rng.choice(160, count, replace=True))) * DAY + rng.integers(9, 20, count) * 3600
        shops = rng.choice(town.providers.of("pharmacy"), 7)
        parts.append(purchases(town, np.full(count, person), rng.choice(shops, count), beg, plant=row))
    seen = pd.concat(parts, ignore_index=True)
    return Plan([("person", person_id(i)) for i in who], seen[seen["beg"] // DAY < town.last])

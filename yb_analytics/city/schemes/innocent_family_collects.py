"""Relatives who collect what a sick person needs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan, person_id
from yb_analytics.city._scenes import purchases, sick, somewhen, stays
from yb_analytics.city._target import amount, healthy
from yb_analytics.city._town import DAY, Town
from yb_analytics.city.schemes import scheme


@scheme(kind="innocent", subject="person")
def innocent_family_collects(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """家属代购 · Collected by relatives.

    While a person lies in hospital or is abroad for a short visit, relatives collect the drugs of a chronic disease
    once or twice in a shop: allowed, and like somebody else's use of the card.
    """
    who = healthy(town, rng, amount(town, 8), youngest=60)
    day, nights = somewhen(town, rng, len(who), 40), rng.integers(9, 16, len(who))
    stay = stays(town, rng, who, town.choices["secondary"].favourite[who], day, nights,
                 sick(town, rng, ("I25.100", "J44.100", "E11.900"), len(who)))
    out = np.repeat(np.arange(len(who)), rng.integers(1, 3, len(who)))
    beg = (day[out] + rng.integers(2, nights[out] - 2)) * DAY + rng.integers(9, 18, len(out)) * 3600
    bought = purchases(town, who[out], town.choices["pharmacy"].favourite[who[out]], beg, plant=out, loose=1)
    return Plan([("person", person_id(i)) for i in who], pd.concat([stay, bought], ignore_index=True))

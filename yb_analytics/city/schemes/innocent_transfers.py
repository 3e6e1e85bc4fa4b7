"""Transfers: a stay in the county, then at once a stay in a larger hospital."""

from __future__ import annotations

import numpy as np

from yb_analytics.city._plan import Plan, person_id
from yb_analytics.city._shape import KINDS
from yb_analytics.city._town import DAY, Town, visits
from yb_analytics.city.schemes import scheme


@scheme(kind="innocent", grain="stay", subject="person")
def innocent_transfers(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """转院衔接住院 · Transfers between hospitals.

    The first stay ends with a transfer, the second begins on the same or the next day and names the first;
    a third leads back to the county for recovery now and then.
    """
    p, count = town.people, max(4, town.people.n // 500)
    age = p.age(town.first)
    who = rng.choice(np.flatnonzero((age > 45) & (p.death == 0) & (p.pause == 0) & (p.begin < town.first)), count, replace=False)
    disease = rng.choice([town.book.disease[c] for c in ("I63.900", "I61.900", "I21.900", "S72.000", "J18.900", "C18.900")], count)
    county, city = town.choices["secondary"].favourite[who], town.choices["tertiary"].favourite[who]
    beg = (town.first + rng.integers(3, max(4, town.last - town.first - 5), count)) * DAY + rng.integers(8, 20, count) * 3600
    days = rng.integers(1, 6, count)
    end = (beg // DAY + days) * DAY + rng.integers(10, 15, count) * 3600
    first = town.fresh(count)
    one = visits(person=who, inst=county, kind=KINDS["stay"], med=24, diag=disease, beg=beg, end=end, dscg=2,
                 plant=np.arange(count), key=first, loose=1)
    late = (rng.random(count) < 0.3).astype(int)
    beg2 = end + rng.integers(3600, 4 * 3600, count) + late * 40_000
    end2 = (beg2 // DAY + rng.integers(6, 16, count)) * DAY + 38_000
    second = town.fresh(count)
    two = visits(person=who, inst=city, kind=KINDS["stay"], med=21, diag=disease, beg=beg2, end=end2, dscg=1,
                 plant=np.arange(count), key=second, ref=first, loose=1)
    back = np.flatnonzero(rng.random(count) < 0.3)
    two.loc[back, "dscg"] = 2
    beg3 = end2[back] + rng.integers(3600, 6 * 3600, len(back))
    three = visits(person=who[back], inst=county[back], kind=KINDS["stay"], med=21, diag=disease[back], beg=beg3,
                   end=(beg3 // DAY + rng.integers(7, 20, len(back))) * DAY + 38_000, plant=back, key=town.fresh(len(back)),
                   ref=second[back], loose=1)
    import pandas as pd

    stays = pd.concat([one, two, three], ignore_index=True)
    return Plan([("person", person_id(i)) for i in who], stays[stays["beg"] // DAY < town.last])

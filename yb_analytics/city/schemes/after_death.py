"""Care billed for persons who have died."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan, person_id
from yb_analytics.city._shape import KINDS
from yb_analytics.city._target import amount
from yb_analytics.city._town import DAY, Town, hours, visits
from yb_analytics.city.schemes import scheme


@scheme(subject="person")
def after_death(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """死亡后结算 · Settled after death.

    The card goes on being used, for prescriptions and at the shop, weeks or months after the death.
    """
    p, obvious = town.people, strength == "obvious"
    gone = np.flatnonzero((p.death > 0) & (p.death < town.last - 40))
    who = rng.choice(gone, min(len(gone), amount(town, 6)), replace=False)
    parts = []
    for row, person in enumerate(who):
        count = int(rng.integers(6, 13) if obvious else rng.integers(1, 4))
        reach = min(
            int(rng.integers(90, 320)) if obvious else int(rng.integers(8, 60)), town.last - int(p.death[person]) - 1
        )
        day = p.death[person] + rng.integers(4, max(5, reach), count)
        shop = p.staff[person] & (rng.random(count) < 0.4)
        beg = day * DAY + np.where(shop, hours(rng, count, "shop"), hours(rng, count))
        inst = np.where(shop, town.choices["pharmacy"].favourite[person], town.choices["primary"].favourite[person])
        diag = p.chronic[person] if p.chronic[person] >= 0 else town.book.disease["I10.x00"]
        parts.append(
            visits(
                person=np.full(count, person),
                inst=inst,
                kind=np.where(shop, KINDS["pharmacy"], KINDS["chronic"]),
                med=np.where(shop, 41, 14),
                diag=diag,
                beg=beg,
                end=beg + np.where(shop, 0, 3600),
                supply=30,
                plant=row,
                key=town.fresh(count),
                loose=1,
            )
        )
    empty = visits(person=np.zeros(0, dtype=int))
    return Plan([("person", person_id(i)) for i in who], pd.concat([*parts, empty], ignore_index=True))

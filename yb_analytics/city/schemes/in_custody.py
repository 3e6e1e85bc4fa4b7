"""Care settled for persons in custody."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan, person_id
from yb_analytics.city._scenes import clinics, sick
from yb_analytics.city._target import amount, healthy
from yb_analytics.city._town import DAY, Town
from yb_analytics.city.schemes import scheme

SICK = ("I10.x00", "E11.900", "M54.502")


@scheme(subject="person")
def in_custody(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """在押期间就医 · Care in custody.

    Somebody uses the credential of a person who is held: the custody register says where the person was.
    """
    obvious = strength == "obvious"
    who = healthy(town, rng, amount(town, 4), youngest=22, oldest=58)
    town.people.held[who] = True
    town.people.away[who] = town.first + rng.integers(20, max(21, town.last - town.first - 110), len(who))
    town.people.back[who] = town.people.away[who] + rng.integers(50, 90, len(who))
    parts = []
    for row, person in enumerate(who):
        count = int(rng.integers(4, 8) if obvious else rng.integers(1, 3))
        day = town.people.away[person] + rng.integers(8, 45, count)
        beg = np.sort(day) * DAY + rng.integers(8, 16, count) * 3600
        near = np.full(count, town.choices["primary"].favourite[person])
        parts.append(clinics(town, np.full(count, person), near, beg, sick(town, rng, SICK, count), plant=row, loose=1))
    seen = pd.concat(parts, ignore_index=True)
    return Plan([("person", person_id(i)) for i in who], seen[seen["beg"] // DAY < town.last])

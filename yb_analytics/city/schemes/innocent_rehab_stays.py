"""Long quiet stays that are right."""

from __future__ import annotations

import numpy as np

from yb_analytics.city._plan import Plan, person_id
from yb_analytics.city._scenes import daily_lines, sick, somewhen, stays
from yb_analytics.city._target import amount, healthy
from yb_analytics.city._town import Town
from yb_analytics.city.schemes import scheme

SICK = ("I69.300", "S72.000", "G62.900")
DAILY = ("三人间床位费", "二级护理", "偏瘫肢体综合训练")


@scheme(kind="innocent", grain="stay", subject="person")
def innocent_rehab_stays(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """康复住院 · Rehabilitation stays.

    After a stroke or a fracture a person lies for weeks with bed, nursing and training and few drugs: like a bed
    nobody sleeps in, and right.
    """
    who = healthy(town, rng, amount(town, 6), youngest=55)
    day = somewhen(town, rng, len(who), 45)
    stay = stays(town, rng, who, town.choices["secondary"].favourite[who], day, rng.integers(18, 32, len(who)),
                 sick(town, rng, SICK, len(who)), plant=np.arange(len(who)), recipe=1)
    return Plan([("person", person_id(i)) for i in who], stay, daily_lines(town, stay, DAILY))

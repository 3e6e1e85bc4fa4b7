"""Care that the injury fund paid for, settled once more."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan
from yb_analytics.city._scenes import sick, somewhen, stays
from yb_analytics.city._target import amount, healthy
from yb_analytics.city._town import Town
from yb_analytics.city.schemes import scheme

HURT = ("S82.200", "S52.501", "S22.300", "S06.000", "S93.401")


@scheme(subject="person")
def work_injury_double(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """工伤重复享受 · Work injury settled twice.

    The injury fund recognised an accident and paid its treatment; the stay was settled with the medical fund too.
    """
    count = amount(town, 5 if strength == "obvious" else 3)
    who = healthy(town, rng, count, youngest=22, oldest=57, staff=True)
    who = who[(town.people.employer[who] >= 0) & ~town.people.retired[who]]
    day, nights = somewhen(town, rng, len(who), 60), rng.integers(7, 15, len(who))
    inst = town.choices["secondary"].favourite[who]
    stay = stays(town, rng, who, inst, day, nights, sick(town, rng, HURT, len(who)), plant=np.arange(len(who)), loose=1)
    late = rng.integers(0, 2 if strength == "obvious" else 9, len(who))
    number = town.people.number(who)
    serial = np.arange(len(who)) + (0 if strength == "obvious" else 50_000)
    injuries = pd.DataFrame({
        "injury_id": 330519000000 + serial, "psn_no": number,
        "emp_no": 330400100000 + town.people.employer[who] * 3 + 17, "fixmedins_code": town.providers.code[inst],
        "injury_date": day - late, "treat_end": day + nights + 20,
        "paid_amt": rng.integers(300_000, 2_000_000, len(who)), "invono": 3305900000 + serial,
        "rpt_date": day + nights + 30, "plant": np.arange(len(who)), "loss": 0})
    return Plan([("person", str(n)) for n in number], stay, rows={"hr_injury": injuries})

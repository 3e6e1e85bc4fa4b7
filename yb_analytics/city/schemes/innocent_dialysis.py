"""Dialysis: two or three visits a week to one place, for years."""

from __future__ import annotations

import numpy as np

from yb_analytics.city._plan import Plan, person_id
from yb_analytics.city._shape import KINDS
from yb_analytics.city._town import DAY, Town, lines, visits
from yb_analytics.city.schemes import scheme


@scheme(kind="innocent", subject="person")
def innocent_dialysis(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """血液透析 · Haemodialysis.

    Chronic visits on fixed weekdays, several persons on the same shift: high frequency and meeting again and
    again are what the treatment is.
    """
    p, count = town.people, max(3, round(town.people.n * 0.0009))
    age = p.age(town.first)
    who = rng.choice(np.flatnonzero((age > 25) & (p.begin < town.first) & (p.pause == 0)), count, replace=False)
    units = town.providers.of("tertiary", "secondary")
    near = town.choices["secondary"].favourite[who]
    inst = np.where(np.isin(near, units) & (town.providers.level[near] >= 2), near, town.choices["tertiary"].favourite[who])
    days = np.arange(town.first, town.last)
    shift = rng.integers(0, 4, count)
    weekday = (days + 3) % 7
    on = np.where(shift[:, None] % 2 == 0, np.isin(weekday, [0, 2, 4])[None, :], np.isin(weekday, [1, 3, 5])[None, :])
    row, day = np.nonzero(on & (rng.random((count, len(days))) < 0.97))
    beg = days[day] * DAY + np.where(shift[row] < 2, 7.3, 12.5) * 3600 + rng.integers(0, 2400, len(row))
    beg = beg.astype(np.int64)
    keys = town.fresh(len(row))
    seen = visits(person=who[row], inst=inst[row], kind=KINDS["chronic"], med=14, diag=town.book.disease["N18.900A"],
                  beg=beg, end=beg + 4 * 3600, recipe=1, plant=row, key=keys)
    fine = rng.random(len(row)) < 0.15
    b = town.book
    item = np.concatenate([np.where(fine, b.item("血液透析滤过"), b.item("血液透析")), np.full(len(row), b.item("血液透析器")),
                           np.full(len(row), b.item("肝素钠注射液 12500单位"))])
    more = rng.random(len(row)) < 0.35
    item = np.concatenate([item, np.full(more.sum(), b.item("重组人促红素 1万单位"))])
    return Plan([("person", person_id(i)) for i in who], seen, lines(key=np.concatenate([np.tile(keys, 3), keys[more]]), item=item))

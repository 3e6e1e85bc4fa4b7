"""Dialysis: two or three visits a week to one place, for years."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan, person_id
from yb_analytics.city._shape import KINDS
from yb_analytics.city._target import healthy
from yb_analytics.city._town import DAY, Town, lines, visits
from yb_analytics.city.schemes import scheme


def _bill(town: Town, rng: np.random.Generator, keys: np.ndarray) -> pd.DataFrame:
    """The session, the dialyser, heparin, and erythropoietin now and then."""
    b, more = town.book, rng.random(len(keys)) < 0.35
    session = np.where(rng.random(len(keys)) < 0.15, b.item("血液透析滤过"), b.item("血液透析"))
    dialyser = np.full(len(keys), b.item("血液透析器"))
    heparin = np.full(len(keys), b.item("肝素钠注射液 12500单位"))
    booster = np.full(more.sum(), b.item("重组人促红素 1万单位"))
    return lines(key=np.concatenate([np.tile(keys, 3), keys[more]]),
                 item=np.concatenate([session, dialyser, heparin, booster]))


@scheme(kind="innocent", subject="person")
def innocent_dialysis(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """血液透析 · Haemodialysis.

    Chronic visits on fixed weekdays, several persons on the same shift: high frequency and meeting again and
    again are what the treatment is.
    """
    who = healthy(town, rng, max(3, round(town.people.n * 0.0009)), youngest=25)
    count, days = len(who), np.arange(town.first, town.last)
    near = town.choices["secondary"].favourite[who]
    inst = np.where(town.providers.level[near] >= 2, near, town.choices["tertiary"].favourite[who])
    shift, weekday = rng.integers(0, 4, count), (days + 3) % 7
    early, other = np.isin(weekday, [0, 2, 4])[None, :], np.isin(weekday, [1, 3, 5])[None, :]
    on = np.where(shift[:, None] % 2 == 0, early, other)
    row, day = np.nonzero(on & (rng.random((count, len(days))) < 0.97))
    start = np.where(shift[row] < 2, 7.3, 12.5) * 3600 + rng.integers(0, 2400, len(row))
    beg, keys = (days[day] * DAY + start).astype(np.int64), town.fresh(len(row))
    seen = visits(person=who[row], inst=inst[row], kind=KINDS["chronic"], med=14, diag=town.book.disease["N18.900A"],
                  beg=beg, end=beg + 4 * 3600, recipe=1, plant=row, key=keys)
    return Plan([("person", person_id(i)) for i in who], seen, _bill(town, rng, keys))

"""A village goes to its health centre for the yearly check-up, all on one morning."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan
from yb_analytics.city._shape import KINDS
from yb_analytics.city._town import DAY, Town, lines, visits
from yb_analytics.city.schemes import scheme

PACKAGE = ("健康体检套餐（老年人）", "血常规（五分类）", "葡萄糖测定", "十二通道常规心电图")


def _mornings(town: Town, rng: np.random.Generator, who: np.ndarray, place: int, row: int) -> list[pd.DataFrame]:
    """Check-ups of one village, twice a year."""
    out = []
    for half in range(0, town.last - town.first, 182):
        here = who[rng.random(len(who)) < 0.85]
        start = np.sort(rng.integers(0, 4 * 3600, len(here)))
        beg = (town.first + half + int(rng.integers(20, 150))) * DAY + 7 * 3600 + start
        out.append(visits(person=here, inst=place, kind=KINDS["outpatient"], med=11, diag=town.book.disease["I10.x00"],
                          beg=beg, end=beg + 1800, recipe=1, plant=row, key=town.fresh(len(here))))
    return out


@scheme(kind="innocent", subject="group")
def innocent_village_checkup(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """村居集体体检 · Village check-ups.

    Twenty to fifty elderly neighbours, the same package, the same two mornings a year: many meetings in one place
    for a plain reason.
    """
    p, groups = town.people, max(4, round(6 * (town.people.n / 20_000) ** 0.6))
    old = (p.age(town.first) > 61) & (p.death == 0) & (p.pause == 0) & (p.begin < town.first)
    near = np.unique(p.cell[old])
    cells = rng.choice(near, min(groups, len(near)), replace=False)
    parts, subjects = [], []
    for row, cell in enumerate(cells):
        near = np.flatnonzero(old & (p.cell == cell))
        who = rng.choice(near, min(len(near), int(rng.integers(20, 50))), replace=False)
        place = int(np.bincount(town.choices["primary"].favourite[who]).argmax())
        subjects.append(("group", str(town.providers.code[place])))
        parts += _mornings(town, rng, who, place, row)
    seen = pd.concat(parts, ignore_index=True)
    seen = seen[seen["beg"] // DAY < town.last]
    keys, items = seen["key"].to_numpy(), [town.book.item(n) for n in PACKAGE]
    return Plan(subjects, seen, lines(key=np.repeat(keys, len(items)), item=np.tile(items, len(keys))))

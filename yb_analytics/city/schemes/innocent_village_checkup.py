"""A village goes to its health centre for the yearly check-up, all on one morning."""

from __future__ import annotations

import numpy as np

from yb_analytics.city._plan import Plan
from yb_analytics.city._shape import KINDS
from yb_analytics.city._town import DAY, Town, lines, visits
from yb_analytics.city.schemes import scheme


@scheme(kind="innocent", subject="group")
def innocent_village_checkup(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """村居集体体检 · Village check-ups.

    Twenty to fifty elderly neighbours, the same package, the same two mornings a year: many meetings in one place
    for a plain reason.
    """
    p, groups = town.people, max(4, round(6 * (town.people.n / 20_000) ** 0.6))
    old = (p.age(town.first) > 61) & (p.death == 0) & (p.pause == 0) & (p.begin < town.first)
    cells = rng.choice(np.unique(p.cell[old]), groups, replace=False)
    person, inst, beg, plant, subjects = [], [], [], [], []
    for g, cell in enumerate(cells):
        who = np.flatnonzero(old & (p.cell == cell))
        who = rng.choice(who, min(len(who), int(rng.integers(20, 50))), replace=False)
        place = np.bincount(town.choices["primary"].favourite[who]).argmax()
        subjects.append(("group", str(town.providers.code[place])))
        for year in range(0, town.last - town.first, 182):
            day = town.first + year + int(rng.integers(20, 150))
            here = who[rng.random(len(who)) < 0.85]
            person.append(here)
            inst.append(np.full(len(here), place))
            beg.append(day * DAY + 7 * 3600 + np.sort(rng.integers(0, 4 * 3600, len(here))))
            plant.append(np.full(len(here), g))
    who, at = np.concatenate(person), np.concatenate(beg)
    keys = town.fresh(len(who))
    seen = visits(person=who, inst=np.concatenate(inst), kind=KINDS["outpatient"], med=11, diag=town.book.disease["I10.x00"],
                  beg=at, end=at + 1800, recipe=1, plant=np.concatenate(plant), key=keys)
    item = [town.book.item(n) for n in ("健康体检套餐（老年人）", "血常规（五分类）", "葡萄糖测定", "十二通道常规心电图")]
    seen = seen[seen["beg"] // DAY < town.last]
    return Plan(subjects, seen, lines(key=np.repeat(keys, 4), item=np.tile(item, len(keys))))

"""A ring that collects the same dear drugs for resale."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan
from yb_analytics.city._scenes import clinics, somewhen
from yb_analytics.city._target import amount, healthy
from yb_analytics.city._town import DAY, Town, lines
from yb_analytics.city.schemes import scheme

GOODS = ("沙库巴曲缬沙坦钠片 100mg×28", "达格列净片 10mg×14", "百令胶囊 0.5g×42", "布地奈德福莫特罗吸入粉雾剂 60吸")


@scheme(grain="line", subject="group")
def drug_resale(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """倒卖药品 · Drug resale.

    A ring of persons goes round the same hospitals for the same few drugs, each of them every other week, far beyond
    any need. The truth names the lines; the group has the name of its first member.
    """
    obvious = strength == "obvious"
    parts, rows, subjects = [], [], []
    for row in range(amount(town, 2)):
        who = healthy(town, rng, int(rng.integers(6, 10) if obvious else rng.integers(3, 5)), youngest=50, oldest=78)
        where = np.r_[rng.choice(town.providers.of("primary"), 2), rng.choice(town.providers.of("secondary"), 2)]
        goods = np.array([town.book.item(n) for n in rng.choice(GOODS, 3, replace=False)])
        turns = int(rng.integers(8, 12) if obvious else rng.integers(4, 6))
        first = int(somewhen(town, rng, 1, 16 * turns)[0])
        person, turn = np.repeat(who, turns), np.tile(np.arange(turns), len(who))
        beg = (first + turn * 14 + rng.integers(0, 3, len(turn))) * DAY + rng.integers(8, 16, len(turn)) * 3600
        seen = clinics(town, person, where[turn % len(where)], beg, town.book.disease["I25.100"], recipe=1, plant=row)
        parts.append(seen)
        for item in goods:
            cnt = rng.integers(3, 6, len(turn)) if obvious else rng.integers(2, 4, len(turn))
            rows.append(lines(key=seen["key"].to_numpy(), item=item, cnt=cnt))
        subjects.append(("group", str(int(town.people.number(who[:1])[0]))))
    seen = pd.concat(parts, ignore_index=True)
    return Plan(subjects, seen[seen["beg"] // DAY < town.last], pd.concat(rows, ignore_index=True))

"""The same drug collected at many places, far beyond need."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan, person_id
from yb_analytics.city._shape import KINDS
from yb_analytics.city._target import amount, healthy
from yb_analytics.city._town import DAY, Town, hours, lines, visits
from yb_analytics.city.schemes import scheme

GOODS = (
    "沙库巴曲缬沙坦钠片 100mg×28",
    "达格列净片 10mg×14",
    "百令胶囊 0.5g×42",
    "噻托溴铵吸入粉雾剂 18μg×30",
    "布地奈德福莫特罗吸入粉雾剂 60吸",
    "复方丹参滴丸 ×180",
    "西格列汀片 100mg×7",
)


def _rounds(
    town: Town, rng: np.random.Generator, person: int, row: int, obvious: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One person's months of collecting; the first visit of a month is what the person needs."""
    months = int(rng.integers(5, 10) if obvious else rng.integers(3, 6))
    start = town.first + int(rng.integers(0, max(1, town.last - town.first - 30 * months)))
    each = int(rng.integers(4, 7) if obvious else rng.integers(2, 4))
    places = np.concatenate(
        [
            rng.choice(town.providers.of("primary"), 3),
            rng.choice(town.providers.of("secondary"), 2),
            [town.choices["tertiary"].favourite[person]],
        ]
    )
    month = np.repeat(np.arange(months), each)
    day = start + month * 30 + rng.integers(0, 28, len(month))
    beg = np.sort(day * DAY + hours(rng, len(month)))
    keys = town.fresh(len(month))
    goods = rng.choice([town.book.item(n) for n in GOODS], 2, replace=False)
    item = rng.choice(goods, len(month), p=[0.8, 0.2])
    packs = np.maximum(1, np.round(30 / town.book.days[item] * rng.uniform(0.9, 2.0 if obvious else 1.2, len(month))))
    first = np.r_[True, month[1:] != month[:-1]]
    seen = visits(
        person=np.full(len(month), person),
        inst=rng.choice(places, len(month)),
        kind=KINDS["chronic"],
        med=14,
        diag=town.book.disease["I25.100"],
        beg=beg,
        end=beg + 3600,
        recipe=1,
        supply=30,
        plant=np.where(first, -1, row),
        key=keys,
    )
    return seen, lines(key=keys, item=item, cnt=packs)


@scheme(grain="line", subject="person")
def hoarding(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """超量开药 · Drugs beyond need.

    A person collects the same substance at several institutions in the same weeks, for months.
    """
    who = healthy(town, rng, amount(town, 5), youngest=48, oldest=85)
    parts = [_rounds(town, rng, int(person), row, strength == "obvious") for row, person in enumerate(who)]
    seen = pd.concat([a for a, _ in parts], ignore_index=True)
    return Plan(
        [("person", person_id(i)) for i in who],
        seen[seen["beg"] // DAY < town.last],
        pd.concat([b for _, b in parts], ignore_index=True),
    )

"""Packs that were sold before are settled again."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan
from yb_analytics.city._shape import KINDS
from yb_analytics.city._target import amount, healthy, places
from yb_analytics.city._town import DAY, Town, hours, lines, visits
from yb_analytics.city._trace import REUSED
from yb_analytics.city.schemes import scheme

GOODS = (
    "复方丹参滴丸 ×180",
    "阿托伐他汀钙片 20mg×28",
    "苯磺酸氨氯地平片 5mg×28",
    "阿卡波糖片 50mg×30",
    "百令胶囊 0.5g×42",
    "连花清瘟胶囊 ×36",
    "盐酸二甲双胍缓释片 0.5g×60",
    "缬沙坦胶囊 80mg×28",
)


@scheme(grain="line", subject="institution")
def trace_reuse(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """回流药 · Trace codes settled again.

    A shop sells packs bought back from patients: the trace code was settled, or sold for cash, months before.
    """
    rows = town.providers.of("pharmacy")
    early = rows[town.providers.adopted[rows] <= 1]
    shops = places(town, rng, ("pharmacy",), amount(town, 2), among=early)
    goods = np.array([town.book.item(n) for n in GOODS])
    found, sold = [], []
    for row, shop in enumerate(shops):
        count = int(rng.integers(45, 80) if strength == "obvious" else rng.integers(10, 18))
        who = healthy(town, rng, count, near=int(shop), staff=True)
        low = town.first + min(75, (town.last - town.first) // 2)
        beg = rng.integers(low, town.last - 1, len(who)) * DAY + hours(rng, len(who), "shop")
        keys, item = town.fresh(len(who)), rng.choice(goods, len(who))
        found.append(
            visits(
                person=who,
                inst=shop,
                kind=KINDS["pharmacy"],
                med=41,
                diag=town.book.disease["I10.x00"],
                beg=beg,
                end=beg,
                recipe=np.where(rng.random(len(who)) < 0.6, 3, 1),
                plant=row,
                key=keys,
            )
        )
        sold.append(lines(key=keys, item=item, cnt=rng.choice([1, 1, 2], len(who)), flag=REUSED))
    return Plan(
        [("institution", str(town.providers.code[i])) for i in shops],
        pd.concat(found, ignore_index=True),
        pd.concat(sold, ignore_index=True),
    )

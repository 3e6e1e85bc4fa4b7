"""Double channel: expensive negotiated drugs, dispensed by designated shops with the pool's money."""

from __future__ import annotations

import numpy as np

from yb_analytics.city._plan import Plan, person_id
from yb_analytics.city._shape import KINDS
from yb_analytics.city._target import healthy
from yb_analytics.city._town import DAY, Town, hours, lines, visits
from yb_analytics.city.schemes import scheme

GOODS = {"曲妥珠单抗 440mg": "C50.900", "奥希替尼片 80mg×30": "C34.900", "瑞戈非尼片 40mg×28": "C18.900",
         "阿达木单抗注射液 40mg": "M05.900"}
"""Drug and the disease it is for; the first is for women here."""


@scheme(kind="innocent", subject="person")
def innocent_double_channel(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """双通道药品 · Double-channel drugs.

    One dear item, the same shop, every two to four weeks: single-item settlements of thousands of yuan.
    """
    who = healthy(town, rng, max(3, round(town.people.n * 0.0006)), youngest=30)
    count, b = len(who), town.book
    which = rng.integers(0, len(GOODS), count)
    which = np.where((which == 0) & (town.people.sex[who] == 1), 1, which)
    item = np.array([b.item(n) for n in GOODS])[which]
    sick = np.array([b.disease[c] for c in GOODS.values()])[which]
    shops = town.providers.of("pharmacy")
    shop = rng.choice(rng.choice(shops, max(2, len(shops) // 15), replace=False), count)
    days = np.maximum(b.days[item].astype(int), 14)
    start = town.first + rng.integers(0, 40, count) + np.where(rng.random(count) < 0.5, 0, rng.integers(0, 300, count))
    turns = np.maximum(1, (np.minimum(town.last, start + rng.integers(150, 720, count)) - start) // days)
    row = np.repeat(np.arange(count), turns)
    step = np.arange(len(row)) - np.repeat(np.cumsum(turns) - turns, turns)
    beg = (start[row] + step * days[row] + rng.integers(0, 2, len(row))) * DAY + hours(rng, len(row), "shop")
    keys = town.fresh(len(row))
    seen = visits(person=who[row], inst=shop[row], kind=KINDS["pharmacy"], med=41, diag=sick[row], beg=beg, end=beg,
                  recipe=3, supply=days[row], plant=row, key=keys)
    seen = seen[seen["beg"] // DAY < town.last]
    return Plan([("person", person_id(i)) for i in who], seen, lines(key=keys, item=item[row]))

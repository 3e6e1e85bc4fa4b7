"""Double channel: expensive negotiated drugs, dispensed by designated shops with the pool's money."""

from __future__ import annotations

import numpy as np

from yb_analytics.city._plan import Plan, person_id
from yb_analytics.city._shape import KINDS
from yb_analytics.city._town import DAY, Town, hours, lines, visits
from yb_analytics.city.schemes import scheme


@scheme(kind="innocent", subject="person")
def innocent_double_channel(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """双通道药品 · Double-channel drugs.

    One dear item, the same shop, every two to four weeks: single-item settlements of thousands of yuan.
    """
    p, count = town.people, max(3, round(town.people.n * 0.0006))
    age = p.age(town.first)
    who = rng.choice(np.flatnonzero((age > 30) & (p.death == 0) & (p.pause == 0) & (p.begin < town.first)), count, replace=False)
    items = town.book.items
    dear = np.flatnonzero((items["special"] == "double_channel") & (items["weight"].astype(float) > 0))
    item = rng.choice(dear, count)
    breast = town.book.item("曲妥珠单抗 440mg")
    item = np.where((item == breast) & (p.sex[who] == 1), town.book.item("奥希替尼片 80mg×30"), item)
    code = {"曲妥珠单抗 440mg": "C50.900", "奥希替尼片 80mg×30": "C34.900", "瑞戈非尼片 40mg×28": "C18.900",
            "阿达木单抗注射液 40mg": "M05.900"}
    sick = np.array([town.book.disease[code[items["hilist_name"][i]]] for i in item])
    shops = town.providers.of("pharmacy")
    designated = rng.choice(shops, max(2, len(shops) // 15), replace=False)
    days = np.maximum(town.book.days[item].astype(int), 14)
    start = town.first + rng.integers(0, 40, count) + np.where(rng.random(count) < 0.5, 0, rng.integers(0, 300, count))
    turns = np.maximum(1, (np.minimum(town.last, start + rng.integers(150, 720, count)) - start) // days)
    row = np.repeat(np.arange(count), turns)
    step = np.arange(len(row)) - np.repeat(np.cumsum(turns) - turns, turns)
    beg = (start[row] + step * days[row] + rng.integers(0, 2, len(row))) * DAY + hours(rng, len(row), "shop")
    keys = town.fresh(len(row))
    seen = visits(person=who[row], inst=rng.choice(designated, count)[row], kind=KINDS["pharmacy"], med=41, diag=sick[row],
                  beg=beg, end=beg, recipe=3, supply=days[row], plant=row, key=keys)
    seen = seen[(seen["beg"] // DAY < town.last) & (seen["beg"] // DAY >= town.first)]
    return Plan([("person", person_id(i)) for i in who], seen, lines(key=keys, item=item[row]))

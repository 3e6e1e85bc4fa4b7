"""Cards kept in a shop and swiped one after another."""

from __future__ import annotations

import numpy as np

from yb_analytics.city._plan import Plan
from yb_analytics.city._scenes import of_institutions, purchases, somewhen
from yb_analytics.city._target import amount, healthy, places
from yb_analytics.city._town import DAY, Town, lines
from yb_analytics.city.schemes import scheme


@scheme(subject="institution", account=True)
def card_collecting(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """敛卡套刷 · Collected cards.

    A shop keeps the cards of villagers and swipes them one after another within minutes, the same order of cards on
    every such day.
    """
    obvious = strength == "obvious"
    shops = places(town, rng, ("pharmacy", "clinic"), amount(town, 2))
    goods = np.flatnonzero((town.book.items["role"] == "drug") & town.book.items["setting"].str.contains("pharmacy")
                           & (town.book.items[["gend", "special", "age_max"]] == "").all(axis=1))
    parts, rows = [], []
    for row, shop in enumerate(shops):
        who = healthy(town, rng, int(rng.integers(14, 22) if obvious else rng.integers(5, 8)), int(shop), youngest=45)
        days = np.sort(somewhen(town, rng, 8 if obvious else 4, 10))
        turn = np.tile(np.arange(len(who)), len(days))
        step = rng.integers(40, 95, len(turn)) if obvious else rng.integers(90, 240, len(turn))
        start = np.repeat(rng.integers(9, 20, len(days)) * 3600, len(who))
        beg = np.repeat(days, len(who)) * DAY + start + turn * 60 + step
        seen = purchases(town, who[turn], shop, beg, plant=row, recipe=1)
        parts.append(seen)
        item = rng.choice(goods, len(turn))
        rows.append(lines(key=seen["key"].to_numpy(), item=item, cnt=rng.integers(2, 6, len(turn))))
    return of_institutions(town, shops, parts, rows)

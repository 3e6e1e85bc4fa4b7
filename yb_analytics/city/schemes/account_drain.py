"""Personal accounts emptied at a shop."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._billing import Accounts
from yb_analytics.city._plan import Plan
from yb_analytics.city._shape import KINDS
from yb_analytics.city._target import amount, healthy, places
from yb_analytics.city._town import DAY, Town, lines, visits
from yb_analytics.city.schemes import scheme


def _burst(town: Town, rng: np.random.Generator, shop: int, row: int, obvious: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One shop: cards swiped one after another on a few evenings, mostly round amounts."""
    who = healthy(town, rng, int(rng.integers(40, 61)), near=shop, staff=True)
    rich = who[np.argsort(-Accounts.open(town).balance[who])][:int(rng.integers(9, 15) if obvious else rng.integers(5, 8))]
    evenings = town.first + int(rng.integers(0, max(1, town.last - town.first - 75))) + rng.integers(0, 70, 6 if obvious else 9)
    swipes = rng.integers(4, 8, len(rich)) if obvious else rng.integers(2, 5, len(rich))
    person = np.repeat(rich, swipes)
    day = rng.choice(evenings, len(person))
    start = (rng.uniform(19.2, 21.5, 400)[day % 400] * 3600) if obvious else rng.uniform(9, 21, len(person)) * 3600
    beg = (day * DAY + start + rng.integers(0, 900 if obvious else 1800, len(person))).astype(np.int64)
    round_ = rng.random(len(person)) < (0.9 if obvious else 0.6)
    target = np.where(round_, rng.choice([200, 300, 400, 500], len(person)), rng.integers(150, 480, len(person))) * 100
    b = town.book
    sold = np.flatnonzero(b.items["setting"].str.contains("pharmacy") & b.items["list_type"].eq("101") & (b.limit > 0)
                          & b.items["gend"].eq("") & b.items["special"].eq("") & b.items["age_max"].eq(""))
    item = rng.choice(sold[(b.price[sold] > 1800) & (b.price[sold] < 16_000)], len(person))
    cnt = np.maximum(np.ceil(target / b.price[item]), 1)
    keys = town.fresh(len(person))
    seen = visits(person=person, inst=shop, kind=KINDS["pharmacy"], med=41, diag=b.disease["R53.x00"], beg=beg, end=beg,
                  recipe=1, plant=row, key=keys)
    return seen, lines(key=keys, item=item, cnt=cnt, pric=np.maximum(np.round(target / cnt), 1))


@scheme(subject="institution", account=True)
def account_drain(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """空刷套现 · Draining accounts.

    A shop swipes cards for round sums without handing over goods, evening after evening, until the balance is
    gone. The loss counts account money, which is fund money by law.
    """
    shops = places(town, rng, ("pharmacy",), amount(town, 2))
    parts = [_burst(town, rng, int(shop), row, strength == "obvious") for row, shop in enumerate(shops)]
    return Plan([("institution", str(town.providers.code[i])) for i in shops],
                pd.concat([a for a, _ in parts], ignore_index=True), pd.concat([b for _, b in parts], ignore_index=True))

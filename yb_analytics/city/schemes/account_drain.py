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


def _goods(town: Town) -> np.ndarray:
    """Drugs of some price that anybody may buy in a shop."""
    b = town.book
    fit = b.items["setting"].str.contains("pharmacy") & b.items["list_type"].eq("101") & (b.limit > 0)
    fit &= (b.items[["gend", "special", "age_max"]] == "").all(axis=1)
    return np.flatnonzero(fit & (b.price > 1800) & (b.price < 16_000))


def _swipes(town: Town, rng: np.random.Generator, who: np.ndarray, obvious: bool) -> tuple[np.ndarray, np.ndarray]:
    """Persons and times: in bursts on a few evenings, or spread over more days."""
    start = town.first + int(rng.integers(0, max(1, town.last - town.first - 75)))
    evenings = start + rng.integers(0, 70, 6 if obvious else 9)
    person = np.repeat(who, rng.integers(4, 8, len(who)) if obvious else rng.integers(2, 5, len(who)))
    day = np.minimum(rng.choice(evenings, len(person)), town.last - 1)
    late = rng.uniform(19.2, 21.5, 400)[day % 400] if obvious else rng.uniform(9, 21, len(person))
    return person, (day * DAY + late * 3600 + rng.integers(0, 900 if obvious else 1800, len(person))).astype(np.int64)


def _burst(
    town: Town, rng: np.random.Generator, shop: int, row: int, obvious: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One shop: cards swiped one after another on a few evenings, mostly round amounts."""
    who = healthy(town, rng, int(rng.integers(40, 61)), near=shop, staff=True)
    most = int(rng.integers(9, 15) if obvious else rng.integers(5, 8))
    rich = who[np.argsort(-Accounts.open(town).balance[who])][:most]
    person, beg = _swipes(town, rng, rich, obvious)
    even = rng.random(len(person)) < (0.9 if obvious else 0.6)
    target = np.where(even, rng.choice([200, 300, 400, 500], len(person)), rng.integers(150, 480, len(person))) * 100
    item = rng.choice(_goods(town), len(person))
    cnt = np.maximum(np.ceil(target / town.book.price[item]), 1)
    keys = town.fresh(len(person))
    seen = visits(person=person, inst=shop, kind=KINDS["pharmacy"], med=41, diag=town.book.disease["R53.x00"],
                  beg=beg, end=beg, recipe=1, plant=row, key=keys)
    return seen, lines(key=keys, item=item, cnt=cnt, pric=np.maximum(np.round(target / cnt), 1))


@scheme(subject="institution", account=True)
def account_drain(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """空刷套现 · Draining accounts.

    A shop swipes cards for round sums without handing over goods, evening after evening, until the balance is
    gone. The loss counts account money, which is fund money by law.
    """
    shops = places(town, rng, ("pharmacy",), amount(town, 2))
    parts = [_burst(town, rng, int(shop), row, strength == "obvious") for row, shop in enumerate(shops)]
    return Plan(
        [("institution", str(town.providers.code[i])) for i in shops],
        pd.concat([a for a, _ in parts], ignore_index=True),
        pd.concat([b for _, b in parts], ignore_index=True),
    )

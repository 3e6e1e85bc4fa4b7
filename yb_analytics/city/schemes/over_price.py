"""Prices above the limit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan
from yb_analytics.city._target import Spell, amount, in_force, places
from yb_analytics.city._town import Town
from yb_analytics.city.schemes import scheme


@scheme(grain="line", subject="institution")
def over_price(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """超限价收费 · Above the price limit.

    A few items of an institution are billed above their limit for months. The loss is the difference.
    """
    where = places(town, rng, ("secondary", "private", "primary", "clinic", "pharmacy"), amount(town, 3))
    spell = Spell(f"over_price/{strength}", where, in_force(town, rng, len(where), 4, 12))
    rise = rng.uniform(1.2, 1.6, len(where)) if strength == "obvious" else rng.uniform(1.02, 1.08, len(where))
    share = rng.uniform(0.25, 0.5, len(where)) if strength == "obvious" else rng.uniform(0.04, 0.1, len(where))
    lot = rng.random((len(where), len(town.book.items)))

    def edit(town: Town, month: int, found: pd.DataFrame, lines: pd.DataFrame, offset: int) -> pd.DataFrame:
        row, _ = spell.rows(town, month, found, lines)
        item = lines["item"].to_numpy()
        limit = town.book.limit[item]
        hit = (row >= 0) & (limit > 0)
        hit[hit] &= lot[row[hit], item[hit]] < share[row[hit]]
        price = np.ceil(limit[hit] * rise[row[hit]]).astype(np.int64)
        lines.loc[hit, "pric"] = price
        due = np.floor(limit[hit] * lines.loc[hit, "cnt"] + 0.5 + 1e-6)  # half a fen counts up
        lines.loc[hit, "excess"] = (np.round(price * lines.loc[hit, "cnt"]) - due).astype(np.int64)
        lines.loc[hit, "plant"] = row[hit] + offset
        return lines

    return Plan([("institution", str(town.providers.code[i])) for i in where], edit=edit, spell=spell)

"""An institution whose bills stand far above its peers for months."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan
from yb_analytics.city._target import Spell, amount, in_force, places
from yb_analytics.city._town import Town
from yb_analytics.city.schemes import scheme


@scheme(subject="institution")
def fee_inflation(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """费用虚高 · Inflated bills.

    For some months an institution bills more packs than needed and tests nobody asked for. The truth names the
    settlements; the loss is what the pool paid for the surplus.
    """
    where = places(
        town, rng, ("secondary", "private", "primary", "clinic"), amount(town, 3 if strength == "obvious" else 2)
    )
    spell = Spell(f"fee_inflation/{strength}", where, in_force(town, rng, len(where), 4, 10))
    factor = rng.uniform(2.4, 3.6, len(where)) if strength == "obvious" else rng.uniform(1.35, 1.7, len(where))
    tested = rng.uniform(0.5, 0.8, len(where)) if strength == "obvious" else rng.uniform(0.1, 0.25, len(where))

    def edit(town: Town, month: int, found: pd.DataFrame, lines: pd.DataFrame, offset: int) -> pd.DataFrame:
        row, chance = spell.rows(town, month, found, lines)
        drug = town.book.items["list_type"].eq("101").to_numpy()[lines["item"]] & (lines["flag"].to_numpy() < 0)
        hit = (row >= 0) & drug
        old = lines.loc[hit, "cnt"].to_numpy()
        new = np.maximum(np.round(old * factor[row[hit]] * (0.7 + 0.6 * chance[hit])), old)
        lines.loc[hit, "cnt"] = new
        lines.loc[hit, "excess"] = np.round((new - old) * lines.loc[hit, "pric"]).astype(np.int64)
        lines.loc[hit, "plant"] = np.where(new > old, row[hit] + offset, -1)
        first = ~lines["v"].duplicated().to_numpy() & (row >= 0)
        more = lines[first & (chance < np.where(row >= 0, tested[row], 0))].copy()
        more["item"] = np.random.default_rng([town.seed, month, 3]).choice(town.book.with_role("lab"), len(more))
        more["cnt"], more["excess"], more["take"], more["supply"], more["flag"] = 1.0, 0, 0, 0, -1
        more["pric"], more["plant"] = town.book.price[more["item"]] * 94 // 100, row[more.index] + offset
        return pd.concat([lines, more], ignore_index=True).drop_duplicates(["v", "item", "at"], ignore_index=True)

    return Plan([("institution", str(town.providers.code[i])) for i in where], edit=edit, spell=spell)

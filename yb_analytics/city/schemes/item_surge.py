"""One dear item that suddenly stands on every bill."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._lines import allowed
from yb_analytics.city._plan import Plan
from yb_analytics.city._target import Spell, amount, places
from yb_analytics.city._town import Town
from yb_analytics.city.schemes import scheme


@scheme(grain="line", subject="institution")
def item_surge(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """重点项目激增 · Item surge.

    From one month to the next an institution bills one item on many visits that it hardly used before. The truth
    names the lines.
    """
    where = places(town, rng, ("secondary", "primary", "private"), amount(town, 2))
    begin = rng.integers(town.months // 3, max(town.months // 3 + 1, town.months - 5), len(where))
    spell = Spell(f"item_surge/{strength}", where, np.stack([begin, np.full(len(where), town.months - 1)], axis=1))
    item = rng.choice(town.book.with_role("lab", "treatment"), len(where))
    share = 0.5 if strength == "obvious" else 0.12

    def edit(town: Town, month: int, found: pd.DataFrame, lines: pd.DataFrame, offset: int) -> pd.DataFrame:
        row, chance = spell.rows(town, month, found, lines)
        first = ~lines["v"].duplicated().to_numpy() & (row >= 0) & (chance < share)
        more, at = lines[first].copy(), row[first]
        more["item"], more["cnt"], more["excess"], more["take"], more["supply"] = item[at], 1.0, 0, 0, 0
        more["flag"], more["pric"], more["plant"] = -1, town.book.price[item[at]], at + offset
        more = more[allowed(town, found, more["v"].to_numpy(), item[at])]
        return pd.concat([lines, more], ignore_index=True).drop_duplicates(["v", "item", "at"], ignore_index=True)

    return Plan([("institution", str(town.providers.code[i])) for i in where], edit=edit, spell=spell)

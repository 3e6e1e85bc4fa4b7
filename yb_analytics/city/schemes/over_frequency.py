"""Daily items counted more often than a day allows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan
from yb_analytics.city._target import Spell, amount, in_force, places
from yb_analytics.city._town import Town
from yb_analytics.city.schemes import scheme

ITEMS = ("二级护理", "一级护理", "三级护理", "住院诊察费", "心电监测", "氧气吸入", "三人间床位费", "静脉采血")


@scheme(grain="line", subject="institution")
def over_frequency(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """超频次收费 · Charged too often.

    Nursing, beds or monitoring are counted beyond the daily limit. The loss is the surplus.
    """
    where = places(town, rng, ("tertiary", "secondary", "private"), amount(town, 2))
    spell = Spell(f"over_frequency/{strength}", where, in_force(town, rng, len(where), 4, 12))
    share = rng.uniform(0.3, 0.6, len(where)) if strength == "obvious" else rng.uniform(0.03, 0.08, len(where))
    chosen = [
        rng.choice([town.book.item(n) for n in ITEMS], 2 if strength == "obvious" else 1, replace=False) for _ in where
    ]
    most = pd.to_numeric(town.book.items["max_per_day"].replace("", None)).fillna(0).to_numpy()

    def edit(town: Town, month: int, found: pd.DataFrame, lines: pd.DataFrame, offset: int) -> pd.DataFrame:
        row, chance = spell.rows(town, month, found, lines)
        item = lines["item"].to_numpy()
        mine = np.zeros(len(lines), dtype=bool)
        for i, items in enumerate(chosen):
            mine |= (row == i) & np.isin(item, items)
        hit = mine & (chance < np.where(row >= 0, share[row], 0))
        limit = most[item[hit]]
        new = np.where(limit >= 24, limit + np.ceil(chance[hit] * 40) + 2, limit + 1 + (chance[hit] * 97 % 1 < 0.3))
        lines.loc[hit, "cnt"] = new
        lines.loc[hit, "excess"] = np.round((new - limit) * lines.loc[hit, "pric"]).astype(np.int64)
        lines.loc[hit, "plant"] = row[hit] + offset
        return lines

    return Plan([("institution", str(town.providers.code[i])) for i in where], edit=edit, spell=spell)

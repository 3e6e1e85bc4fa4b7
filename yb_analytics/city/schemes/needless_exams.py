"""Examinations nobody asked for."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._lines import allowed
from yb_analytics.city._plan import Plan
from yb_analytics.city._target import Spell, amount, in_force, places
from yb_analytics.city._town import Town
from yb_analytics.city.schemes import scheme


@scheme(grain="line", subject="institution")
def needless_exams(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """无指征检查 · Needless examinations.

    On many visits an institution adds an examination that the illness does not call for. The truth names the added
    lines.
    """
    where = places(town, rng, ("secondary", "private", "primary"), amount(town, 2))
    spell = Spell(f"needless_exams/{strength}", where, in_force(town, rng, len(where), 4, 9))
    share = 0.45 if strength == "obvious" else 0.10

    def edit(town: Town, month: int, found: pd.DataFrame, lines: pd.DataFrame, offset: int) -> pd.DataFrame:
        row, chance = spell.rows(town, month, found, lines)
        first = ~lines["v"].duplicated().to_numpy() & (row >= 0) & (chance < share)
        more = lines[first].copy()
        draw = np.random.default_rng([town.seed, month, len(where)])
        picked = draw.choice(town.book.with_role("exam"), len(more))
        more["item"], more["cnt"], more["excess"], more["take"], more["supply"], more["flag"] = picked, 1.0, 0, 0, 0, -1
        more["pric"], more["plant"] = town.book.price[picked] * 94 // 100, row[more.index] + offset
        more = more[allowed(town, found, more["v"].to_numpy(), picked)]
        return pd.concat([lines, more], ignore_index=True).drop_duplicates(["v", "item", "at"], ignore_index=True)

    return Plan([("institution", str(town.providers.code[i])) for i in where], edit=edit, spell=spell)

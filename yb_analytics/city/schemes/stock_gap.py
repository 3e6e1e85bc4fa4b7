"""Drugs billed that were never bought."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._goods import UNCOVERED
from yb_analytics.city._plan import Plan
from yb_analytics.city._target import Spell, amount, in_force, places
from yb_analytics.city._town import Town
from yb_analytics.city.schemes import scheme


@scheme(grain="line", subject="institution")
def stock_gap(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """进销存不符 · Sales without goods.

    An institution bills drugs it never had: nothing bought, nothing in stock, no trace code. The truth names the
    lines.
    """
    where = places(town, rng, ("pharmacy", "primary", "private"), amount(town, 2))
    spell = Spell(f"stock_gap/{strength}", where, in_force(town, rng, len(where), 4, 9))
    share = 0.35 if strength == "obvious" else 0.08

    def edit(town: Town, month: int, found: pd.DataFrame, lines: pd.DataFrame, offset: int) -> pd.DataFrame:
        row, chance = spell.rows(town, month, found, lines)
        drug = town.book.items["list_type"].eq("101").to_numpy()[lines["item"]] & (lines["flag"].to_numpy() < 0)
        hit = (row >= 0) & drug & (chance < share)
        lines.loc[hit, "flag"] = UNCOVERED
        lines.loc[hit, "plant"] = row[hit] + offset
        return lines

    return Plan([("institution", str(town.providers.code[i])) for i in where], edit=edit, spell=spell)

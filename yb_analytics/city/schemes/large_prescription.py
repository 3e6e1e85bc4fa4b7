"""Prescriptions far larger than the illness needs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan
from yb_analytics.city._target import Spell, amount, in_force, places
from yb_analytics.city._town import Town
from yb_analytics.city.schemes import scheme


@scheme(grain="line", subject="institution")
def large_prescription(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """大处方 · Large prescriptions.

    Some drug lines of an outpatient visit are billed several times over. The loss is the surplus.
    """
    where = places(town, rng, ("clinic", "primary", "pharmacy"), amount(town, 2))
    spell = Spell(f"large_prescription/{strength}", where, in_force(town, rng, len(where), 4, 9))
    share = 0.30 if strength == "obvious" else 0.08

    def edit(town: Town, month: int, found: pd.DataFrame, lines: pd.DataFrame, offset: int) -> pd.DataFrame:
        row, chance = spell.rows(town, month, found, lines)
        drug = town.book.items["list_type"].eq("101").to_numpy()[lines["item"]] & (lines["flag"].to_numpy() < 0)
        hit = (row >= 0) & drug & (chance < share)
        old = lines.loc[hit, "cnt"].to_numpy()
        new = np.ceil(old * (3.0 if share > 0.1 else 2.0)) + 1
        lines.loc[hit, "cnt"] = new
        lines.loc[hit, "excess"] = np.round((new - old) * lines.loc[hit, "pric"]).astype(np.int64)
        lines.loc[hit, "plant"] = row[hit] + offset
        return lines

    return Plan([("institution", str(town.providers.code[i])) for i in where], edit=edit, spell=spell)

"""More hours of service than a day has."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan
from yb_analytics.city._target import Spell, amount, in_force, places
from yb_analytics.city._town import Town
from yb_analytics.city.schemes import scheme


@scheme(grain="line", subject="institution")
def fabricated_services(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """虚构服务 · Fabricated services.

    Treatments that were never given are billed many times a day, so that the days of the therapists pass twenty-four
    hours. The truth names the lines; the loss is the surplus.
    """
    where = places(town, rng, ("private", "primary", "clinic"), amount(town, 2))
    spell = Spell(f"fabricated_services/{strength}", where, in_force(town, rng, len(where), 4, 9))
    share = 0.80 if strength == "obvious" else 0.30

    def edit(town: Town, month: int, found: pd.DataFrame, lines: pd.DataFrame, offset: int) -> pd.DataFrame:
        row, chance = spell.rows(town, month, found, lines)
        treated = np.isin(lines["item"].to_numpy(), town.book.with_role("treatment")) & (lines["flag"].to_numpy() < 0)
        hit = (row >= 0) & treated & (chance < share)
        old = lines.loc[hit, "cnt"].to_numpy()
        new = old + (6 if share > 0.5 else 2)
        lines.loc[hit, "cnt"] = new
        lines.loc[hit, "excess"] = np.round((new - old) * lines.loc[hit, "pric"]).astype(np.int64)
        lines.loc[hit, "plant"] = row[hit] + offset
        return lines

    return Plan([("institution", str(town.providers.code[i])) for i in where], edit=edit, spell=spell)

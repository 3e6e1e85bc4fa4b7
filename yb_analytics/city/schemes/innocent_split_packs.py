"""Split packs: one opened pack, several patients, the same trace code, marked as split."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan
from yb_analytics.city._target import Spell, places
from yb_analytics.city._town import Town
from yb_analytics.city._trace import SPLIT
from yb_analytics.city.schemes import scheme


@scheme(kind="innocent", grain="line", subject="institution")
def innocent_split_packs(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """拆零销售 · Split packs.

    Some clinics and health centres dispense single units from an opened pack and say so.
    """
    where = places(town, rng, ("clinic", "primary"), max(4, round(5 * (town.people.n / 20_000) ** 0.5)))
    spell = Spell("innocent_split_packs", where, np.tile([0, town.months], (len(where), 1)))
    share = rng.uniform(0.2, 0.6, len(where))

    def edit(town: Town, month: int, found: pd.DataFrame, lines: pd.DataFrame, offset: int) -> pd.DataFrame:
        row, chance = spell.rows(town, month, found, lines)
        small = (town.book.days[lines["item"]] > 0) & (lines["cnt"] == 1) & (lines["flag"] == -1)
        hit = (row >= 0) & small & (chance < np.where(row >= 0, share[row], 0))
        lines.loc[hit, "flag"] = SPLIT
        lines.loc[hit, "cnt"] = 0.5
        lines.loc[hit, "plant"] = row[hit] + offset
        return lines

    return Plan([("institution", str(town.providers.code[i])) for i in where], edit=edit, spell=spell)

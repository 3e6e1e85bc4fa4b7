"""Women's drugs for men and the reverse: a tell-tale of swapped goods."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan
from yb_analytics.city._shape import KINDS
from yb_analytics.city._target import Spell, amount, in_force, places
from yb_analytics.city._town import Town
from yb_analytics.city.schemes import scheme


@scheme(grain="line", subject="institution")
def sex_mismatch(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """性别不符 · Items of the other sex.

    What was handed over is entered as a drug limited to the other sex.
    """
    where = places(town, rng, ("pharmacy", "clinic", "primary"), amount(town, 3))
    spell = Spell(f"sex_mismatch/{strength}", where, in_force(town, rng, len(where), 4, 12))
    share = rng.uniform(0.15, 0.35, len(where)) if strength == "obvious" else rng.uniform(0.02, 0.05, len(where))
    items = town.book.items
    fit = items["list_type"].eq("101") & items["setting"].str.contains("outpatient") & items["min_hosp_lv"].eq("")
    other = {1: np.flatnonzero(fit & items["gend"].eq("2")), 2: np.flatnonzero(fit & items["gend"].eq("1"))}

    def edit(town: Town, month: int, found: pd.DataFrame, lines: pd.DataFrame, offset: int) -> pd.DataFrame:
        row, chance = spell.rows(town, month, found, lines)
        drug = items["list_type"].eq("101").to_numpy()[lines["item"]] & (lines["flag"].to_numpy() < 0)
        drug &= (found["kind"].to_numpy() != KINDS["stay"])[lines["v"]]
        hit = drug & (row >= 0) & (chance < np.where(row >= 0, share[row], 0))
        sex = town.people.sex[found["person"].to_numpy()[lines["v"]]]
        for one in (1, 2):
            mine = hit & (sex == one)
            new = other[one][(chance[mine] * 1e6).astype(int) % len(other[one])]
            lines.loc[mine, "item"] = new
            lines.loc[mine, "pric"] = town.book.price[new]
            lines.loc[mine, "plant"] = row[mine] + offset
        return lines.drop_duplicates(["v", "item", "at", "cnt"], ignore_index=True)

    return Plan([("institution", str(town.providers.code[i])) for i in where], edit=edit, spell=spell)

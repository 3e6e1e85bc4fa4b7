"""An item billed beside the one that includes it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan
from yb_analytics.city._target import Spell, amount, in_force, places
from yb_analytics.city._town import Town
from yb_analytics.city.schemes import scheme


@scheme(grain="line", subject="institution")
def duplicate_charge(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """重复收费 · Charged twice.

    A hospital bills a part beside the set that contains it, on the same day.
    """
    where = places(town, rng, ("tertiary", "secondary", "private"), amount(town, 2))
    spell = Spell(f"duplicate_charge/{strength}", where, in_force(town, rng, len(where), 4, 12))
    share = rng.uniform(0.5, 0.8, len(where)) if strength == "obvious" else rng.uniform(0.08, 0.2, len(where))
    number = {c: i for i, c in enumerate(town.book.items["hilist_code"])}
    pairs = [(i, number[c]) for i, text in enumerate(town.book.items["includes"]) for c in text.split("|") if c]
    part = pd.DataFrame(pairs, columns=["item", "part"]).sample(frac=1, random_state=int(rng.integers(1 << 30)))
    contained = part.drop_duplicates("item").set_index("item")["part"]

    def edit(town: Town, month: int, found: pd.DataFrame, lines: pd.DataFrame, offset: int) -> pd.DataFrame:
        row, chance = spell.rows(town, month, found, lines)
        wide = lines["item"].isin(contained.index).to_numpy()
        more = lines[wide & (row >= 0) & (chance < np.where(row >= 0, share[row], 0))].copy()
        more["plant"] = row[more.index] + offset
        more["item"] = contained.reindex(more["item"]).to_numpy().astype(np.int64)
        limit, price = town.book.limit[more["item"]], town.book.price[more["item"]]
        more["pric"] = np.where(limit >= 0, np.minimum(price, limit), price)
        hourly = (town.book.items["unit"] == "小时").to_numpy()[more["item"]]
        more["cnt"], more["excess"], more["at"] = np.where(hourly, 4.0, 1.0), 0, more["at"] + 60
        taken = lines["v"].to_numpy() * 1024 + lines["item"].to_numpy()
        more = more[~np.isin(more["v"].to_numpy() * 1024 + more["item"].to_numpy(), taken)]
        return pd.concat([lines, more], ignore_index=True)

    return Plan([("institution", str(town.providers.code[i])) for i in where], edit=edit, spell=spell)

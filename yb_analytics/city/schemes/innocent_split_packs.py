"""Split packs: one opened pack, several patients, the same trace code, marked as split."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan
from yb_analytics.city._town import Town
from yb_analytics.city._trace import SPLIT
from yb_analytics.city.schemes import scheme


@scheme(kind="innocent", grain="line", subject="institution")
def innocent_split_packs(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """拆零销售 · Split packs.

    Some clinics and health centres dispense single units from an opened pack and say so.
    """
    places = rng.choice(
        town.providers.of("clinic", "primary"), max(4, round(5 * (town.people.n / 20_000) ** 0.5)), replace=False
    )
    share = rng.uniform(0.2, 0.6, len(places))

    def edit(town: Town, month: int, found: pd.DataFrame, lines: pd.DataFrame, offset: int) -> pd.DataFrame:
        chance = np.random.default_rng([town.seed, month, 91]).random(len(lines))
        inst = found["inst"].to_numpy()[lines["v"]]
        rank = np.full(town.providers.n, -1)
        rank[places] = np.arange(len(places))
        small = (town.book.days[lines["item"]] > 0) & (lines["cnt"] == 1) & (lines["plant"] < 0)
        hit = (
            (rank[inst] >= 0)
            & small
            & (chance < np.where(rank[inst] >= 0, share[rank[inst]], 0))
            & (lines["flag"] == -1)
        )
        lines.loc[hit, "flag"] = SPLIT
        lines.loc[hit, "cnt"] = 0.5
        lines.loc[hit, "plant"] = rank[inst[hit]] + offset
        return lines

    return Plan([("institution", str(town.providers.code[i])) for i in places], edit=edit)

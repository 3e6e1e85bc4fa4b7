"""Stays coded into dearer groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from yb_analytics.city._plan import Plan
from yb_analytics.city._target import amount, places
from yb_analytics.city._touch import chance, changed, fen, text, told
from yb_analytics.city._town import Town
from yb_analytics.city.schemes import scheme

SEVERE = 1.65
"""What a severe complication does to the weight of a group."""


@scheme(grain="row", subject="institution")
def drg_upcoding(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """DRG高套 · Upcoding.

    A hospital reports severe complications for stays that had none, so that they fall into dearer groups. The loss is
    the difference of the payment.
    """
    where = places(town, rng, ("secondary", "tertiary"), amount(town, 2))
    share = 0.55 if strength == "obvious" else 0.15

    def touch(town: Town, ym: int, rows: pa.Table) -> tuple[pa.Table, pd.DataFrame]:
        code, level = text(rows, "fixmedins_code"), text(rows, "cc_lv")
        mine = np.isin(code, town.providers.code[where]) & (level == "0")
        mine &= chance(town, f"drg_upcoding/{strength}", ym, len(code)) < share
        row = np.array([np.flatnonzero(town.providers.code[where] == c)[0] for c in code[mine]], dtype=np.int64)
        weight = rows["grp_weight"].to_numpy()[mine] * SEVERE
        standard, paid = fen(rows, "std_amt")[mine], fen(rows, "pay_amt")[mine]
        group = np.array([g[:-1] + "1" for g in text(rows, "grp_code")[mine]])
        rows = changed("drg_group_d", rows, mine, cc_lv="2", grp_code=group, grp_weight=np.round(weight, 4),
                       std_amt=np.round(standard * SEVERE).astype(np.int64),
                       pay_amt=np.round(paid * SEVERE).astype(np.int64))
        return rows, told(row, mine, np.round(paid * (SEVERE - 1)))

    return Plan([("institution", str(town.providers.code[i])) for i in where], touch={"drg_group_d": touch})

"""The same person insured twice."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from yb_analytics.city._plan import Plan
from yb_analytics.city._target import amount
from yb_analytics.city._touch import changed, fen, text, with_more
from yb_analytics.city._town import Town
from yb_analytics.city.schemes import scheme


@scheme(grain="row", subject="person")
def double_enrolment(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """重复参保 · Double enrolment.

    A resident is entered a second time under another number, and the treasury pays the subsidy twice. The loss is the
    second subsidy.
    """
    fit = np.flatnonzero(~town.people.staff & (town.people.death == 0) & (town.people.pause == 0)
                         & (town.people.begin < town.first))
    who = rng.choice(fit, min(amount(town, 10), len(fit)), replace=False)
    number = town.people.number(who).astype(str)
    other = dict(zip(number, (f"33049{n[5:]}" for n in number), strict=True))
    row_of = {n: i for i, n in enumerate(number)}
    moved = strength == "subtle"

    def again(table: str, ids: dict[str, str], amount_of: str = ""):
        def touch(town: Town, ym: int, rows: pa.Table) -> tuple[pa.Table, pd.DataFrame | None]:
            mine = np.flatnonzero(np.isin(text(rows, "psn_no"), number))
            if not len(mine):
                return rows, None
            more = rows.take(pa.array(mine))
            plant = np.array([row_of[n] for n in text(more, "psn_no")])
            every = np.ones(len(mine), dtype=bool)
            values = {"psn_no": np.array([other[n] for n in text(more, "psn_no")])}
            values |= {key: np.array([lead + v[len(lead):] for v in text(more, key)]) for key, lead in ids.items()}
            if table == "psn_info_b" and moved:
                values |= {"certno": np.array([None] * len(mine), dtype=object)}
            more = changed(table, more, every, **values)
            return with_more(rows, more, plant, fen(more, amount_of) if amount_of else 0)

        return touch

    return Plan([("person", other[n]) for n in number], touch={
        "psn_info_b": again("psn_info_b", {}), "psn_insu_d": again("psn_insu_d", {"psn_insu_rlts_id": "339"}),
        "rsdt_psn_clct_detl_d": again("rsdt_psn_clct_detl_d", {"rsdt_clct_detl_id": "339"}, "finsubs_amt")})

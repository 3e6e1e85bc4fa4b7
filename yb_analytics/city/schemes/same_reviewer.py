"""The second look taken by the first pair of eyes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from yb_analytics.city._plan import Plan
from yb_analytics.city._shape import COUNTIES
from yb_analytics.city._touch import among, chance, changed, text, told
from yb_analytics.city._town import Town
from yb_analytics.city.schemes import scheme


@scheme(grain="row", subject="agency")
def same_reviewer(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """初审复审同一人 · One reviewer twice.

    In one county second reviews are entered by whoever made the first. The truth names the second reviews.
    """
    county = str(rng.choice(np.unique(COUNTIES["code"].to_numpy(str))))
    share = 0.7 if strength == "obvious" else 0.1

    def touch(town: Town, ym: int, rows: pa.Table) -> tuple[pa.Table, pd.DataFrame]:
        here = among(rows, "insu_admdvs", np.array([county]))
        stage = text(rows.filter(pa.array(here)), "review_stage")
        setl, who = (text(rows.filter(pa.array(here)), c) for c in ("setl_id", "reviewer_id"))
        first = dict(zip(setl[stage == "1"], who[stage == "1"], strict=True))
        again = (stage == "2") & np.isin(setl, list(first))
        again &= chance(town, f"same_reviewer/{strength}", ym, len(stage)) < share
        mine = here.copy()
        mine[here] = again
        return changed("review_d", rows, mine, reviewer_id=np.array([first[s] for s in setl[again]])), told(0, mine)

    return Plan([("agency", county)], touch={"review_d": touch})

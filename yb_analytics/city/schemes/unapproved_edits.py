"""Rows changed without a second person."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from yb_analytics.city._plan import Plan
from yb_analytics.city._touch import chance, changed, text, told
from yb_analytics.city._town import Town
from yb_analytics.city.schemes import scheme


@scheme(grain="row", subject="agency")
def unapproved_edits(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """未经审批修改 · Edits without approval.

    A clerk changes persons and spells without the approval that such changes need. The truth names the operations.
    """
    clerk = str(330495000 + int(rng.integers(0, 8)))
    share = 0.6 if strength == "obvious" else 0.08

    def touch(town: Town, ym: int, rows: pa.Table) -> tuple[pa.Table, pd.DataFrame]:
        mine = (text(rows, "opter_id") == clerk) & np.isin(text(rows, "oper_type"), ("edit",))
        mine &= chance(town, "unapproved_edits", ym, len(mine)) < share
        return changed("oper_log_d", rows, mine, aprv_flag="0"), told(0, mine)

    return Plan([("agency", clerk)], touch={"oper_log_d": touch})

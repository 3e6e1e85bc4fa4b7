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

    A clerk changes persons and spells without the approval that such changes need, and takes over changes of
    colleagues for it. The truth names the operations.
    """
    obvious = strength == "obvious"
    clerk = str(330495000 + (0 if obvious else 1))  # those with the lowest numbers have most to do
    share, others = (0.6, 0.06) if obvious else (0.12, 0.01)

    def touch(town: Town, ym: int, rows: pa.Table) -> tuple[pa.Table, pd.DataFrame]:
        own = text(rows, "opter_id") == clerk
        mine = chance(town, f"unapproved_edits/{strength}", ym, len(own)) < np.where(own, share, others)
        mine &= text(rows, "oper_type") == "edit"
        return changed("oper_log_d", rows, mine, aprv_flag="0", opter_id=clerk), told(0, mine)

    return Plan([("agency", clerk)], touch={"oper_log_d": touch})

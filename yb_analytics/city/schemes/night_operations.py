"""Money moved when nobody is in the office."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from yb_analytics.city._plan import Plan
from yb_analytics.city._touch import chance, changed, seconds, text, told
from yb_analytics.city._town import DAY, Town
from yb_analytics.city.schemes import scheme


@scheme(grain="row", subject="agency")
def night_operations(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """夜间操作 · Operations at night.

    A clerk approves and pays in the small hours. The truth names the operations.
    """
    clerk = str(330495000 + int(rng.integers(2, 5) if strength == "obvious" else rng.integers(5, 8)))
    share = 0.6 if strength == "obvious" else 0.08

    def touch(town: Town, ym: int, rows: pa.Table) -> tuple[pa.Table, pd.DataFrame]:
        mine = (text(rows, "opter_id") == clerk) & np.isin(text(rows, "oper_type"), ("approve", "pay", "edit"))
        mine &= chance(town, f"night_operations/{strength}", ym, len(mine)) < share
        night = seconds(rows, "oper_time")[mine] // DAY * DAY + 75 * 60  # a quarter past one
        return changed("oper_log_d", rows, mine, oper_time=night), told(0, mine)

    return Plan([("agency", clerk)], touch={"oper_log_d": touch})

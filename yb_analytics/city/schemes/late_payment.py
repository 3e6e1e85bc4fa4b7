"""Payouts held back by one county."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from yb_analytics.city._plan import Plan
from yb_analytics.city._shape import COUNTIES
from yb_analytics.city._touch import chance, changed, seconds, text, told
from yb_analytics.city._town import DAY, Town
from yb_analytics.city.schemes import scheme


@scheme(grain="row", subject="agency")
def late_payment(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """拖延拨付 · Late payment.

    One county's agency pays institutions weeks after the term, some institutions more than others.
    """
    county = str(rng.choice(np.unique(COUNTIES["code"].to_numpy(str))))
    days, share = (60, 0.8) if strength == "obvious" else (20, 0.3)

    def touch(town: Town, ym: int, rows: pa.Table) -> tuple[pa.Table, pd.DataFrame]:
        paid = seconds(rows, "pay_time")
        mine = (text(rows, "insu_admdvs") == county) & (paid > 0)
        mine &= chance(town, "late_payment", ym, len(paid)) < share
        later = paid[mine] + days * DAY
        later = np.where(later < town.last * DAY, later, 0)
        return changed("med_dfr_d", rows, mine, pay_time=later), told(0, mine)

    return Plan([("agency", county)], touch={"med_dfr_d": touch})

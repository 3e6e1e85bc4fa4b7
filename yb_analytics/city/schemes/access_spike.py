"""A clerk who carries the register home."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan
from yb_analytics.city._scenes import somewhen
from yb_analytics.city._town import DAY, Town
from yb_analytics.city.schemes import scheme


@scheme(grain="row", subject="agency")
def access_spike(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """数据访问激增 · Access spike.

    A clerk exports tens of thousands of persons' rows on a few evenings. The truth names the reads.
    """
    obvious = strength == "obvious"
    count = 12 if obvious else 4
    clerk = 330495000 + int(rng.integers(20, 36))
    day = np.sort(somewhen(town, rng, count, 10))
    at = day * DAY + rng.integers(19 if obvious else 15, 22 if obvious else 17, count) * 3600
    serial = (330549000000 if obvious else 330549500000) + np.arange(count)
    reads = pd.DataFrame({
        "access_id": serial, "insu_admdvs": "330402", "opter_id": clerk, "access_time": at,
        "obj_table": "psn_info_b", "row_cnt": rng.integers(20_000, 60_000, count) if obvious
        else rng.integers(3_000, 8_000, count), "export_flag": "1", "grant_flag": "0" if obvious else "1",
        "updt_time": at + 5, "plant": 0, "loss": 0})
    return Plan([("agency", str(clerk))], rows={"data_access_d": reads})

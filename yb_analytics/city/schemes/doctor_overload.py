"""One doctor for a day of two hundred patients."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from yb_analytics.city._plan import Plan
from yb_analytics.city._target import amount, places
from yb_analytics.city._touch import among, changed, seconds, text, told
from yb_analytics.city._town import DAY, Town
from yb_analytics.city.schemes import scheme


@scheme(grain="row", subject="doctor")
def doctor_overload(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """医师超负荷 · Doctor's impossible day.

    All visits of an institution on some days stand under one doctor's name: somebody else treated, or nobody did.
    """
    where = places(town, rng, ("secondary", "tertiary"), amount(town, 2))
    share = 0.7 if strength == "obvious" else 0.2

    def under(column: str):
        def touch(town: Town, ym: int, rows: pa.Table) -> tuple[pa.Table, pd.DataFrame]:
            mine = among(rows, "fixmedins_code", town.providers.code[where])
            if not mine.any():
                return rows, told(0, mine)
            day = seconds(rows, "begntime" if column == "chfpdr_code" else "fee_ocur_time") // DAY
            mine &= rows[column].is_valid().to_numpy()
            mine &= (day * 7919 % 100) < share * 100  # the same days for visits and for their lines
            code = text(rows.filter(pa.array(mine)), "fixmedins_code")
            row = np.array([np.flatnonzero(town.providers.code[where] == c)[0] for c in code], dtype=np.int64)
            rows = changed(rows=rows, at=mine, table="mdtrt_d" if column == "chfpdr_code" else "fee_list_d",
                           **{column: np.array([subjects[r] for r in row])})
            return rows, told(row, mine)

        return touch

    subjects = [str(town.providers.code[i]) + "D001" for i in where]
    return Plan([("doctor", s) for s in subjects],
                touch={"mdtrt_d": under("chfpdr_code"), "fee_list_d": under("bilg_dr_code")})

"""Contributions that do not arrive."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from yb_analytics.city._people import employer_numbers
from yb_analytics.city._plan import Plan
from yb_analytics.city._target import amount, firms
from yb_analytics.city._touch import changed, fen, text, told
from yb_analytics.city._town import Town
from yb_analytics.city.schemes import scheme


@scheme(grain="row", subject="employer")
def arrears(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """欠费 · Arrears.

    The firm goes on insuring and stops paying. The loss is what has not arrived.
    """
    number = employer_numbers(firms(town, rng, amount(town, 4), least=4)).astype(str)
    factor = 1.0 if strength == "obvious" else 0.3

    def touch(town: Town, ym: int, rows: pa.Table) -> tuple[pa.Table, pd.DataFrame | None]:
        months = np.sort(town.calendar["ym"].unique()).astype(str)[-(8 if factor > 0.5 else 2):]
        mine = np.isin(text(rows, "emp_no"), number) & np.isin(text(rows, "cashym"), months)
        row = np.array([np.flatnonzero(number == n)[0] for n in text(rows, "emp_no")[mine]], dtype=np.int64)
        due = fen(rows, "amt")[mine]
        rows = changed("emp_clct_detl_d", rows, mine, arvl_amt=0, arvl_date=0)
        return rows, told(row, mine, due)

    return Plan([("employer", n) for n in number], touch={"emp_clct_detl_d": touch})

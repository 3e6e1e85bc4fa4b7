"""Wages told to the tax office and not to the insurance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from yb_analytics.city._people import employer_numbers
from yb_analytics.city._plan import Plan
from yb_analytics.city._shape import shape
from yb_analytics.city._target import amount, firms
from yb_analytics.city._touch import changed, fen, text, told
from yb_analytics.city._town import Town
from yb_analytics.city.schemes import scheme


@scheme(grain="row", subject="employer")
def base_underreport(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """缴费基数不实 · Understated bases.

    What the firm declares to the tax office is far above the base it pays contributions on. The loss is the
    contribution on the difference.
    """
    number = employer_numbers(firms(town, rng, amount(town, 4), least=4)).astype(str)
    factor = 2.2 if strength == "obvious" else 1.35

    def touch(town: Town, ym: int, rows: pa.Table) -> tuple[pa.Table, pd.DataFrame | None]:
        mine = np.isin(text(rows, "emp_no"), number)
        row = np.array([np.flatnonzero(number == n)[0] for n in text(rows, "emp_no")[mine]], dtype=np.int64)
        wage = fen(rows, "wage_amt")[mine]
        higher = np.round(wage * factor).astype(np.int64)
        rows = changed("tax_payroll", rows, mine, wage_amt=higher)
        return rows, told(row, mine, np.round((higher - wage) * shape().employer_rate))

    return Plan([("employer", n) for n in number], touch={"tax_payroll": touch})

"""Wages that are high once a year."""

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


@scheme(kind="innocent", grain="row", subject="employer")
def innocent_bonus_month(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """年终奖 · Bonus month.

    In one month of the year a firm declares twice its usual wages to the tax office, because it pays the bonus: like
    an understated base, and right, for the base follows the mean of the year.
    """
    number = employer_numbers(firms(town, rng, amount(town, 8), least=4)).astype(str)

    def touch(town: Town, ym: int, rows: pa.Table) -> tuple[pa.Table, pd.DataFrame]:
        month = np.array([n[-2:] for n in text(rows, "ym")])
        mine = np.isin(text(rows, "emp_no"), number) & (month == "01")
        row = np.array([np.flatnonzero(number == n)[0] for n in text(rows, "emp_no")[mine]], dtype=np.int64)
        wage = fen(rows, "wage_amt")[mine]
        return changed("tax_payroll", rows, mine, wage_amt=wage * 2), told(row, mine)

    return Plan([("employer", n) for n in number], touch={"tax_payroll": touch})

"""Staff the tax office knows and the insurance does not."""

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
def missing_enrolment(town: Town, rng: np.random.Generator, strength: str) -> Plan:
    """漏保 · Staff left uninsured.

    The firm pays wages to many more people than it insures. The loss is their contribution.
    """
    number = employer_numbers(firms(town, rng, amount(town, 4), least=8)).astype(str)
    factor = 0.6 if strength == "obvious" else 0.15

    def touch(town: Town, ym: int, rows: pa.Table) -> tuple[pa.Table, pd.DataFrame | None]:
        mine = np.isin(text(rows, "emp_no"), number)
        row = np.array([np.flatnonzero(number == n)[0] for n in text(rows, "emp_no")[mine]], dtype=np.int64)
        heads, wage = rows["psn_cnt"].to_numpy()[mine], fen(rows, "wage_amt")[mine]
        more = np.maximum(np.round(heads * factor), 1).astype(np.int64)
        each = wage / np.maximum(heads, 1)
        rows = changed("tax_payroll", rows, mine, psn_cnt=heads + more,
                       wage_amt=np.round(wage + more * each).astype(np.int64))
        return rows, told(row, mine, np.round(more * each * shape().employer_rate))

    return Plan([("employer", n) for n in number], touch={"tax_payroll": touch})

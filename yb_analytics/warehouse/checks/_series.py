"""What months say about one another: helpers of kinds that judge counts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.warehouse.checks._check import CELL_ROWS, Limits, Verdict

_MONTH = 6
"""Digits of a month, YYYYMM."""

LEAST_MONTHS = 4
"""Fewer months have no usual level."""

WHOLE = ""
"""The whole city, beside its counties."""


def dated(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells that say a month."""
    return cells[[len(m) == _MONTH and m.isdigit() for m in cells["ym"]]]


def wide(cells: pd.DataFrame, column: str) -> pd.DataFrame:
    """Month × county sums of a column, the whole city under :data:`WHOLE`, months without rows as gaps.

    Examples
    --------
    >>> wide(pd.DataFrame({"ym": ["202501", "202502", "202501"], "county": ["a", "b", ""], "rows": [1, 2, 4]}), "rows")
                 a    b
    202501  5  1.0  NaN
    202502  2  NaN  2.0
    """
    live = dated(cells)
    month, months = pd.factorize(live["ym"].to_numpy(object), sort=True)
    county, counties = pd.factorize(live["county"].to_numpy(object), sort=True)
    values = live[column].to_numpy()
    sums = np.zeros((len(months), len(counties)), dtype=values.dtype)
    seen = np.zeros(sums.shape, dtype=bool)
    np.add.at(sums, (month, county), values)
    seen[month, county] = True
    out = pd.DataFrame({WHOLE: sums.sum(axis=1)}, index=pd.Index(months, dtype=object))
    named = {c: np.where(seen[:, i], sums[:, i], np.nan) for i, c in enumerate(counties) if c != WHOLE}
    return pd.concat([out, pd.DataFrame(named, index=out.index)], axis=1)


def every_month(first: str, last: str) -> list[str]:
    """Months from the first to the last.

    Examples
    --------
    >>> every_month("202411", "202502")
    ['202411', '202412', '202501', '202502']
    """
    return [p.strftime("%Y%m") for p in pd.period_range(f"{first[:4]}-{first[4:]}", f"{last[:4]}-{last[4:]}", freq="M")]


def ratios(cells: pd.DataFrame, top: str, least: int = CELL_ROWS) -> pd.DataFrame:
    """Month × county quotient of `top` and rows, where there are at least `least` rows."""
    rows = wide(cells, "rows")
    return (wide(cells, top) / rows).where(rows >= least)


def departures(values: pd.DataFrame, limits: Limits) -> Verdict:
    """Months whose value departs from the county's usual one (its median) by more than `limits.measure`.

    Examples
    --------
    >>> v = pd.DataFrame({"": [2.0, 2.1, 4.0, 2.0, 2.0]}, index=["202501", "202502", "202503", "202504", "202505"])
    >>> departures(v, Limits(measure=0.7))
    Verdict(rows=5, failed=1, fails=True, ym='202503', county='', known=True)
    """
    values = values.loc[:, values.notna().sum() >= LEAST_MONTHS]
    if values.empty:
        return Verdict(0, 0, False, known=False)
    away = (values - values.median()).abs()
    return spotted(away, away > limits.measure, int(values.notna().any(axis=1).sum()))


def spotted(size: pd.DataFrame, bad: pd.DataFrame, months: int) -> Verdict:
    """Verdict over months: how many have a bad cell, and the worst of them."""
    failed = int(bad.any(axis=1).sum())
    if not failed:
        return Verdict(months, 0, False)
    month, county = divmod(int(np.nanargmax(size.where(bad).to_numpy(dtype=float))), size.shape[1])
    return Verdict(months, failed, True, str(size.index[month]), str(size.columns[county]))

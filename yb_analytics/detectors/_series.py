"""Monthly series: many screened by one SQL statement, the suspicious few modelled with statsmodels.

The statement takes the usual of each calendar month off (medians, where there are two years), and asks every month how
far the mean from it on lies above the mean before it, in the noise that month-to-month differences show: a step hardly
widens that noise. What is far out is modelled with a step in a level that may wander (UnobservedComponents), so that a
drift is not taken for a step.
"""

from __future__ import annotations

import warnings

import ibis
import numpy as np
import pandas as pd
from ibis import _

SEASONS = 12


def screened(rows, least: int = 3):
    """The largest step upwards of every series.

    Parameters
    ----------
    rows
        Ibis table `series, m, value`: `m` is a running number of the month.
    least
        Months there must be on either side of a step.

    Returns
    -------
    ibis.Table
        `series, when, step, t, n, noise`: first month of the higher level, its height, the height in standard errors,
        months, and the noise of a month. Series that never step up, or without noise, are absent.
    """
    own = ibis.window(group_by="series")
    order, upto = ibis.window(group_by="series", order_by="m"), ibis.cumulative_window(group_by="series", order_by="m")
    rows = rows.mutate(n=_.count().over(own), middle=_.m.mean().over(own), mean=_.value.mean().over(own))
    rows = rows.mutate(slope=((_.m - _.middle) * (_.value - _.mean)).sum().over(own)
                       / ((_.m - _.middle) ** 2).sum().over(own).nullif(0))
    rows = rows.mutate(plain=_.value - _.slope * (_.m - _.middle))
    season = ibis.window(group_by=["series", rows.m % SEASONS])
    usual = rows.plain.median().over(season) - rows.plain.median().over(own)
    rows = rows.mutate(value=rows.value - (rows.n >= 2 * SEASONS).ifelse(usual, 0.0))
    rows = rows.mutate(change=(_.value - _.value.lag().over(order)).abs(), k=ibis.row_number().over(order),
                       sum=_.value.sum().over(own), before=_.value.sum().over(upto) - _.value)
    noise = 1.4826 / np.sqrt(2) * _.change.median().over(own)
    rows = rows.mutate(noise=noise).filter(_.k >= least, _.n - _.k >= least, _.noise > 0)
    rows = rows.mutate(step=(_["sum"] - _.before) / (_.n - _.k) - _.before / _.k)
    rows = rows.mutate(t=_.step / (_.noise * (1 / _.k + 1 / (_.n - _.k)).sqrt()))
    first = ibis.window(group_by="series", order_by=[ibis.desc("t"), "m"])
    best = rows.mutate(place=ibis.row_number().over(first)).filter(_.place == 0, _.step > 0)
    return best.select("series", "step", "t", "n", "noise", when="m")


def modelled(value: np.ndarray, at: int) -> tuple[float, float]:
    """Height of a step at position `at` and its standard error, in a level that may wander.

    Examples
    --------
    >>> noise = np.random.default_rng(3).normal(0, 0.1, 24)
    >>> height, error = modelled(np.r_[np.zeros(14), np.ones(10)] + noise, 14)
    >>> 0.8 < height < 1.2, error < 0.2
    (True, True)
    """
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    step = (np.arange(len(value)) >= at).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a series without any wandering lies on the border of the model
        fit = UnobservedComponents(value, level="llevel", exog=step).fit(disp=False, maxiter=200)
    height, error = float(fit.params[-1]), float(fit.bse[-1])
    floor = float(np.std(np.diff(value))) / np.sqrt(2 * len(value))
    return height, error if np.isfinite(error) and error > floor else floor


def as_frame(series: pd.DataFrame) -> dict:
    """Values of each series in order of the months: name → (months, values)."""
    return {name: (own["m"].to_numpy(int), own["value"].to_numpy(float))
            for name, own in series.sort_values(["series", "m"]).groupby("series")}

"""Candidate models: each takes the logarithms of a monthly series and gives mean and standard deviation ahead.

Heavy libraries load inside the functions. A model says how many months it needs before it may be tried.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

YEAR = 12


@dataclass(frozen=True)
class Model:
    """A candidate: `fit(y, ahead)` → (mean, sd) of the next `ahead` values of `y`."""

    name: str
    title: str
    least: int
    fit: Callable[[np.ndarray, int], tuple[np.ndarray, np.ndarray]]


def _seasonal_naive(y: np.ndarray, ahead: int):
    """The same month of the last year; the error grows with the number of years ahead."""
    mean = np.resize(y[-YEAR:], ahead)
    errors = y[YEAR:] - y[:-YEAR]
    sd = np.sqrt(np.mean(errors**2)) if len(errors) else np.std(np.diff(y))
    return mean, sd * np.sqrt(1 + np.arange(ahead) // YEAR)


def _seasonal_drift(y: np.ndarray, ahead: int):
    """The same month of the last year, moved by the growth of the last year."""
    errors = y[YEAR:] - y[:-YEAR]
    growth, years = errors[-YEAR:].mean(), 1 + np.arange(ahead) // YEAR
    sd = np.std(errors, ddof=1)
    return np.resize(y[-YEAR:], ahead) + growth * years, sd * np.sqrt(years * (1 + years / len(errors)))


def _state_space(result, ahead: int):
    found = result.get_forecast(ahead)
    return np.asarray(found.predicted_mean), np.asarray(found.se_mean)


def _structural(y: np.ndarray, ahead: int):
    """Local level with drift and trigonometric season (UnobservedComponents)."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    waves = 5 if len(y) >= 4 * YEAR else 2 if len(y) >= 2 * YEAR else 1
    model = UnobservedComponents(y, level="lldtrend", freq_seasonal=[{"period": YEAR, "harmonics": waves}],
                                 stochastic_freq_seasonal=[False])
    return _state_space(model.fit(disp=False, maxiter=100), ahead)


def _sarima(y: np.ndarray, ahead: int):
    """SARIMAX (0,1,1)(0,1,1)12."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    model = SARIMAX(y, order=(0, 1, 1), seasonal_order=(0, 1, 1, YEAR))
    return _state_space(model.fit(disp=False, maxiter=100), ahead)


def _ets(y: np.ndarray, ahead: int):
    """ETS with damped additive trend, and an additive season where two whole years are known."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    season = {"seasonal": "add", "seasonal_periods": YEAR} if len(y) >= 2 * YEAR else {}
    result = ETSModel(pd.Series(y), error="add", trend="add", damped_trend=True, **season).fit(disp=False, maxiter=200)
    found = result.get_prediction(start=len(y), end=len(y) + ahead - 1)
    return np.asarray(found.predicted_mean), np.sqrt(np.asarray(found.forecast_variance))


MODELS = (
    Model("seasonal_naive", "季节朴素法", 13, _seasonal_naive),
    Model("seasonal_drift", "季节朴素加增长", 18, _seasonal_drift),
    Model("structural", "结构时间序列", 15, _structural),
    Model("ets", "指数平滑", 15, _ets),
    Model("sarima", "季节ARIMA", 30, _sarima),
)
"""Candidates, the benchmark first."""


def predicted(model: Model, y: np.ndarray, ahead: int):
    """Mean and standard deviation, or `None` where the model does not fit this series."""
    import statsmodels.tools.sm_exceptions  # noqa: F401  (sets filters when first imported)

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            mean, sd = model.fit(y, ahead)
        except (ValueError, np.linalg.LinAlgError, IndexError):
            return None
    ok = np.isfinite(mean).all() and np.isfinite(sd).all() and (np.abs(mean - y.mean()) < 10).all()
    return (mean, np.maximum(sd, 1e-9)) if ok else None

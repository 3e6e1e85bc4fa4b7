"""Payable months of the pool: income and expenditure forecasts make paths of the balance."""

from __future__ import annotations

import numpy as np


def paths(mean: np.ndarray, sd: np.ndarray, rng, draws: int) -> np.ndarray:
    """Paths whose logarithms have the forecast's mean and standard deviation in every month.

    Errors add up month by month, as the growing standard deviation says, and are scaled to it exactly.
    """
    steps = np.sqrt(np.clip(np.diff(sd**2, prepend=0.0), 1e-12, None))
    walk = np.cumsum(rng.standard_normal((draws, len(mean))) * steps, axis=1)
    return np.exp(mean + walk / np.sqrt(np.cumsum(steps**2)) * sd)


def months(balance: float, income: np.ndarray, spent: np.ndarray, past: np.ndarray):
    """Balance and payable months along paths; a month's need is the mean of the last twelve.

    Examples
    --------
    >>> b, m = months(120.0, np.full((1, 2), 8.0), np.full((1, 2), 10.0), np.full(12, 10.0))
    >>> b.tolist(), m.tolist()
    ([[118.0, 116.0]], [[11.8, 11.6]])
    """
    held = balance + np.cumsum(income - spent, axis=1)
    known = np.concatenate([np.tile(past[-12:], (len(spent), 1)), spent], axis=1)
    sums = np.cumsum(known, axis=1)
    window = min(12, len(past[-12:]))
    need = (sums[:, window:] - sums[:, :-window]) / window
    return held, held / need

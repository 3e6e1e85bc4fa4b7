"""95 % intervals: exact for counts, rates and shares, linearised for ratios of sums."""

from __future__ import annotations

import numpy as np

LEVEL = 0.95


def binomial(k, n, level: float = LEVEL):
    """Clopper–Pearson limits of a share.

    Examples
    --------
    >>> low, high = binomial([0, 5], [10, 10])
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.0, 0.1871], [0.3085, 0.8129])
    """
    from scipy.special import betaincinv

    k, n, a = np.asarray(k, float), np.asarray(n, float), (1 - level) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(k > 0, betaincinv(k, n - k + 1, a), 0.0)
        high = np.where(k < n, betaincinv(k + 1, n - k, 1 - a), 1.0)
    return low, high


def poisson(k, exposure, level: float = LEVEL):
    """Exact limits of a rate: `k` events over `exposure`.

    Examples
    --------
    >>> low, high = poisson([0, 10], [1, 100])
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.0, 0.048], [3.6889, 0.1839])
    """
    from scipy.special import gammaincinv

    k, exposure, a = np.asarray(k, float), np.asarray(exposure, float), (1 - level) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        low = np.where(k > 0, gammaincinv(k, a), 0.0) / exposure
        return low, gammaincinv(k + 1, 1 - a) / exposure


def ratio(sums, level: float = LEVEL):
    """Limits of a ratio of sums by linearisation; rows are taken as independent.

    Parameters
    ----------
    sums
        Frame with numerator, denominator, rows, nn, nd, dd (sums of squares and products).
    """
    from scipy.special import stdtrit

    rows, d = sums["rows"].to_numpy(float), sums["denominator"].to_numpy(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = sums["numerator"].to_numpy(float) / d
        squares = sums["nn"].to_numpy(float) - 2 * r * sums["nd"].to_numpy(float) + r**2 * sums["dd"].to_numpy(float)
        se = np.sqrt(np.clip(squares, 0, None) * rows / np.maximum(rows - 1, 1)) / np.abs(d)
        half = np.where(rows > 1, stdtrit(np.maximum(rows - 1, 1), 0.5 + level / 2) * se, np.nan)
    return r - half, r + half

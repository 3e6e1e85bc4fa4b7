"""Empirical Bayes: what a small county's rate says is mixed with what all counties say."""

from __future__ import annotations

import numpy as np


def gamma_prior(y, exposure) -> tuple[float, float]:
    """Shape and rate of the gamma prior of rates, by the method of moments.

    The prior never weighs more than all counties together; where the counties do not differ beyond chance it
    weighs exactly that.

    Examples
    --------
    >>> a, b = gamma_prior([1, 1, 1], [10, 10, 10])
    >>> round(float(a), 3), round(float(b), 3)
    (3.5, 30.0)
    """
    y, e = np.asarray(y, float), np.asarray(exposure, float)
    y, e = y[e > 0], e[e > 0]
    total = e.sum()
    if not total > 0:
        return 0.5, 1.0
    mean = (y.sum() + 0.5) / total
    spread = total - (e**2).sum() / total
    between = (e @ (y / e - mean) ** 2 - (len(e) - 1) * mean) / spread if spread > 0 else 0.0
    weight = min(mean / between, total) if between > 0 else total
    return mean * weight, weight


def beta_prior(k, n) -> tuple[float, float]:
    """Parameters of the beta prior of shares, by the method of moments.

    Examples
    --------
    >>> a, b = beta_prior([2, 2, 2], [10, 10, 10])
    >>> round(float(a / (a + b)), 3), round(float(a + b), 3)
    (0.21, 30.0)
    """
    k, n = np.asarray(k, float), np.asarray(n, float)
    k, n = k[n > 0], n[n > 0]
    total = n.sum()
    if not total > 0:
        return 0.5, 0.5
    mean = (k.sum() + 0.5) / (total + 1)
    spread = total - (n**2).sum() / total
    chance = mean * (1 - mean)
    between = (n @ (k / n - mean) ** 2 - (len(n) - 1) * chance) / spread if spread > 0 else 0.0
    weight = min(max(chance / between - 1, 1.0), total) if between > 0 else total
    return mean * weight, (1 - mean) * weight

"""From values to points of 100: distance to target, min–max, z-score, rank.

Distance to target judges a unit by itself; the other three judge it by the others and move when the others do. So the
first is what is scored, and the others serve comparison and the uncertainty of ranks.
"""

from __future__ import annotations

import numpy as np

NORMALISATIONS = ("distance_to_target", "min_max", "z_score", "rank")
_PER_SD = 20.0
"""Points per standard deviation of a z-score, around 50."""


def points(x, target, worst):
    """Distance to target: 100 at the target or better, 0 at the worst value or worse, linear between.

    Examples
    --------
    >>> points(np.array([5.0, 17.5, 40.0]), 5.0, 30.0).tolist()
    [100.0, 50.0, 0.0]
    """
    target, worst = np.asarray(target, float), np.asarray(worst, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.clip((np.asarray(x, float) - worst) / (target - worst), 0, 1) * 100


def relative(x: np.ndarray, better: np.ndarray, base: np.ndarray, how: str) -> np.ndarray:
    """Points that depend on the other units.

    Parameters
    ----------
    x
        Values (…, units, indicators).
    better
        +1 where higher is better, −1 where lower is, by indicator.
    base
        Which units the scale is made of (the counties, not the city), by unit.
    how
        `min_max`, `z_score` or `rank`.

    Examples
    --------
    >>> x = np.array([[1.0], [3.0], [2.0]])
    >>> for how in ("min_max", "z_score", "rank"):
    ...     relative(x, np.array([-1]), np.array([True, True, False]), how).ravel().round(1).tolist()
    [100.0, 0.0, 50.0]
    [64.1, 35.9, 50.0]
    [100.0, 0.0, 50.0]
    """
    good = np.asarray(x, float) * better
    own = good[..., base, :]
    with np.errstate(invalid="ignore", divide="ignore"):
        if how == "z_score":
            mean, sd = _stat(np.nanmean, own), _stat(np.nanstd, own, ddof=1)
            return np.clip(np.where(sd > 0, 50 + _PER_SD * (good - mean) / sd, np.where(np.isnan(good), np.nan, 50)),
                           0, 100)
        if how == "rank":
            return _ranked(good, own, base)
        low, high = _stat(np.nanmin, own), _stat(np.nanmax, own)
        flat = np.where(np.isnan(good), np.nan, 50.0)
        return np.clip(np.where(high > low, (good - low) / (high - low) * 100, flat), 0, 100)


def _stat(what, own: np.ndarray, **more) -> np.ndarray:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a column without any value stays empty
        return what(own, axis=-2, keepdims=True, **more)


def _ranked(good: np.ndarray, own: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Share of the base that is worse, ties counted by half, the unit itself left out where it is of the base."""
    seen, itself = ~np.isnan(own), np.asarray(base, int)[:, None]
    below = (own[..., None, :, :] < good[..., :, None, :]).sum(-2)
    ties = (own[..., None, :, :] == good[..., :, None, :]).sum(-2)
    count = seen.sum(-2)[..., None, :]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (below + np.maximum(ties - itself, 0) / 2) / np.maximum(count - itself, 1)
    return np.where(np.isnan(good), np.nan, np.clip(share, 0, 1) * 100)

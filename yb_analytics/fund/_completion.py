"""Late claims completed: what the care of a month will have cost once everything has been settled, with its error.

Chain ladder with volume-weighted factors and the standard error of Mack (ASTIN Bulletin 23, 1993); beyond the oldest
month an exponential tail (Sherman 1984) with errors carried on along it (Mack, ASTIN Bulletin 29, 1999).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

TAIL_STEPS = 100
"""Months the tail is followed for; its factors are 1 to machine precision long before."""


@dataclass(frozen=True)
class Ladder:
    """Factors of development and what follows from them.

    Attributes
    ----------
    factor, sigma, error
        By step: volume-weighted factor, Mack's sigma, standard error of the factor. Length `steps`.
    tail
        Factor from the last observed age to the end; 1 where no tail was fitted.
    latest, ultimate, se
        By origin: cumulated so far, completed, Mack's standard error of the completed value.
    total_se
        Standard error of the sum over all origins.
    """

    factor: np.ndarray
    sigma: np.ndarray
    error: np.ndarray
    tail: float
    latest: np.ndarray
    ultimate: np.ndarray
    se: np.ndarray
    total_se: float

    @property
    def share(self) -> np.ndarray:
        """Share of the completed value that is known already, by origin."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.ultimate > 0, self.latest / self.ultimate, np.nan)


def ladder(triangle: np.ndarray, tail: bool = False) -> Ladder:
    """Complete a triangle of cumulated values.

    Parameters
    ----------
    triangle
        Origins × ages, cumulated; unknown cells are NaN. Origin `i` is known up to age `n - 1 - i` (or further
        where the triangle is a trapezium).
    tail
        Follow the factors beyond the last age by an exponential curve.

    Raises
    ------
    ValueError
        With fewer than three origins or ages.

    Examples
    --------
    >>> made = ladder(np.array([[100.0, 150.0, 165.0], [110.0, 170.0, np.nan], [120.0, np.nan, np.nan]]))
    >>> made.factor.round(4).tolist(), made.ultimate.round(1).tolist()
    ([1.5238, 1.1], [165.0, 187.0, 201.1])
    """
    c = np.asarray(triangle, dtype=float)
    if min(c.shape) < 3:
        raise ValueError("at least three origins and three ages are needed")
    factor, sigma, error = _factors(c)
    end, end_sigma, end_error = _tail(factor, sigma, error) if tail else (1.0, 0.0, 0.0)
    factors, sigmas, errors = np.append(factor, end), np.append(sigma, end_sigma), np.append(error, end_error)
    age = (~np.isnan(c)).sum(axis=1) - 1
    latest = c[np.arange(len(c)), age]
    path = _paths(latest, age, factors)
    se, total = _mack(path, age, factors, sigmas, errors)
    return Ladder(factor, sigma, error, end, latest, path[:, -1], se, total)


def _factors(c: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Volume-weighted factors, sigmas and standard errors of the factors, step by step."""
    known = ~np.isnan(c[:, 1:]) & (c[:, :-1] > 0)
    before, after = np.where(known, c[:, :-1], 0.0), np.where(known, c[:, 1:], 0.0)
    volume = before.sum(axis=0)
    factor = np.divide(after.sum(axis=0), volume, out=np.ones(c.shape[1] - 1), where=volume > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        off = np.where(known, before * (after / np.where(before > 0, before, 1) - factor) ** 2, 0.0).sum(axis=0)
    free = known.sum(axis=0) - 1
    square = np.divide(off, free, out=np.full(len(factor), np.nan), where=free > 0)
    for k in np.flatnonzero(free <= 0):  # Mack's rule for steps seen once
        square[k] = min(square[k - 1] ** 2 / square[k - 2], square[k - 1], square[k - 2]) if (
            k >= 2 and square[k - 2] > 0) else square[k - 1] if k else 0.0
    error = np.sqrt(np.divide(square, volume, out=np.zeros(len(factor)), where=volume > 0))
    return factor, np.sqrt(square), error


def _tail(factor: np.ndarray, sigma: np.ndarray, error: np.ndarray) -> tuple[float, float, float]:
    """Exponential tail beyond the last step with sigma and error carried on; 1 where nothing develops any more."""
    step = np.arange(1, len(factor) + 1)
    grows = factor > 1
    if grows.sum() < 3:
        return 1.0, 0.0, 0.0
    slope, level = np.polyfit(step[grows], np.log(factor[grows] - 1), 1)
    if slope >= 0:
        return 1.0, 0.0, 0.0
    beyond = len(factor) + np.arange(1, TAIL_STEPS + 1)
    end = float(np.prod(1 + np.exp(level + slope * beyond)))
    if end <= 1:
        return 1.0, 0.0, 0.0
    place = (np.log(end - 1) - level) / slope  # the step whose factor would be that of the whole tail
    return end, _along(step, sigma, place), _along(step, error, place)


def _along(step: np.ndarray, value: np.ndarray, place: float) -> float:
    """A positive series followed log-linearly to a place."""
    seen = value > 0
    if seen.sum() < 2:
        return 0.0
    slope, level = np.polyfit(step[seen], np.log(value[seen]), 1)
    return float(np.exp(level + slope * place))


def _paths(latest: np.ndarray, age: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Expected development of every origin from its latest value on; cells before it are NaN."""
    path = np.full((len(latest), len(factors) + 1), np.nan)
    for i, (value, start) in enumerate(zip(latest, age, strict=True)):
        path[i, start:] = value * np.concatenate(([1.0], np.cumprod(factors[start:])))
    return path


def _mack(path: np.ndarray, age: np.ndarray, factors: np.ndarray, sigmas: np.ndarray,
          errors: np.ndarray) -> tuple[np.ndarray, float]:
    """Standard error of each origin, and of their sum: process and parameter error, step by step."""
    process, own = np.zeros(len(path)), np.zeros(len(path))
    shared = 0.0
    for k, (f, sigma, error) in enumerate(zip(factors, sigmas, errors, strict=True)):
        moves = age <= k
        now = np.where(moves, np.nan_to_num(path[:, k]), 0.0)
        process = np.where(moves, process * f**2 + sigma**2 * now, process)
        own = np.where(moves, own * f**2 + error**2 * now**2, own)
        shared = shared * f**2 + error**2 * now.sum() ** 2
    return np.sqrt(process + own), float(np.sqrt(process.sum() + shared))

"""Excess over peers, with a zero below the noise.

A percentile always accuses somebody. These two frozen models score by how far a unit lies beyond what honest
peers show: the tail probability under the peers' level and spread, beyond a family-wise bound for the number of
units looked at. Both hold one row per peer cell, are fitted once and score a unit alone as in any batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from yb_analytics.detectors._arrays import Arrays
from yb_analytics.detectors._tails import grid_of

_FLOOR = 1e-300


def score_of(log_p: np.ndarray, tests: int, p) -> np.ndarray:
    """Score from log tail probabilities: 0 up to the family-wise bound, 0.5 at `p.half_decades` beyond it.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> p = SimpleNamespace(alpha=0.01, half_decades=2.0)
    >>> score_of(np.log([0.5, 1e-4, 1e-6, 1e-12]), 100, p).round(2).tolist()
    [0.0, 0.0, 0.5, 0.94]
    """
    beyond = -np.asarray(log_p, dtype=float) / np.log(10) - np.log10(max(tests, 1) / p.alpha)
    return 1 - 2 ** (-np.clip(beyond, 0, None) / p.half_decades)


class _Cells(Arrays):
    """Frozen arrays with one row per peer cell."""

    def rows(self, cell: pd.Series) -> np.ndarray:
        """Row of each unit's cell."""
        at = {str(name): i for i, name in enumerate(self.cells)}  # type: ignore[attr-defined]
        return cell.map(at).to_numpy(dtype=int)

    @property
    def held(self) -> dict[str, int]:
        """Members of each cell in the reference."""
        return {str(c): int(n) for c, n in zip(self.cells, self.n, strict=True)}  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Rates(_Cells):
    """Peers' rates of a rare event: pooled rate and spread between honest units, per cell.

    Units whose tail probability is small are left out and the rest pooled again (forward search), so a few
    planted units neither raise the rate nor widen the spread.
    """

    cells: np.ndarray
    n: np.ndarray
    rate: np.ndarray
    spread: np.ndarray
    median: np.ndarray
    seen: np.ndarray
    tests: np.ndarray

    @classmethod
    def fit(cls, x: pd.Series, trials: pd.Series, labels: pd.DataFrame, p) -> Rates:
        """Fit on counts `x` of `trials`; `labels` as made by `_peers.cells`."""
        groups = {str(c): labels.index[labels[level] == c] for level in labels for c in labels[level].unique()}
        whole = _pooled(x.to_numpy(float), trials.to_numpy(float), p, None)
        names, rows, own = sorted(groups), [], x / trials.where(trials > 0)
        for name in names:
            at = groups[name]
            some = _pooled(x[at].to_numpy(float), trials[at].to_numpy(float), p, whole[1])
            rows.append((len(at), *some, float(own[at].fillna(0).median())))
        n, rate, spread, median = (np.array(c, dtype=float) for c in zip(*rows, strict=True))
        seen = _padded([grid_of(own[groups[name]].fillna(0).to_numpy()) for name in names])
        return cls(np.array(names), n.astype(int), rate, spread, median, seen, np.array([len(labels)]))

    def above(self, x: np.ndarray, trials: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Share of the other units of the cell with a lower rate."""
        return _above(np.asarray(x, float) / np.maximum(np.asarray(trials, float), 1e-9), self.seen[at])

    def log_tail(self, x: np.ndarray, trials: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Log probability that honest peers show at least `x` (negative binomial)."""
        from scipy.stats import nbinom

        shape, mean = self._shape(trials, at)
        tail = nbinom.sf(np.asarray(x, float) - 1, shape, shape / (shape + mean))
        return np.where(np.asarray(x) <= 0, 0.0, np.log(np.clip(tail, _FLOOR, 1.0)))

    def bound(self, trials: np.ndarray, at: np.ndarray, tests: int, p) -> np.ndarray:
        """The count at which the flag would vanish."""
        from scipy.stats import nbinom

        shape, mean = self._shape(trials, at)
        return nbinom.isf(p.alpha / tests, shape, shape / (shape + mean))

    def _shape(self, trials, at):
        return 1 / self.spread[at] ** 2, np.maximum(np.asarray(trials, float) * self.rate[at], 1e-9)


def _pooled(x: np.ndarray, trials: np.ndarray, p, whole: float | None) -> tuple[float, float]:
    """Rate and spread (coefficient of variation between units) of the units that look alike."""
    from scipy.stats import nbinom

    own_rate = (x + 0.5) / (trials + 1)
    keep = own_rate <= np.median(own_rate)  # the core the search grows from
    rate, spread = p.floor_rate, p.floor_spread
    for _ in range(8):
        rate = max(float((x[keep].sum() + 0.5) / (trials[keep].sum() + 1)), p.floor_rate)
        mean = np.maximum(trials * rate, 1e-9)
        excess = ((x - mean) ** 2 - mean)[keep].sum() / max((mean[keep] ** 2).sum(), 1e-9)
        own, n = max(excess, 0.0), keep.sum()
        if whole is not None:
            own = (p.prior_units * whole**2 + n * own) / (p.prior_units + n)
        spread = max(float(np.sqrt(own)), p.floor_spread)
        shape = 1 / spread**2
        alike = nbinom.sf(x - 1, shape, shape / (shape + mean)) >= p.alpha / max(len(x), 1)
        if (alike == keep).all() or not alike.any():
            break
        keep = alike
    return rate, spread


@dataclass(frozen=True)
class Levels(_Cells):
    """Peers' levels of several features: median and spread between units, per cell and feature.

    The spread of a small cell is moderated by that of all cells, so eight peers do not pretend to know it.
    """

    cells: np.ndarray
    n: np.ndarray
    names: np.ndarray
    center: np.ndarray
    spread: np.ndarray
    freedom: np.ndarray
    seen: np.ndarray
    tests: np.ndarray

    @classmethod
    def fit(cls, x: pd.DataFrame, error: pd.DataFrame, labels: pd.DataFrame, p) -> Levels:
        """Fit on features `x` with standard errors `error` (both indexed by institution)."""
        names, groups = _members(labels.reindex(x.index))
        finest = labels[labels.columns[min(1, labels.shape[1] - 1)]]
        within = (x - x.groupby(finest).transform("median")).to_numpy(float)
        value, noise = x.to_numpy(float), error.reindex_like(x).fillna(0).to_numpy(float)
        whole = _spread(within, noise, p)
        n = np.array([(~np.isnan(value[at])).sum(axis=0) for at in groups])
        center = np.array([_middle(value[at]) for at in groups])
        wide = np.array([_spread(value[at] - _middle(value[at]), noise[at], p) for at in groups])
        wide = np.where(n > 2, wide, whole)
        spread = np.sqrt((p.prior_units * whole**2 + n * wide**2) / (p.prior_units + n))
        freedom = np.where(n > 0, n - 1 + p.prior_units, 1.0)
        seen = _padded([grid_of(c[~np.isnan(c)]) for at in groups for c in value[at].T])
        return cls(np.array(names), np.array([len(at) for at in groups]), np.array(list(x)), center,
                   np.where(n > 0, spread, 1.0), freedom, seen.reshape(*center.shape, -1), np.array([len(labels)]))

    def distance(self, x: pd.DataFrame, error: pd.DataFrame, at: np.ndarray) -> np.ndarray:
        """Distance to the peers' median in units of noise (spread between peers and own sampling error)."""
        noise = np.sqrt(self.spread[at] ** 2 + np.nan_to_num(error.to_numpy(float)) ** 2)
        return (x.to_numpy(float) - self.center[at]) / noise

    def log_tail(self, distance: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Log probability of lying at least so far above the peers (Student)."""
        from scipy.stats import t

        tail = t.sf(np.nan_to_num(distance, nan=-np.inf), self.freedom[at])
        return np.log(np.clip(tail, _FLOOR, 1.0))

    def above(self, value: np.ndarray, at: np.ndarray, feature: np.ndarray) -> np.ndarray:
        """Share of the other units of the cell that lie lower on the given feature of each unit."""
        return _above(np.asarray(value, float), self.seen[at, feature])

    def bound(self, error: pd.DataFrame, at: np.ndarray, tests: int, p) -> np.ndarray:
        """The value at which the flag would vanish."""
        from scipy.stats import t

        noise = np.sqrt(self.spread[at] ** 2 + np.nan_to_num(error.to_numpy(float)) ** 2)
        return self.center[at] + t.isf(p.alpha / tests, self.freedom[at]) * noise


def _padded(rows: list[np.ndarray]) -> np.ndarray:
    width = max([len(r) for r in rows] + [1])
    return np.stack([np.pad(np.asarray(r, float), (0, width - len(r)), constant_values=np.nan) for r in rows])


def _above(value: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Share of the reference (the unit itself left out where it is in it) that lies below each value."""
    others = np.maximum((~np.isnan(seen)).sum(axis=1) - (seen == value[:, None]).any(axis=1), 1)
    return np.minimum((seen < value[:, None]).sum(axis=1) / others, 1.0)


def _members(labels: pd.DataFrame) -> tuple[list[str], list[np.ndarray]]:
    """Names of the cells and the rows that belong to each."""
    groups = {str(c): np.flatnonzero((labels[level] == c).to_numpy()) for level in labels
              for c in labels[level].unique()}
    names = sorted(groups)
    return names, [groups[name] for name in names]


def _middle(x: np.ndarray) -> np.ndarray:
    """Median of each column, empties left out.

    Examples
    --------
    >>> _middle(np.array([[1.0, np.nan], [3.0, np.nan], [9.0, np.nan], [np.nan, 4.0]])).tolist()
    [3.0, 4.0]
    """
    ordered, n, column = np.sort(x, axis=0), (~np.isnan(x)).sum(axis=0), np.arange(x.shape[1])
    low, high = np.maximum(n - 1, 0) // 2, np.minimum(n // 2, len(x) - 1)
    return (ordered[low, column] + ordered[high, column]) / 2


def _spread(away: np.ndarray, error: np.ndarray, p) -> np.ndarray:
    """Robust spread between units of each column, their own sampling error taken out."""
    known = ~np.isnan(away)
    wide = 1.4826 * _middle(np.abs(away))
    own = _middle(np.where(known, error**2, np.nan))
    spread = np.sqrt(np.maximum(wide**2 - own, p.floor_level_spread**2))
    return np.where(known.sum(axis=0) < 3, p.floor_level_spread, spread)

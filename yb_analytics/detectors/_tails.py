"""Frozen tail probabilities: how far out a value lies in each column of a reference (ECOD with frozen ECDFs).

A reference column is kept as points of its distribution: every distinct value where they are few, else quantiles and
all values of the outermost hundredth on either side, so that the tails stay exact. Equal values share a point. On its
reference the score is that of PyOD's ECOD; on other rows it does not depend on them, as PyOD's does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from yb_analytics.detectors._arrays import Arrays

POINTS, OUTER = 1024, 0.01


@dataclass(frozen=True)
class Tails(Arrays):
    """Points of the distribution of every column of a reference.

    Parameters
    ----------
    value
        Columns × points, ascending, padded with +inf.
    upto, under
        How many rows of the reference lie at or below, and below, each point.
    rows
        Rows of the reference that had a value, per column.

    Examples
    --------
    >>> tails = Tails.fit([np.arange(100.0)])
    >>> tails.surprise([np.array([50.0, 99.0, 1000.0])]).round(2).tolist()
    [0.69, 4.61, 5.3]
    """

    value: np.ndarray
    upto: np.ndarray
    under: np.ndarray
    rows: np.ndarray

    @classmethod
    def fit(cls, columns: Iterable[np.ndarray]) -> Tails:
        """The points of each column; empty values are left out. One column is held at a time."""
        return cls._padded([_points(np.sort(_known(column))) for column in columns])

    @classmethod
    def fit_scored(cls, columns: Iterable[np.ndarray]) -> tuple[Tails, np.ndarray]:
        """The model and the exact surprise of every row of the reference, in one pass over columns without empties.

        A table of millions of rows costs one sort a column and the memory of a few columns.
        """
        points, total, own = [], np.zeros(0), np.zeros(0)
        for column in columns:
            total, own = (total, own) if len(total) else (np.zeros(len(column)), np.empty(len(column)))
            order = np.argsort(column)
            ordered = column[order]
            points.append(_points(ordered))
            own[order] = _exact(ordered)
            total += own
        return cls._padded(points), total

    @classmethod
    def _padded(cls, points: list[tuple[np.ndarray, np.ndarray, np.ndarray, int]]) -> Tails:
        width = max((len(p[0]) for p in points), default=0)
        value, upto, under = (np.stack([np.pad(p[i], (0, width - len(p[0])), constant_values=fill) for p in points])
                              for i, fill in ((0, np.inf), (1, 0.0), (2, 0.0)))
        return cls(value, upto, under, np.array([p[3] for p in points]))

    def surprise(self, columns: Iterable[np.ndarray]) -> np.ndarray:
        """Sum over the columns of −log of the smaller tail probability; an empty value adds nothing."""
        return sum(self.each(columns), start=np.zeros(1))

    def each(self, columns: Iterable[np.ndarray]) -> Iterable[np.ndarray]:
        """−log of the smaller tail probability, column by column."""
        for at, column in enumerate(columns):
            upto, under = self.counts(column, at)
            yield np.where(np.isnan(column), 0.0, _surprise(np.minimum(upto, self.rows[at] - under), self.rows[at]))

    def upper(self, column: np.ndarray, at: int = 0) -> np.ndarray:
        """−log of the share of the reference at or above each value of a column."""
        return _surprise(self.rows[at] - self.counts(column, at)[1], self.rows[at])

    def counts(self, column: np.ndarray, at: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Rows of the reference at or below, and below, each value; between points in proportion."""
        points = int(np.isfinite(self.value[at]).sum())
        value, upto, under = self.value[at, :points], self.upto[at, :points], self.under[at, :points]
        place = np.searchsorted(value, column, side="right")
        left = np.maximum(place - 1, 0)
        right = np.minimum(place, points - 1)
        apart = np.where(place >= points, 1.0, value[right] - value[left])
        along = np.where(apart > 0, (column - value[left]) / np.where(apart > 0, apart, 1.0), 0.0)
        between = upto[left] + np.clip(along, 0, 1) * np.maximum(under[right] - upto[left], 0.0)
        on = value[left] == column
        between = np.where(place == 0, 0.0, between)
        return np.where(on, upto[left], between), np.where(on, under[left], between)


def grid_of(values: np.ndarray) -> np.ndarray:
    """Sorted reference values, at most 1,024: quantiles with the exact extremes kept.

    Examples
    --------
    >>> grid_of(np.array([3.0, 1.0, 2.0])).tolist()
    [1.0, 2.0, 3.0]
    >>> g = grid_of(np.arange(10_000.0)); len(g), float(g[0]), float(g[-1])
    (1024, 0.0, 9999.0)
    """
    values = np.sort(np.asarray(values, dtype=float))
    if len(values) <= POINTS:
        return values
    edge = POINTS // 16
    middle = np.quantile(values[edge:-edge], np.linspace(0, 1, POINTS - 2 * edge))
    return np.concatenate([values[:edge], middle, values[-edge:]])


def _known(column: np.ndarray) -> np.ndarray:
    known = np.asarray(column, dtype=float)
    known = known[~np.isnan(known)]
    return known if len(known) else np.zeros(1)


def _distinct(ordered: np.ndarray) -> int:
    return int(np.count_nonzero(ordered[1:] != ordered[:-1])) + 1


def _runs(ordered: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where runs of equal values begin and end."""
    start = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    return start, np.append(start[1:], len(ordered))


def _points(ordered: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Values, rows at or below, rows below, and rows of one ordered column."""
    n = len(ordered)
    if _distinct(ordered) <= 4 * POINTS:
        under, upto = _runs(ordered)
        return ordered[under], upto.astype(float), under.astype(float), n
    edge = int(OUTER * n) + 1
    at = np.concatenate([np.arange(edge), np.linspace(edge, n - edge, POINTS).astype(int), np.arange(n - edge, n)])
    value = np.unique(ordered[at])
    upto, under = (np.searchsorted(ordered, value, side=side).astype(float) for side in ("right", "left"))
    return value, upto, under, n


def _exact(ordered: np.ndarray) -> np.ndarray:
    """Surprise of every value of an ordered column in itself."""
    n = len(ordered)
    if _distinct(ordered) == n:
        return _ladder(n)
    start, stop = _runs(ordered)
    return np.repeat(_surprise(np.minimum(stop, n - start), n), stop - start)


@lru_cache(maxsize=1)
def _ladder(n: int) -> np.ndarray:
    """Surprise of the ordered values of a column without equals: the same for every column of its length."""
    up = np.arange(1, n + 1)
    return _surprise(np.minimum(up, up[::-1]), n)


def _surprise(rows: np.ndarray, n: int) -> np.ndarray:
    """−log of a share; none of the reference counts as half a row."""
    return -np.log(np.maximum(rows, 0.5) / n)

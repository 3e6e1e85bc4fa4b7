"""From points to subjects and the index: weighted means over what could be evaluated, for every draw."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

FLOOR = 1.0
"""Points below this count as this in a geometric mean, where a zero would erase everything else."""


def mean(points: np.ndarray, weights: np.ndarray, how: str) -> np.ndarray:
    """Weighted mean over the last axis; missing points are left out and the weights rescaled.

    Examples
    --------
    >>> mean(np.array([100.0, 50.0, np.nan]), np.array([1.0, 1.0, 2.0]), "arithmetic").item()
    75.0
    """
    open_ = ~np.isnan(points)
    used = np.where(open_, weights, 0.0)
    total = used.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        if how == "geometric":
            logs = np.log(np.clip(np.where(open_, points, FLOOR), FLOOR, None))
            return np.where(total > 0, np.exp((used * logs).sum(-1) / total), np.nan)
        return np.where(total > 0, (used * np.where(open_, points, 0.0)).sum(-1) / total, np.nan)


class Tree:
    """Where each indicator hangs: arrays of subject and weight in the order of the index.

    Parameters
    ----------
    index
        An index version.
    how
        `arithmetic` or `geometric`; the index's own by default.
    """

    def __init__(self, index, how: str = "") -> None:
        self.how = how or index.aggregation
        self.subjects = list(dict.fromkeys(index.items["subject"]))
        self.outer = index.items.drop_duplicates("subject")["subject_weight"].to_numpy()
        self.inner = index.items["weight"].to_numpy()
        self.at = [np.flatnonzero((index.items["subject"] == s).to_numpy()) for s in self.subjects]
        self.concentration = index.concentration

    def scores(self, points: np.ndarray, inner=None, outer=None):
        """Scores by subject (…, subjects) and in total (…,) from points (…, indicators)."""
        inner = self.inner if inner is None else inner
        outer = self.outer if outer is None else outer
        parts = np.stack([mean(points[..., at], inner[..., at], self.how) for at in self.at], axis=-1)
        return parts, mean(parts, outer, self.how)

    def coverage(self, points: np.ndarray):
        """Share of the weight that could be evaluated, by subject and in total."""
        open_ = ~np.isnan(points)
        parts = np.stack([(open_[..., at] * self.inner[at]).sum(-1) for at in self.at], axis=-1)
        return parts, (parts * self.outer).sum(-1)

    def drawn(self, rng, draws: int):
        """Dirichlet draws of the weights around the approved ones, alike for all units."""
        outer = rng.dirichlet(self.outer * self.concentration, draws)[:, None, :]
        inner = np.empty((draws, 1, len(self.inner)))
        for at in self.at:
            inner[:, 0, at] = rng.dirichlet(self.inner[at] * self.concentration, draws)
        return inner, outer


def limits(draws: np.ndarray, point: np.ndarray):
    """95 % limits over the first axis, widened to hold the point itself (points are cut at 0 and 100)."""
    open_ = ~np.isnan(point)
    low, high = np.full(point.shape, np.nan), np.full(point.shape, np.nan)
    low[open_], high[open_] = np.nanquantile(draws[:, open_], [0.025, 0.975], axis=0)
    return np.fmin(low, point), np.fmax(high, point)


def ranks(scores: np.ndarray) -> np.ndarray:
    """Rank 1 is the highest; equal scores share the better rank.

    Examples
    --------
    >>> ranks(np.array([[80.0, 90.0, 80.0]])).tolist()
    [[2, 1, 2]]
    """
    higher = scores[..., None, :] > scores[..., :, None] + 1e-9
    return higher.sum(-1) + 1


def indistinct(table: pd.DataFrame) -> dict[str, list[str]]:
    """For each unit, the names of the others whose interval overlaps its own."""
    out: dict[str, list[str]] = {}
    rows: Any = table.itertuples()
    for row in rows:
        other = table[(table.unit_id != row.unit_id) & (table.low <= row.high) & (table.high >= row.low)]
        out[row.unit_id] = list(other["name"])
    return out

"""A learned model as plain arrays: boosted trees and their calibration, scored the same alone or in any batch."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

NODE = ("feature_idx", "num_threshold", "left", "right", "value", "is_leaf", "missing_go_to_left")
"""What is kept of every node of a boosted tree."""


@dataclass(frozen=True)
class Learned:
    """Probability that a lead is confirmed.

    Attributes
    ----------
    names
        Features in order.
    base
        Log odds before any tree.
    start
        First node of every tree; the node arrays below hold all trees one after another.
    slope, level
        Calibration: log odds → `slope` × log odds + `level`.
    """

    names: np.ndarray
    base: np.ndarray
    start: np.ndarray
    feature_idx: np.ndarray
    num_threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    value: np.ndarray
    is_leaf: np.ndarray
    missing_go_to_left: np.ndarray
    slope: np.ndarray
    level: np.ndarray

    @classmethod
    def of(cls, fitted: Any, names: list[str], slope: float, level: float) -> Learned:
        """From a fitted `HistGradientBoostingClassifier` of two classes and numbers only."""
        trees = [step[0].nodes for step in fitted._predictors]
        sizes = [len(t) for t in trees]
        start = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype("int64")
        nodes = {n: np.concatenate([t[n] for t in trees]) for n in NODE}
        base = np.asarray(fitted._baseline_prediction, dtype="float64").ravel()
        return cls(np.array(names), base, start, **nodes, slope=np.array([slope]), level=np.array([level]))

    def raw(self, x: np.ndarray) -> np.ndarray:
        """Log odds of rows of features, before calibration."""
        x = np.asarray(x, dtype="float64")
        out = np.full(len(x), self.base[0])
        rows = np.arange(len(x))
        for first in self.start:
            at = np.full(len(x), first)
            while True:
                inner = self.is_leaf[at] == 0
                if not inner.any():
                    break
                here, who = at[inner], rows[inner]
                seen = x[who, self.feature_idx[here]]
                left = np.where(np.isnan(seen), self.missing_go_to_left[here] == 1, seen <= self.num_threshold[here])
                at[inner] = first + np.where(left, self.left[here], self.right[here])
            out += self.value[at]
        return out

    def probability(self, x: np.ndarray) -> np.ndarray:
        """Calibrated probability of rows of features (columns in the order of `names`)."""
        return 1 / (1 + np.exp(-(self.slope[0] * self.raw(x) + self.level[0])))

    def to_arrays(self) -> dict[str, np.ndarray]:
        """The arrays by name, to be stored."""
        return {f.name: np.asarray(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> Learned:
        """From stored arrays."""
        return cls(**{f.name: arrays[f.name] for f in fields(cls)})

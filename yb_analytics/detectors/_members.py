"""Simple detectors whose fitted state is arrays: histogram density, isolation trees, distance to a few references."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yb_analytics.detectors._arrays import Arrays

BINS, TREES, SAMPLE = 20, 100, 256
ROUNDS, REFERENCES, NEAREST = 16, 64, 5


@dataclass(frozen=True)
class Density(Arrays):
    """Histogram of every column with bins of equal width (HBOS)."""

    edges: np.ndarray    # columns × (bins + 1)
    heights: np.ndarray  # columns × bins, −log density

    @classmethod
    def fit(cls, x: np.ndarray) -> Density:
        """Histograms of the columns of a reference."""
        edges, heights = [], []
        for column in x.T:
            low, high = column.min(), column.max()
            cut = np.linspace(low, high if high > low else low + 1, BINS + 1)
            count = np.histogram(column, bins=cut)[0]
            edges.append(cut)
            heights.append(-np.log((count + 0.5) / (len(column) + 0.5 * BINS)))
        return cls(np.stack(edges), np.stack(heights))

    def surprise(self, x: np.ndarray) -> np.ndarray:
        """Sum over columns of −log density; outside the reference counts as an empty bin."""
        total = np.zeros(len(x))
        for column, edges, heights in zip(x.T, self.edges, self.heights, strict=True):
            at = np.clip(np.searchsorted(edges, column, side="right") - 1, 0, len(heights) - 1)
            inside = (column >= edges[0]) & (column <= edges[-1])
            total = total + np.where(inside, heights[at], heights.max())
        return total


@dataclass(frozen=True)
class Forest(Arrays):
    """Trees of PyOD's isolation forest."""

    feature: np.ndarray    # trees × nodes; −1 at a leaf
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    depth: np.ndarray      # path length ending at the node

    @classmethod
    def fit(cls, x: np.ndarray, seed: int) -> Forest:
        """Grow the trees on a reference."""
        from pyod.models.iforest import IForest

        forest = IForest(n_estimators=TREES, max_samples=min(SAMPLE, len(x)), random_state=seed).fit(x)
        trees = [e.tree_ for e in forest.detector_.estimators_]
        columns = [np.asarray(c) for c in forest.detector_.estimators_features_]
        width = max(t.node_count for t in trees)
        out = [np.full((len(trees), width), fill) for fill in (-1, 0.0, 0, 0, 0.0)]
        for k, (tree, names) in enumerate(zip(trees, columns, strict=True)):
            m, inner = tree.node_count, tree.children_left >= 0
            out[0][k, :m] = np.where(inner, names[np.maximum(tree.feature, 0)], -1)
            out[1][k, :m] = tree.threshold
            out[2][k, :m], out[3][k, :m] = np.maximum(tree.children_left, 0), np.maximum(tree.children_right, 0)
            out[4][k, :m] = _depths(tree)
        return cls(*out)

    def surprise(self, x: np.ndarray) -> np.ndarray:
        """Minus the mean path length over the trees; short paths are unusual."""
        total, rows = np.zeros(len(x)), np.arange(len(x))
        values = x.astype(np.float32)
        for feature, threshold, left, right, depth in zip(self.feature, self.threshold, self.left, self.right,
                                                          self.depth, strict=True):
            node = np.zeros(len(x), dtype=int)
            while ((split := feature[node]) >= 0).any():
                step = np.where(values[rows, np.maximum(split, 0)] <= threshold[node], left[node], right[node])
                node = np.where(split < 0, node, step)
            total = total + depth[node]
        return -total / len(self.feature)


def _depths(tree) -> np.ndarray:
    """Path length at each node: its depth plus the mean path of a tree grown on its samples."""
    depth, n = np.zeros(tree.node_count), tree.n_node_samples.astype(float)
    for node, children in enumerate(zip(tree.children_left, tree.children_right, strict=True)):
        for child in children:
            if child >= 0:
                depth[child] = depth[node] + 1
    more = np.where(n > 2, 2 * (np.log(np.maximum(n - 1, 1)) + np.euler_gamma) - 2 * (n - 1) / n,
                    np.where(n == 2, 1.0, 0.0))
    return depth + more


@dataclass(frozen=True)
class Nearness(Arrays):
    """Small random samples of a reference; far from the nearest few of every sample is unusual.

    Distances to all of a reference are quadratic and find a dense group of odd rows normal; a few dozen rows at a time
    are neither (rapid distance-based detection by sampling, Sugiyama and Borgwardt 2013).
    """

    samples: np.ndarray  # rounds × references × columns

    @classmethod
    def fit(cls, x: np.ndarray, seed: int) -> Nearness:
        """Draw the samples."""
        rng = np.random.default_rng(seed)
        size = max(min(REFERENCES, len(x) // 2), 1)
        return cls(np.stack([x[rng.choice(len(x), size, replace=False)] for _ in range(ROUNDS)]))

    def surprise(self, x: np.ndarray) -> np.ndarray:
        """Mean distance to the nearest few of each sample.

        Summed column by column: a matrix product would round differently for other batches.
        """
        total, few = np.zeros(len(x)), min(NEAREST, self.samples.shape[1])
        for sample in self.samples:
            square = np.zeros((len(x), len(sample)))
            for column, own in zip(x.T, sample.T, strict=True):
                square += (column[:, None] - own[None, :]) ** 2
            near = np.sqrt(np.sort(np.partition(square, few - 1, axis=1)[:, :few], axis=1))
            for k in range(few):
                total = total + near[:, k]
        return total / (few * len(self.samples))

"""A frozen ensemble of simple detectors: fitted once, then a row scores the same alone as in any batch.

Three detectors see peer-relative features: tail probabilities on a quantile grid (ECOD with frozen ECDFs),
histogram density (HBOS) and an isolation forest fitted by PyOD whose trees are kept as arrays. Each gives its
percentile in the reference; the ensemble is their mean. Contamination decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from yb_analytics.detectors._arrays import Arrays

_GRID, _BINS, _TREES = 1024, 20, 100


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
    if len(values) <= _GRID:
        return values
    edge = _GRID // 16
    middle = np.quantile(values[edge:-edge], np.linspace(0, 1, _GRID - 2 * edge))
    return np.concatenate([values[:edge], middle, values[-edge:]])


def weights_of(values: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Share of the reference at or below each point of the grid."""
    return np.searchsorted(np.sort(np.asarray(values, dtype=float)), grid, side="right") / len(values)


def share_below(x: np.ndarray, grid: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Share of the reference at or below `x`."""
    at = np.searchsorted(grid, x, side="right")
    return np.where(at > 0, below[np.maximum(at - 1, 0)], 0.0)


@dataclass(frozen=True)
class Ensemble(Arrays):
    """Frozen tail, histogram and isolation detectors over rows of numbers (missing counts as the median, 0)."""

    grid: np.ndarray      # features × points, padded with +inf
    below: np.ndarray     # share at or below each point
    rows: np.ndarray      # rows of the reference
    edges: np.ndarray     # features × (bins + 1)
    heights: np.ndarray   # features × bins, −log density
    feature: np.ndarray   # trees × nodes; −1 at a leaf
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    depth: np.ndarray     # path length ending at the node
    reference: np.ndarray  # 3 × points: the three raw scores of the reference
    share: np.ndarray

    @classmethod
    def fit(cls, x: np.ndarray, seed: int = 7) -> Ensemble:
        """Fit on a reference of at least two rows."""
        x = _clean(x)
        grids = [grid_of(c) for c in x.T]
        width = max(len(g) for g in grids)
        grid = np.stack([np.pad(g, (0, width - len(g)), constant_values=np.inf) for g in grids])
        below = np.stack([weights_of(c, g) for c, g in zip(x.T, grid, strict=True)])
        edges, heights = _histograms(x)
        names = ("feature", "threshold", "left", "right", "depth")
        trees = dict(zip(names, _forest(x, seed), strict=True))
        raw = cls(grid=grid, below=below, rows=np.array([len(x)]), edges=edges, heights=heights,
                  reference=np.zeros((3, 1)), share=np.zeros((3, 1)), **trees)
        scores = raw._raw(x)
        reference = np.stack([grid_of(s) for s in scores.T])
        share = np.stack([weights_of(s, g) for s, g in zip(scores.T, reference, strict=True)])
        kept = {f.name: getattr(raw, f.name) for f in fields(raw)} | {"reference": reference, "share": share}
        return cls(**kept)

    def score(self, x: np.ndarray) -> np.ndarray:
        """Mean percentile of each row in the reference, 0–1; independent of the other rows."""
        raw = self._raw(_clean(x))
        ranks = [share_below(raw[:, i], self.reference[i], self.share[i]) for i in range(3)]
        return (ranks[0] + ranks[1] + ranks[2]) / 3

    def _raw(self, x: np.ndarray) -> np.ndarray:
        return np.stack([self.tails(x), self.density(x), -self.path(x)], axis=1)

    def tails(self, x: np.ndarray) -> np.ndarray:
        """Sum over features of −log of the smaller tail probability."""
        total, n = np.zeros(len(x)), float(self.rows[0])
        for j in range(x.shape[1]):
            up = share_below(x[:, j], self.grid[j], self.below[j])
            low = np.searchsorted(self.grid[j], x[:, j], side="left")
            down = 1 - np.where(low > 0, self.below[j][np.maximum(low - 1, 0)], 0.0)
            total = total - np.log(np.clip(np.minimum(up, down), 0.5 / n, 1.0))
        return total

    def density(self, x: np.ndarray) -> np.ndarray:
        """Sum over features of −log histogram density; outside the reference counts as an empty bin."""
        total = np.zeros(len(x))
        for j in range(x.shape[1]):
            at = np.searchsorted(self.edges[j], x[:, j], side="right") - 1
            inside = (x[:, j] >= self.edges[j][0]) & (x[:, j] <= self.edges[j][-1])
            found = self.heights[j][np.clip(at, 0, self.heights.shape[1] - 1)]
            total = total + np.where(inside, found, self.heights[j].max())
        return total

    def path(self, x: np.ndarray) -> np.ndarray:
        """Mean path length over the isolation trees; short is unusual."""
        total = np.zeros(len(x))
        for k in range(len(self.feature)):
            node = np.zeros(len(x), dtype=int)
            while True:
                split = self.feature[k][node]
                if (split < 0).all():
                    break
                value = x[np.arange(len(x)), np.maximum(split, 0)].astype(np.float32)
                step = np.where(value <= self.threshold[k][node], self.left[k][node], self.right[k][node])
                node = np.where(split < 0, node, step)
            total = total + self.depth[k][node]
        return total / len(self.feature)


def _clean(x: np.ndarray) -> np.ndarray:
    x = np.atleast_2d(np.asarray(x, dtype=float))
    return np.ascontiguousarray(np.clip(np.nan_to_num(x, nan=0.0, posinf=1e6, neginf=-1e6), -1e6, 1e6))


def _histograms(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    edges, heights = [], []
    for column in x.T:
        low, high = column.min(), column.max()
        cut = np.linspace(low, high if high > low else low + 1, _BINS + 1)
        count = np.histogram(column, bins=cut)[0]
        edges.append(cut)
        heights.append(-np.log((count + 0.5) / (len(column) + 0.5 * _BINS)))
    return np.stack(edges), np.stack(heights)


def _forest(x: np.ndarray, seed: int) -> tuple[np.ndarray, ...]:
    """Trees of a PyOD isolation forest as padded arrays: feature, threshold, left, right, depth."""
    from pyod.models.iforest import IForest

    forest = IForest(n_estimators=_TREES, max_samples=min(256, len(x)), random_state=seed).fit(x)
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
    return tuple(out)


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

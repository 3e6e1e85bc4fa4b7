"""The same values judged by other methods: other weights, other scales, geometric means, TOPSIS, rank-sum ratio.

A place that holds under every method is a finding; one that does not is told as what it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from yb_analytics.indicators import shelf
from yb_analytics.scores import _weigh
from yb_analytics.scores._aggregate import Tree, ranks
from yb_analytics.scores._normalise import relative

METHODS = {
    "approved": "批准的方法", "equal": "等权", "ahp": "层次分析法（主体权重）", "entropy": "熵权法",
    "critic": "CRITIC法", "geometric": "几何平均", "min_max": "极差标准化", "z_score": "标准分", "rank": "位次标准化",
    "topsis": "TOPSIS法", "rank_sum_ratio": "秩和比法",
}
"""Method → Chinese name; each changes one choice of the approved method."""


def topsis(points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Closeness to the best and distance from the worst imaginable unit (Hwang and Yoon 1981), times 100.

    Points are 0–100, so the ideal is 100 and the anti-ideal 0: no unit moves another. What is missing is left out.

    Examples
    --------
    >>> topsis(np.array([[100.0, 100], [0, 0], [100, 0]]), np.array([0.5, 0.5])).round(1).tolist()
    [100.0, 0.0, 50.0]
    """
    used = np.where(np.isnan(points), 0.0, weights)
    x = np.nan_to_num(points)
    best, worst = (np.sqrt((used * (x - end) ** 2).sum(-1)) for end in (100.0, 0.0))
    total = best + worst
    return np.divide(worst * 100, total, out=np.full(total.shape, np.nan), where=total > 0)


def rank_sum_ratio(points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted mean rank over the number of units (秩和比, Tian 1988), times 100; ties share their mean rank.

    Examples
    --------
    >>> rank_sum_ratio(np.array([[10.0, 5], [20, 5], [30, 5]]), np.array([0.5, 0.5])).round(1).tolist()
    [50.0, 66.7, 83.3]
    """
    from scipy.stats import rankdata

    place = np.column_stack([rankdata(c, nan_policy="omit") for c in points.T])
    used = np.where(np.isnan(points), 0.0, weights)
    count = np.maximum((~np.isnan(points)).sum(0), 1)
    total = used.sum(-1)
    sums = (used * np.nan_to_num(place / count)).sum(-1)
    return np.divide(sums * 100, total, out=np.full(len(points), np.nan), where=total > 0)


def compared(scored: np.ndarray, points: np.ndarray, units: list[str], base: np.ndarray, index: Any) -> pd.DataFrame:
    """Score and rank of every unit under every method.

    Parameters
    ----------
    scored, points
        Units × indicators: the value that is scored, and its points by the approved method.
    units, base
        Unit codes, and which of them are ranked (the counties).
    index
        The index version.

    Returns
    -------
    pandas.DataFrame
        method, title, unit_id, score, rank (empty for the city).
    """
    tree = Tree(index)
    better = np.array([1.0 if shelf[i].better == "higher" else -1.0 for i in index.items["indicator"]])
    told = {"approved": tree.scores(points)[1], **_other_weights(tree, points, base, index)}
    told["geometric"] = Tree(index, "geometric").scores(points)[1]
    for how in ("min_max", "z_score", "rank"):
        told[how] = tree.scores(relative(scored, better, base, how))[1]
    whole = flat_weights(tree)
    told["topsis"], told["rank_sum_ratio"] = topsis(points, whole), rank_sum_ratio(points, whole)
    frames = [pd.DataFrame({"method": name, "title": METHODS[name], "unit_id": units, "score": score,
                            "rank": _ranks(score, base)}) for name, score in told.items()]
    return pd.concat(frames, ignore_index=True)


def flat_weights(tree: Tree) -> np.ndarray:
    """Weight of every indicator in the whole index."""
    out = np.empty(len(tree.inner))
    for outer, at in zip(tree.outer, tree.at, strict=True):
        out[at] = tree.inner[at] / tree.inner[at].sum() * outer
    return out


def _other_weights(tree: Tree, points: np.ndarray, base: np.ndarray, index: Any) -> dict[str, np.ndarray]:
    """Scores under equal, AHP, entropy and CRITIC weights; inside each subject where data make them."""
    equal = np.ones(len(tree.inner))
    out = {"equal": tree.scores(points, equal, np.ones(len(tree.subjects)))[1]}
    if index.judgements is not None:
        out["ahp"] = tree.scores(points, None, _weigh.ahp(index.judgements)[0])[1]
    for name, how in (("entropy", _weigh.entropy), ("critic", _weigh.critic)):
        inner = np.empty(len(tree.inner))
        for at in tree.at:
            inner[at] = how(points[base][:, at])
        out[name] = tree.scores(points, inner)[1]
    return out


def _ranks(score: np.ndarray, base: np.ndarray) -> np.ndarray:
    out = np.full(len(score), np.nan)
    at = np.flatnonzero(base & ~np.isnan(score))
    if len(at):
        out[at] = ranks(score[at])
    return out

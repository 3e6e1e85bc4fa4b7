"""What the index hangs on: screening of indicators, effective weights, remove-one, obstacles, Sobol indices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from yb_analytics.indicators import shelf
from yb_analytics.schema import name_of
from yb_analytics.scores._aggregate import Tree, ranks
from yb_analytics.scores._compare import flat_weights
from yb_analytics.scores._normalise import relative
from yb_analytics.scores._weigh import correlation

ALIKE = 0.9
"""Correlation of two indicators between counties from which one of them is flagged as redundant."""

_ALIKE_ZH = "与另一指标高度相关"
CHOICES = {"scale": "标准化方法", "mean": "合成方法", "outer": "主体权重", "inner": "指标权重", "sampling": "抽样误差"}
"""Choices whose share in the uncertainty of a score the Sobol indices tell."""


def screened(points: np.ndarray, base: np.ndarray, index: Any) -> pd.DataFrame:
    """Every indicator before it is scored: held by how many counties, how they differ, whom it repeats.

    Returns
    -------
    pandas.DataFrame
        indicator, title, held, distinct, at_target (counties with 100 points), nearest, correlation, flag.
    """
    x, names = points[base], list(index.items["indicator"])
    rows = []
    for i, name in enumerate(names):
        others = [(abs(correlation(x[:, i], x[:, j])), j) for j in range(len(names)) if j != i]
        r, near = max(others, default=(0.0, i))
        own = x[:, i][~np.isnan(x[:, i])]
        flag = "无数据" if not len(own) else "各地无差别" if np.ptp(own) < 1e-9 else _ALIKE_ZH if r > ALIKE else ""
        rows.append({"indicator": name, "title": shelf[name].title.zh, "held": len(own),
                     "distinct": len(np.unique(own.round(9))), "at_target": int((own >= 100).sum()),
                     "nearest": names[near] if r > 0 else "", "correlation": r, "flag": flag})
    return pd.DataFrame(rows)


def effective_weights(points: np.ndarray, base: np.ndarray, index: Any) -> pd.DataFrame:
    """Stated weight beside the share of the counties' differences each indicator accounts for.

    The share is the covariance of an indicator's contribution with the score over the score's variance (it adds up to
    one for the arithmetic mean); below zero an indicator works against the rest.

    Returns
    -------
    pandas.DataFrame
        indicator, title, stated, effective.
    """
    tree = Tree(index)
    x = points[base]
    contribution = np.nan_to_num(x) * flat_weights(tree)
    total = contribution.sum(1)
    moved = ((contribution - contribution.mean(0)) * (total - total.mean())[:, None]).sum(0)
    spread = float(((total - total.mean()) ** 2).sum())
    share = moved / spread if spread > 1e-12 else np.full(len(moved), np.nan)
    return pd.DataFrame({"indicator": index.items["indicator"], "title": [shelf[i].title.zh for i in
                         index.items["indicator"]], "stated": flat_weights(tree), "effective": share})


def remove_one(points: np.ndarray, units: list[str], base: np.ndarray, index: Any) -> pd.DataFrame:
    """How scores and ranks move when one indicator is left out.

    Returns
    -------
    pandas.DataFrame
        indicator, title, unit_id, change (points), rank_change (places; positive is worse).
    """
    tree, frames = Tree(index), []
    whole = tree.scores(points)[1]
    first = ranks(np.nan_to_num(whole[base], nan=-1.0))
    for i, name in enumerate(index.items["indicator"]):
        less = points.copy()
        less[:, i] = np.nan
        other = tree.scores(less)[1]
        moved = np.full(len(units), np.nan)
        moved[base] = ranks(np.nan_to_num(other[base], nan=-1.0)) - first
        frames.append(pd.DataFrame({"indicator": name, "title": shelf[name].title.zh, "unit_id": units,
                                    "change": other - whole, "rank_change": moved}))
    return pd.concat(frames, ignore_index=True)


def obstacles(points: np.ndarray, units: list[str], index: Any) -> pd.DataFrame:
    """Obstacle degree (障碍度): the share of a unit's lost points each indicator accounts for.

    Returns
    -------
    pandas.DataFrame
        unit_id, name, indicator, title, owner, lost (points of the index), degree (share); largest first by unit.
    """
    weights = flat_weights(Tree(index))
    open_ = ~np.isnan(points)
    used = np.where(open_, weights, 0.0)
    used = used / used.sum(1, keepdims=True).clip(1e-12)
    lost = used * (100 - np.nan_to_num(points, nan=100.0))
    total = lost.sum(1, keepdims=True)
    degree = np.divide(lost, total, out=np.zeros_like(lost), where=total > 0)
    names = list(index.items["indicator"])
    frame = pd.DataFrame({
        "unit_id": np.repeat(units, len(names)), "indicator": names * len(units), "lost": lost.ravel(),
        "degree": degree.ravel()})
    frame["name"] = [name_of("ADMDVS", u) for u in frame["unit_id"]]
    frame["title"] = [shelf[i].title.zh for i in frame["indicator"]]
    frame["owner"] = [shelf[i].owner for i in frame["indicator"]]
    frame = frame[frame["lost"] > 0]
    return frame.sort_values(["unit_id", "degree", "indicator"], ascending=[True, False, True], ignore_index=True)[
        ["unit_id", "name", "indicator", "title", "owner", "lost", "degree"]]


def sobol(scored: np.ndarray, points: np.ndarray, sample: np.ndarray, unit: int, setup: tuple[np.ndarray, Any],
          size: int = 256, seed: int = 7) -> pd.DataFrame:
    """Share of the variance of one unit's score that each choice accounts for, alone and with the others.

    Parameters
    ----------
    scored, points
        Units × indicators: the value that is scored, and its points.
    sample
        Draws × units × indicators: points under sampling error.
    unit
        Which unit.
    setup
        Which units the relative scales are made of, and the index.
    size, seed
        Base samples (Saltelli's scheme asks for 7 × as many scores).

    Returns
    -------
    pandas.DataFrame
        choice, title, first (alone), first_error, total (with all interactions), total_error (95 %).
    """
    from SALib.analyze.sobol import analyze
    from SALib.sample.sobol import sample as saltelli

    problem = {"num_vars": len(CHOICES), "names": list(CHOICES), "bounds": [[0.0, 1.0]] * len(CHOICES)}
    told = saltelli(problem, size, calc_second_order=False, seed=seed)
    y = _scores(told, scored, points, sample, unit, setup)
    if np.ptp(y) < 1e-9:
        return pd.DataFrame({"choice": list(CHOICES), "title": list(CHOICES.values()), "first": 0.0,
                             "first_error": 0.0, "total": 0.0, "total_error": 0.0})
    found = analyze(problem, y, calc_second_order=False, seed=seed)
    return pd.DataFrame({"choice": list(CHOICES), "title": list(CHOICES.values()), "first": found["S1"],
                         "first_error": found["S1_conf"], "total": found["ST"], "total_error": found["ST_conf"]})


def _scores(told: np.ndarray, scored, points, sample, unit: int, setup) -> np.ndarray:
    """Score of a unit under rows of choices, each a number between 0 and 1."""
    base, index = setup
    tree = Tree(index)
    better = np.array([1.0 if shelf[i].better == "higher" else -1.0 for i in index.items["indicator"]])
    scales = [points, *(relative(scored, better, base, how) for how in ("min_max", "z_score"))]
    pick = np.minimum((told[:, 0] * len(scales)).astype(int), len(scales) - 1)
    shift = sample[np.minimum((told[:, 4] * len(sample)).astype(int), len(sample) - 1), unit] - points[unit]
    x = np.clip(np.stack([s[unit] for s in scales])[pick] + shift, 0, 100)
    rng = np.random.default_rng(11)
    inner, outer = tree.drawn(rng, 512)
    inner, outer = (w[np.minimum((told[:, k] * 512).astype(int), 511), 0] for w, k in ((inner, 3), (outer, 2)))
    flat = tree.scores(x, inner, outer)[1]
    geometric = Tree(index, "geometric").scores(x, inner, outer)[1]
    return np.nan_to_num(np.where(told[:, 1] < 0.5, flat, geometric))

"""Weights: approved (expert), equal, analytic hierarchy, entropy and CRITIC, side by side.

Only approved weights are scored; the others show what another choice would have said. Entropy and CRITIC look at the
spread between counties, so they weigh what differs, not what matters, and with few counties they are unstable.
"""

from __future__ import annotations

import numpy as np

from yb_analytics.schema import Refusal

RANDOM_INDEX = (0.0, 0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
"""Consistency of random judgements by number of items (Saaty 1980)."""

WEIGHTINGS = ("expert", "equal", "ahp", "entropy", "critic")
MOST_INCONSISTENT = 0.10
"""Consistency ratio above which judgements have to be made again (Saaty 1980)."""


def ahp(judgements: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights of a matrix of pairwise judgements, and its consistency ratio.

    Parameters
    ----------
    judgements
        Square, positive, reciprocal: cell (i, j) says how many times i matters as much as j.

    Raises
    ------
    Refusal
        `schema` where it is not square and reciprocal, or less consistent than Saaty's limit allows.

    Examples
    --------
    >>> weights, ratio = ahp(np.array([[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]]))
    >>> weights.round(3).tolist(), round(ratio, 3)
    ([0.637, 0.258, 0.105], 0.033)
    """
    a = np.asarray(judgements, dtype=float)
    n = len(a)
    if a.shape != (n, n) or (a <= 0).any() or not np.allclose(a * a.T, 1, atol=1e-6):
        raise Refusal("the judgements are not a reciprocal matrix", "give each pair once, the other way 1/x", "schema")
    values, vectors = np.linalg.eig(a)
    at = int(np.argmax(values.real))
    weights = np.abs(vectors[:, at].real)
    weights = weights / weights.sum()
    if n < 3:
        return weights, 0.0
    if n >= len(RANDOM_INDEX):
        raise Refusal(f"{n} items are too many to be judged in pairs", "part them into groups of at most 10", "schema")
    ratio = max(float((values[at].real - n) / (n - 1) / RANDOM_INDEX[n]), 0.0)
    if ratio > MOST_INCONSISTENT:
        raise Refusal(f"the judgements contradict each other (consistency ratio {ratio:.2f})",
                      f"revise them until it is at most {MOST_INCONSISTENT:.2f}", "schema")
    return weights, ratio


def entropy(points: np.ndarray) -> np.ndarray:
    """Entropy weights of columns (units × indicators, 0–100): what differs more weighs more.

    A column without data or without any difference weighs nothing.

    Examples
    --------
    >>> entropy(np.array([[100.0, 50], [0, 50], [50, 50]])).round(2).tolist()
    [1.0, 0.0]
    """
    x = np.asarray(points, float)
    seen = ~np.isnan(x)
    total = np.where(seen, x, 0).sum(0)
    share = np.divide(np.where(seen, x, 0), total, out=np.zeros_like(x), where=total > 0)
    count = seen.sum(0)
    logs = np.log(share, out=np.zeros_like(share), where=share > 0)
    scale = np.log(np.maximum(count, 2))
    told = np.where((count > 1) & (total > 0), 1 + (share * logs).sum(0) / scale, 0.0)
    return _shared(np.where(told > 1e-12, told, 0.0))


def critic(points: np.ndarray) -> np.ndarray:
    """CRITIC weights (Diakoulaki 1995): spread of a column times its conflict with the others.

    Examples
    --------
    >>> critic(np.array([[0.0, 0, 100], [50, 50, 40], [100, 100, 0]])).round(2).tolist()
    [0.25, 0.25, 0.5]
    """
    x = np.asarray(points, float)
    spread = np.array([np.nanstd(c, ddof=1) if (~np.isnan(c)).sum() > 1 else 0.0 for c in x.T])
    conflict = np.array([sum(1 - correlation(a, b) for b in x.T) for a in x.T])
    return _shared(spread * conflict)


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's r over the units both columns know; 0 where one of them does not vary."""
    both = ~np.isnan(a) & ~np.isnan(b)
    if both.sum() < 3 or a[both].std() < 1e-12 or b[both].std() < 1e-12:
        return 0.0
    return float(np.corrcoef(a[both], b[both])[0, 1])


def _shared(told: np.ndarray) -> np.ndarray:
    total = told.sum()
    return told / total if total > 0 else np.full(len(told), 1 / max(len(told), 1))

"""Learning from feedback: which leads are confirmed, always beside the plain baseline of size.

Labels are leads with an outcome; each weighs by the inverse of the probability with which its draw took it (1 where it
was no matter of chance), so that what the list left out is not forgotten. Everything reported is out of fold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from yb_analytics import knowledge
from yb_analytics.leads._capacity import drawn
from yb_analytics.leads._chances import MODEL
from yb_analytics.leads._features import SIZE, features
from yb_analytics.leads._learned import Learned
from yb_analytics.leads._life import standing
from yb_analytics.leads._yield import HITS, outcome
from yb_analytics.schema import Period, Refusal
from yb_analytics.schema.text import rounded, share

SEED = 1


@dataclass(frozen=True)
class Lesson:
    """What was learned, and what it is worth.

    Attributes
    ----------
    model
        The calibrated model, as arrays.
    table
        One row for the model and one for size alone: average precision, precision at capacity, Brier score,
        calibration slope; out of fold, weighted.
    drift
        Per feature the population stability index between the labelled leads and the period's leads.
    text
        In Chinese.
    """

    model: Learned
    table: pd.DataFrame
    drift: pd.DataFrame
    text: str


def labelled(w: Any, period: Period | str) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Features, labels (1 confirmed, 0 refuted) and weights of the leads of a screening that have an outcome.

    Raises
    ------
    Refusal
        `empty` where the period was not screened.
    """
    span = Period.parse(period)
    leads, findings = (w.run(w.stored(name, span)) for name in ("lead", "finding"))
    state = leads["lead_id"].map(standing(w)["state"]).map(outcome)
    known = leads[state.notna()]
    units = drawn(w).drop_duplicates("lead_id", keep="last").set_index("lead_id")["inclusion"].astype(float)
    weight = 1 / known["lead_id"].map(units).astype(float).fillna(1.0)
    label = state[state.notna()].isin(HITS).astype(int)
    index = pd.Index(known["lead_id"], name="lead_id")
    return (features(w, known, findings, span), pd.Series(label.to_numpy(), index),
            pd.Series(weight.to_numpy(), index))


def learn(w: Any, period: Period | str, keep: bool = True) -> Lesson:
    """Train on the feedback of a screening.

    Parameters
    ----------
    w
        A screened warehouse with feedback.
    period
        The screening.
    keep
        Store the model beside the warehouse; later screenings then use its probabilities.

    Raises
    ------
    Refusal
        `empty` with fewer labels, or fewer of one kind, than `knowledge/parameters/learning.csv` asks for.
    """
    span, p = Period.parse(period), knowledge.parameters("learning", on=w.as_of)
    x, y, weight = labelled(w, span)
    if len(y) < p.min_labels or min((y == 0).sum(), (y == 1).sum()) < p.min_of_a_kind:
        raise Refusal(f"有结论的线索{len(y)}条（查实{int((y == 1).sum())}、排除{int((y == 0).sum())}），不足以学习 · "
                      "too few labels",
                      f"至少要{int(p.min_labels)}条，且查实与排除各不少于{int(p.min_of_a_kind)}条", "empty")
    raw = _out_of_fold(x, y, weight, p)
    slope, level = _calibration(raw, y, weight)
    model = Learned.of(_fitted(x, y, weight, p), list(x.columns), slope, level)
    table = _worth(x, y, weight, raw, int(p.capacity))
    leads, findings = (w.run(w.stored(n, span)) for n in ("lead", "finding"))
    drift = drifted(x, features(w, leads, findings, span).reindex(columns=x.columns))
    if keep and w.path is not None:
        from yb_analytics.warehouse import store_model

        facts = {"period": str(span), "data_version": w.data_version, "labels": len(y)}
        store_model(w.path, MODEL, model.to_arrays(), facts)
    return Lesson(model, table, drift, _text(table, y, drift, p))


def _booster(p: Any) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=int(p.trees), learning_rate=p.rate, max_leaf_nodes=int(p.leaves), min_samples_leaf=int(p.leaf_size),
        l2_regularization=p.ridge, early_stopping=False, random_state=SEED)


def _fitted(x: pd.DataFrame, y: pd.Series, weight: pd.Series, p: Any) -> Any:
    seen = x.fillna(dict.fromkeys(x.columns[x.isna().all()], 0.0))  # the trees cannot bin a column without any value
    return _booster(p).fit(seen.to_numpy(float), y.to_numpy(), sample_weight=weight.to_numpy(float))


def _out_of_fold(x: pd.DataFrame, y: pd.Series, weight: pd.Series, p: Any) -> np.ndarray:
    """Log odds of every lead from models that did not see it."""
    from sklearn.model_selection import StratifiedKFold

    raw = np.zeros(len(y))
    for train, test in StratifiedKFold(int(p.folds), shuffle=True, random_state=SEED).split(x, y):
        fitted = _fitted(x.iloc[train], y.iloc[train], weight.iloc[train], p)
        raw[test] = fitted.decision_function(x.iloc[test].to_numpy(float))
    return raw


def _calibration(raw: np.ndarray, y: pd.Series, weight: pd.Series) -> tuple[float, float]:
    """Slope and level of the log odds that make them probabilities (Platt)."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1e3).fit(raw[:, None], y, sample_weight=weight)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def _worth(x: pd.DataFrame, y: pd.Series, weight: pd.Series, raw: np.ndarray, capacity: int) -> pd.DataFrame:
    """The model beside size alone."""
    size = x[SIZE].fillna(x[SIZE].median()).fillna(0).to_numpy(float)
    rows = []
    for name, score in (("model", raw), ("size", size)):
        slope, level = _calibration((score - score.mean()) / (score.std() or 1.0), y, weight)
        chance = 1 / (1 + np.exp(-(slope * (score - score.mean()) / (score.std() or 1.0) + level)))
        rows.append({"what": name, **_figures(score, chance, y.to_numpy(), weight.to_numpy(float), capacity)})
    return pd.DataFrame(rows)


def _figures(score: np.ndarray, chance: np.ndarray, y: np.ndarray, weight: np.ndarray,
             capacity: int) -> dict[str, float]:
    from sklearn.metrics import average_precision_score

    top = np.argsort(-score, kind="stable")[:min(capacity, max(1, len(y) // 2))]
    return {"average_precision": float(average_precision_score(y, score, sample_weight=weight)),
            "precision_at_capacity": float(np.average(y[top], weights=weight[top])),
            "capacity": len(top), "brier": float(np.average((chance - y) ** 2, weights=weight)),
            "confirmed_share": float(np.average(y, weights=weight))}


def drifted(then: pd.DataFrame, now: pd.DataFrame, bins: int = 10) -> pd.DataFrame:
    """Population stability index of every feature: Σ (b − a) ln(b / a) over the deciles of `then` and over empties.

    Examples
    --------
    >>> a = pd.DataFrame({"x": np.arange(100.0), "y": np.arange(100.0)})
    >>> drifted(a, a.assign(y=a["y"] + 60))["psi"].round(2).tolist()
    [0.0, 5.31]
    """
    rows = []
    for name in then:
        edges = np.unique(np.nanquantile(then[name], np.linspace(0, 1, bins + 1)[1:-1])) if then[name].notna().any() \
            else np.array([])
        shares = [_shares(part[name].to_numpy(float), edges) for part in (then, now)]
        a, b = (np.maximum(s, 1e-4) for s in shares)
        rows.append({"feature": name, "psi": float(((b - a) * np.log(b / a)).sum())})
    return pd.DataFrame(rows, columns=["feature", "psi"])


def _shares(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Share of each bin, the empties last."""
    empty = np.isnan(values)
    counts = np.bincount(np.searchsorted(edges, values[~empty], side="left"), minlength=len(edges) + 1)
    return np.append(counts, empty.sum()) / max(len(values), 1)


def _text(table: pd.DataFrame, y: pd.Series, drift: pd.DataFrame, p: Any) -> str:
    model, size = (table[table["what"] == n].iloc[0] for n in ("model", "size"))
    gain = model["average_precision"] - size["average_precision"]
    moved = drift.loc[drift["psi"] > p.drift_limit, "feature"]
    said = (f"依据{len(y)}条有结论的线索（查实{int(y.sum())}条）学习；"
            f"折外平均精确率{rounded(model['average_precision'], 3)}，"
            f"仅按机构规模排序为{rounded(size['average_precision'], 3)}，"
            f"{'高出' if gain >= 0 else '低于规模排序'}{rounded(abs(gain), 3)}；"
            f"前{int(model['capacity'])}条查实率{share(model['precision_at_capacity'], 1)}"
            f"（规模排序{share(size['precision_at_capacity'], 1)}）")
    said += f"；{len(moved)}个特征与有结论线索的分布不同（{'、'.join(moved[:5])}），须谨慎外推" if len(moved) else ""
    return said + ("。" if gain > 0 else "；未优于规模排序，不宜替代层级概率。")

"""The no-fraud-city index: from indicator values to scores, ranks and grades, each with its interval.

Steps, each a table of `Score.steps`: values → correction for detection effort → empirical-Bayes shrinkage →
distance to target → weights → aggregation with reasonable missing items (合理缺项) → veto → grade. Intervals
come from Monte Carlo over the weights (Dirichlet) and over the sampling error of every indicator.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from yb_analytics.indicators import evaluate
from yb_analytics.schema import Period, Refusal
from yb_analytics.scores import _aggregate, _effort, _tables
from yb_analytics.scores._index import Index, build, load
from yb_analytics.scores._treat import points, treated

VERSION = "2025"
"""Version of the index used by default."""


@dataclass(frozen=True)
class Score:
    """What the index says.

    Parameters
    ----------
    table
        One row per county, best first, then the city (which has no rank): unit_id, name, unit_kind, score,
        low, high, rank, rank_low, rank_high, grade, veto, coverage, text.
    subjects
        unit_id, name, subject, subject_name, score, low, high, coverage.
    parts
        One row per unit and indicator: value (as measured) with its interval, corrected, shrunk, scored,
        target, normalised (points), weight, contribution, state, text.
    text
        The result in Chinese.
    steps
        Tables of the steps between: values, effort, weights.
    """

    table: pd.DataFrame
    subjects: pd.DataFrame
    parts: pd.DataFrame
    text: str
    steps: dict[str, pd.DataFrame] = field(default_factory=dict)

    def plot(self, lang: str = "zh"):
        """Scores with intervals, best at the top."""
        from yb_analytics.plots import index_ranks

        return index_ranks(self.table, lang)

    def _repr_html_(self) -> str:
        import html

        return f"<p>{html.escape(self.text)}</p>{self.table.to_html(index=False)}"


def score(w, period, draws: int = 2000, seed: int = 7, index: str | Index = VERSION) -> Score:
    """Score the city and its counties in a period.

    Parameters
    ----------
    w
        An open warehouse.
    period
        Usually a year.
    draws, seed
        Monte-Carlo draws and their seed; the same seed gives the same bytes.
    index
        Version of the index, or one built with :func:`build`.

    Raises
    ------
    Refusal
        When no indicator of the index can be evaluated.
    """
    period, chosen = Period.parse(period), index if isinstance(index, Index) else load(index)
    values = evaluate(w, period, names=list(chosen.items["indicator"]))
    if values["value"].isna().all():
        raise Refusal(f"no indicator can be evaluated in {period}", "ingest registers and supervision data", "empty")
    looked = not values.loc[values.indicator == "inspection_rate", "value"].isna().all()
    return scored(values, _effort.counts(w, period) if looked else None, chosen, draws, seed)


def scored(values: pd.DataFrame, effort: pd.DataFrame | None, index: Index, draws: int = 2000,
           seed: int = 7) -> Score:
    """Score from indicator values alone, e.g. changed ones in a what-if.

    Parameters
    ----------
    values
        Shape `value`, for the city and every county, one period.
    effort
        Of `_effort.counts`; `None` leaves case rates uncorrected.
    """
    if values["period"].nunique() > 1:
        raise Refusal("values of several periods", "score one period at a time", "usage")
    rng = np.random.default_rng(seed)
    parts, sample = treated(values, effort, index, rng, draws)
    units = list(dict.fromkeys(parts["unit_id"]))
    shape = (len(index.items), len(units))
    target, worst = parts["target"].to_numpy(float), parts["worst"].to_numpy(float)
    zero = (parts["state"] == "missing").to_numpy()
    parts["normalised"] = np.where(zero, 0.0, points(parts["scored"].to_numpy(float), target, worst))
    point = parts["normalised"].to_numpy().reshape(shape).T
    drawn = np.where(zero, 0.0, points(sample, target, worst)).reshape(draws, *shape).transpose(0, 2, 1)
    tree = _aggregate.Tree(index)
    inner, outer = tree.drawn(rng, draws)
    result = _tables.Result(units, tree, tree.scores(point), tree.scores(drawn, inner, outer),
                            tree.coverage(point))
    parts = _tables.parts(parts, index, point, tree, units)
    table = _tables.table(result, parts, index)
    steps = {"values": values, "weights": index.items.copy()}
    if effort is not None:
        cases = values[values.indicator == "institution_case_rate"].set_index("unit_id")["numerator"]
        steps["effort"] = _effort.corrected(effort, cases)
    return Score(table, _tables.subjects(result, index), parts, _tables.text(table, parts, index), steps)


__all__ = ["Index", "Score", "build", "load", "score", "scored"]

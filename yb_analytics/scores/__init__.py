"""The no-fraud-city index: from indicator values to scores, ranks and grades, each with its interval.

Steps, each a table of `Score.steps`: values → correction for detection effort → empirical-Bayes shrinkage →
distance to target → weights → aggregation with reasonable missing items (合理缺项) → veto → grade. Intervals
come from Monte Carlo over the weights (Dirichlet) and over the sampling error of every indicator.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from yb_analytics.indicators import evaluate, shelf
from yb_analytics.schema import Period, Refusal, is_city
from yb_analytics.scores import _aggregate, _effort, _gaming, _tables
from yb_analytics.scores._departments import departments, measures
from yb_analytics.scores._index import Index, build, load
from yb_analytics.scores._normalise import points, relative
from yb_analytics.scores._questions import QUESTIONS, asked
from yb_analytics.scores._treat import treated

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
    arrays, index
        What the further questions below are answered from: values, points and their draws; the index version.
    """

    table: pd.DataFrame
    subjects: pd.DataFrame
    parts: pd.DataFrame
    text: str
    steps: dict[str, pd.DataFrame] = field(default_factory=dict)
    arrays: dict[str, np.ndarray] = field(default_factory=dict, repr=False)
    index: Index | None = field(default=None, repr=False)

    def plot(self, lang: str = "zh"):
        """Scores with intervals, best at the top."""
        from yb_analytics.plots import index_ranks

        return index_ranks(self.table, lang)

    def question(self, what: str, **more) -> pd.DataFrame:
        """A table about the score: screening, comparison, effective_weights, remove_one, obstacles or sobol."""
        return asked(self, what, **more)

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


def game(w, period, county: str = "", runs: int = 40) -> tuple[str, pd.DataFrame]:
    """Whether a county could look better without being better (see `_gaming`).

    Parameters
    ----------
    w, period
        As for :func:`score`.
    county
        Code of one county; all by default.
    runs
        Repetitions under fresh chance.

    Returns
    -------
    text, table
        The outcome in Chinese; one row per county and strategy.

    Raises
    ------
    Refusal
        `empty` where no inspections were delivered, `usage` for an unknown county.
    """
    made = score(w, period, draws=20)
    if "effort" not in made.steps:
        raise Refusal(f"no inspections in {period}", "ingest inspection_d and fixmedins_b", "empty")
    units = [str(u) for u in made.arrays["units"]]
    counties = [u for u in units if not is_city(u)]
    if county and county not in counties:
        raise Refusal(f"no county {county}", f"choose one of: {', '.join(counties)}", "usage")
    told = made.steps["values"], _effort.counts(w, Period.parse(period))
    return _gaming.played(made.arrays["points"], units, made.index, told, [county] if county else counties, runs)


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
    arrays = _arrays(parts, sample, (draws, len(index.items), len(units)))
    parts["normalised"] = arrays["points"].T.ravel()
    tree = _aggregate.Tree(index)
    weights = tree.drawn(rng, draws)
    base = np.array([not is_city(u) for u in units])
    point, drawn = arrays["points"], arrays["drawn"]
    result = _tables.Result(units, tree, tree.scores(point), tree.scores(drawn, *weights),
                            tree.scores(_other_scales(arrays, base, index), *weights)[1], tree.coverage(point))
    parts = _tables.parts(parts, index, point, tree, units)
    table = _tables.table(result, parts, index)
    steps = {"values": values, "weights": index.items.copy()}
    if effort is not None:
        cases = values[values.indicator == "institution_case_rate"].set_index("unit_id")["numerator"]
        steps["effort"] = _effort.corrected(effort, cases)
    return Score(table, _tables.subjects(result, index), parts, _tables.text(table, parts, index), steps,
                 arrays | {"units": np.array(units), "base": base}, index)


def _arrays(parts: pd.DataFrame, sample: np.ndarray, shape: tuple[int, int, int]) -> dict[str, np.ndarray]:
    """Units × indicators: `scored`, `points`; draws of them, `sample` and `drawn` (draws × units × indicators)."""
    draws, items, units = shape
    target, worst = parts["target"].to_numpy(float), parts["worst"].to_numpy(float)
    zero = (parts["state"] == "missing").to_numpy()
    point = np.where(zero, 0.0, points(parts["scored"].to_numpy(float), target, worst))
    drawn = np.where(zero, 0.0, points(sample, target, worst))
    return {"scored": parts["scored"].to_numpy(float).reshape(items, units).T, "points": point.reshape(items, units).T,
            "sample": sample.reshape(draws, items, units).transpose(0, 2, 1),
            "drawn": drawn.reshape(draws, items, units).transpose(0, 2, 1)}


def _other_scales(arrays: dict[str, np.ndarray], base: np.ndarray, index: Index) -> np.ndarray:
    """Drawn points, every third draw by min–max and every third by z-score, so ranks feel the choice of scale."""
    out = arrays["drawn"].copy()
    better = np.array([1.0 if shelf[i].better == "higher" else -1.0 for i in index.items["indicator"]])
    for start, how in ((1, "min_max"), (2, "z_score")):
        told = relative(arrays["sample"][start::3], better, base, how)
        out[start::3] = np.where(np.isnan(told), out[start::3], told)
    return out


__all__ = ["QUESTIONS", "Index", "Score", "build", "departments", "game", "load", "measures", "score",
           "scored"]

"""Rolling-origin back-test: every candidate forecasts what was already known later."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.forecast._models import MODELS, YEAR, Model, predicted

Z80, Z95 = 1.2815515655446004, 1.959963984540054
MOST = 6
"""Origins tried at most."""


def origins(length: int) -> list[int]:
    """Lengths of the training parts: from two years on where there are three, else from 15 months."""
    first = 2 * YEAR if length >= 3 * YEAR else 15
    last = length - min(3, max(1, length - first))
    if last < first:
        return []
    return sorted(set(np.linspace(first, last, min(MOST, last - first + 1)).astype(int).tolist()))


def backtest(y: np.ndarray) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """One row per candidate, best first chosen; errors in standard deviations by model.

    Parameters
    ----------
    y
        Logarithms of the series.

    Returns
    -------
    table
        model, title, mase (mean absolute error over that of the seasonal naive on the same months, scaled
        as usual by the in-sample seasonal-naive error), coverage80, coverage95, origins, ahead, chosen, note.
    """
    rows: list[dict] = []
    standard: dict[str, np.ndarray] = {}
    starts = origins(len(y))
    for model in MODELS:
        tried = [s for s in starts if s >= model.least]
        rows.append(_tested(model, y, tried, standard))
    table = pd.DataFrame(rows)
    tested = table[table["origins"] == table["origins"].max()] if table["origins"].max() else table.iloc[:0]
    best = tested["mase"].idxmin() if tested["mase"].notna().any() else 0
    table["chosen"] = table.index == best
    return table, standard


def _tested(model: Model, y: np.ndarray, tried: list[int], standard: dict) -> dict:
    """Score of one model over its origins."""
    scaled, z, done = [], [], 0
    for s in tried:
        ahead = min(YEAR, len(y) - s)
        found = predicted(model, y[:s], ahead)
        if found is None:
            continue
        truth, past = np.exp(y[s:s + ahead]), np.exp(y[:s])
        scale = np.abs(past[YEAR:] - past[:-YEAR]).mean()
        scaled.append(np.abs(np.exp(found[0]) - truth) / scale)
        z.append(np.abs(y[s:s + ahead] - found[0]) / found[1])
        done += 1
    row = {"model": model.name, "title": model.title, "mase": np.nan, "coverage80": np.nan,
           "coverage95": np.nan, "origins": done, "ahead": min(YEAR, len(y) - tried[0]) if tried else 0,
           "note": "" if done else f"序列不足，至少需{model.least}个月的训练段，未能回测"}
    if done:
        errors = np.concatenate(z)
        standard[model.name] = errors
        row |= {"mase": float(np.concatenate(scaled).mean()), "coverage80": float((errors <= Z80).mean()),
                "coverage95": float((errors <= Z95).mean())}
    return row


def widening(errors: np.ndarray | None) -> float:
    """Factor that makes the 80 % interval cover 80 % of the back-test; never narrower than the model says."""
    if errors is None or not len(errors):
        return 1.0
    return float(max(1.0, np.quantile(errors, 0.8) / Z80))

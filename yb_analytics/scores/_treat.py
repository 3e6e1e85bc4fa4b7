"""From values to what is scored: correction, shrinkage, points; and the draws of each, unit by indicator."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.indicators import shelf
from yb_analytics.indicators._values import SCALE
from yb_analytics.schema import is_city
from yb_analytics.scores import _shrink
from yb_analytics.scores._effort import corrected, undone

STEPS = ("corrected", "shrunk", "scored")


def treated(values: pd.DataFrame, effort: pd.DataFrame | None, index, rng, draws: int):
    """Values with the columns of :data:`STEPS` and state; draws of the scored value, `draws` × rows.

    Parameters
    ----------
    values
        Indicator values of the city and its counties, only indicators of the index.
    effort
        Counts of inspections, `None` where none were delivered (then nothing is corrected).
    """
    frames, samples = [], []
    for item in index.items.itertuples():
        part = values[values.indicator == item.indicator].reset_index(drop=True)
        part, sample = _one(part, item, effort, rng, draws)
        frames.append(part.assign(subject=item.subject, worst=item.worst))
        samples.append(sample)
    return pd.concat(frames, ignore_index=True), np.hstack(samples)


def _one(part: pd.DataFrame, item, effort, rng, draws: int):
    unit = shelf[item.indicator]
    part = part.assign(corrected=np.nan, shrunk=np.nan, scored=part["value"])
    fixed = np.tile(part["value"].to_numpy(float), (draws, 1))
    open_ = part["value"].notna().to_numpy()
    if item.indicator == "violation_rate_random":
        part, sample = _random_arm(part, effort, rng, draws)
    elif unit.unit in SCALE:
        part, sample = _rate(part, unit, effort if item.effort else None, rng, draws)
    elif unit.error == "binomial":
        part, sample = _share(part, rng, draws)
    elif unit.error == "linear":
        se = ((part["high"] - part["low"]) / 3.92).fillna(0).to_numpy()
        sample = fixed + rng.standard_normal(fixed.shape) * se
    else:
        sample = fixed
    if item.missing == "zero" and open_[part.unit_id.map(is_city).to_numpy(bool)].any():
        gap = ~open_
        part.loc[gap, "state"] = "missing"
    return part, np.where(open_, sample, np.nan)


def _random_arm(part: pd.DataFrame, effort, rng, draws: int):
    """Jeffreys estimate: fewer random inspections pull towards one half, those left out count as in violation."""
    k, n = part["numerator"].fillna(0).to_numpy(), part["denominator"].fillna(0).to_numpy()
    if effort is not None:
        lacking = undone(effort).reindex(part["unit_id"]).fillna(0).to_numpy()
        k, n = k + lacking, n + lacking
    part["corrected"] = np.where(part["value"].notna(), (k + 0.5) / (n + 1), np.nan)
    part["scored"] = part["corrected"]
    return part, rng.beta(k + 0.5, n - k + 0.5, (draws, len(part)))


def _rate(part: pd.DataFrame, unit, effort, rng, draws: int):
    """Poisson rate: corrected for effort where asked, then shrunk; exposure never depends on effort."""
    y, e = part["numerator"].fillna(0).to_numpy(), part["denominator"].fillna(0).to_numpy()
    scale = SCALE[unit.unit]
    lift = np.zeros((draws, len(part)))
    raised = y
    if effort is not None:
        c = corrected(effort, part.set_index("unit_id")["numerator"]).set_index("unit_id").loc[part.unit_id]
        part["corrected"] = c["estimate"].to_numpy() * scale
        raised = c["estimate"].to_numpy() * e
        k = (c["random_violating"] + c["undone"]).to_numpy()
        n = (c["random_inspected"] + c["undone"]).to_numpy()
        prevalence = rng.beta(k + 0.5, n - k + 0.5, (draws, len(part)))
        by_random = prevalence * c["kappa"].to_numpy() * e
        base = np.fmax(y, c["by_coverage"].fillna(0).to_numpy() * e)
        lift = np.fmax(by_random - base, 0) + base - raised
    counties = ~part.unit_id.map(is_city).to_numpy(bool)
    shape, rate = _shrink.gamma_prior(raised[counties], e[counties])
    a, b = np.where(counties, shape, 0.5), np.where(counties, rate, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        shrunk = np.where(counties, (raised + a) / (e + b), np.where(e > 0, raised / e, np.nan)) * scale
        sample = rng.gamma(np.clip(raised + lift, 0, None) + a) / (e + b) * scale
    part["shrunk"] = np.where(part["value"].notna() & counties, shrunk, np.nan)
    part["scored"] = np.where(part["value"].notna(), shrunk, np.nan)
    return part, sample


def _share(part: pd.DataFrame, rng, draws: int):
    """Binomial share, shrunk towards all counties."""
    k, n = part["numerator"].fillna(0).to_numpy(), part["denominator"].fillna(0).to_numpy()
    counties = ~part.unit_id.map(is_city).to_numpy(bool)
    good, bad = _shrink.beta_prior(k[counties], n[counties])
    a, b = np.where(counties, good, 0.5), np.where(counties, bad, 0.5)
    shrunk = np.where(part["value"].notna() & counties, (k + a) / (n + a + b), np.nan)
    part["shrunk"] = shrunk
    part["scored"] = np.where(counties, shrunk, part["value"])
    return part, rng.beta(k + a, n - k + b, (draws, len(part)))

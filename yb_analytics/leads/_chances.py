"""How much of a lead's money may come back: by tier and score, or by what feedback has taught."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from yb_analytics import knowledge
from yb_analytics.leads._features import features
from yb_analytics.leads._learned import Learned
from yb_analytics.leads._themes import fact_of
from yb_analytics.schema import Period, Refusal

MODEL = "lead_confirmation"


def chances(w: Any, made: pd.DataFrame, told: pd.DataFrame) -> pd.Series:
    """Chance of recovery of each lead.

    With a learned model (`yb learn`) its calibrated probability; before that the share a tier usually gives back,
    averaged over the findings by their money, times the score.

    Parameters
    ----------
    made
        Leads with `expected`, `fen`, `side_fen`, `score`.
    told
        Findings with `tier`.
    """
    model = learned(w)
    if model is None:
        money = (made["fen"] + made["side_fen"]).astype(float)
        return (made["expected"] / money.where(money > 0) * made["score"]).fillna(0.0)
    x = features(w, made.assign(amount=made["fen"] / 100), told, Period.parse(str(told["period"].iloc[0])))
    chance = model.probability(x.reindex(columns=list(model.names)).to_numpy(float))
    return pd.Series(chance, index=made.index)


def learned(w: Any) -> Learned | None:
    """The model feedback taught, where there is one."""
    try:
        arrays, _facts = w.model(MODEL)
    except Refusal as refusal:
        if refusal.kind != "empty":
            raise
        return None
    return Learned.from_arrays(arrays)


def age_share(period: Period, on: date) -> float:
    """Share of the priority left to evidence that is older than sanctions reach (`leads.csv`).

    Examples
    --------
    >>> age_share(Period.parse("2025"), date(2025, 12, 31)), age_share(Period.parse("2022"), date(2025, 12, 31))
    (1.0, 0.5)
    """
    p = knowledge.parameters("leads", on)
    months = (on.year - period.end.year) * 12 + on.month - period.end.month
    return float(p.old_share) if months > p.old_months else 1.0


def waterfall(w: Any, lead: pd.Series, findings: pd.DataFrame) -> pd.DataFrame:
    """From what the findings put at stake to the priority of a lead, step by step.

    Parameters
    ----------
    w
        The warehouse.
    lead
        Row of a lead.
    findings
        The findings behind it.

    Returns
    -------
    pandas.DataFrame
        Columns `step`, `label`, `change` (yuan), `level` (yuan after the step); the last level is the priority.
    """
    staked = float(findings["amount"].astype(float).sum())
    once, priority = float(lead["amount"]), float(lead["priority"])
    share = age_share(Period.parse(str(lead["period"])), w.as_of)
    whole = priority / share if share else 0.0
    aside = max(whole - once, 0.0)
    p = knowledge.parameters("leads", w.as_of)
    usual = float(p[fact_of(str(lead["tier"]), "probability")])
    word = "按核查反馈学得的查实概率" if learned(w) is not None else f"按层级与得分折算（层级比例约{usual:.0%}）"
    levels = [("staked", "各项发现涉及金额合计", staked), ("once", "扣除与其他线索或发现重复的金额", once),
              ("aside", "加个人账户金额", once + aside), ("chance", word, whole), ("age", "按证据时效折算", priority)]
    frame = pd.DataFrame(levels, columns=["step", "label", "level"])
    frame["change"] = np.diff(frame["level"], prepend=0.0)
    return frame[["step", "label", "change", "level"]]

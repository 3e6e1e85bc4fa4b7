"""What a lead looks like to a learner: who found it, how sure, how much, how large the subject is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from yb_analytics.schema import Period

SIZE = "size"
"""Log of the fund money paid for the subject in the period: the plain baseline."""

MONEY, COUNT, TIER = "money", "findings", "tier"
_TIERS = {"疑点": 2.0, "线索": 1.0, "监测": 0.0}
_KINDS = ("institution", "person", "doctor", "employer", "agency", "pair", "group")


def features(w: Any, leads: pd.DataFrame, findings: pd.DataFrame, period: Period) -> pd.DataFrame:
    """One row per lead, numbers only; what did not find a lead is empty, not zero.

    Parameters
    ----------
    w
        The warehouse.
    leads, findings
        Of one screening.
    period
        The screening.

    Returns
    -------
    pandas.DataFrame
        Index `lead_id`; `by_<rule or detector>` (highest score), `money`, `findings`, `tier`, `is_<kind>`, `size`.
    """
    links = leads[["lead_id", "finding_ids"]].explode("finding_ids").rename(columns={"finding_ids": "finding_id"})
    told = links.merge(findings[["finding_id", "found_by", "score"]], on="finding_id")
    told["score"] = told["score"].astype(float)
    scores = told.pivot_table(index="lead_id", columns="found_by", values="score", aggfunc="max").add_prefix("by_")
    own = leads.set_index("lead_id")
    out = scores.reindex(own.index)
    out[MONEY] = np.log1p(own["amount"].astype(float))
    out[COUNT] = [len(ids) for ids in own["finding_ids"]]
    out[TIER] = own["tier"].map(_TIERS)
    out = out.assign(**{f"is_{kind}": (own["subject"] == kind).astype(float) for kind in _KINDS})
    out[SIZE] = np.log1p(_paid(w, own, period))
    return out


def _paid(w: Any, leads: pd.DataFrame, period: Period) -> pd.Series:
    """Fund money paid in the period at an institution or for a person; empty for other subjects."""
    s = w.valid_settlements.filter(lambda t: period.covers(t.setl_time))
    sums = []
    for kind, key in (("institution", "fixmedins_code"), ("person", "psn_no")):
        ids = sorted(set(leads.loc[leads["subject"] == kind, "subject_id"]))
        if ids:
            asked = w.register(pd.DataFrame({key: ids}))
            paid = w.run(s.semi_join(asked, key).group_by(subject_id=s[key]).agg(paid=s.fund_pay_sumamt.sum()))
            sums.append(paid.assign(subject=kind))
    if not sums:
        return pd.Series(np.nan, index=leads.index)
    known = pd.concat(sums).set_index(["subject", "subject_id"])["paid"].astype(float).clip(lower=0)
    found = known.reindex(pd.MultiIndex.from_frame(leads[["subject", "subject_id"]]))
    return pd.Series(found.to_numpy(), index=leads.index)

"""Detector: public employers among whose staff unusual use of the card gathers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import NotEvaluable, _cohort, _units, detector
from yb_analytics.detectors._arrays import Arrays
from yb_analytics.detectors._contradictions import WATCH, hits

NAME, SAID = "much", "90天内购药天数偏多的人数占比"


@dataclass(frozen=True)
class Model(Arrays):
    """Days of buying that few of the cohort pass, and the rates of employers."""

    days: np.ndarray
    peers: _units.Reference


def _persons(w) -> pd.DataFrame:
    """Persons of the cohort who buy at all, with employer and most days within the window."""
    most = _cohort.purchases(w).group_by("psn_no").aggregate(days=_.within.max())
    return w.run(most.inner_join(_cohort.members(w), "psn_no").filter(_.emp_no.notnull()))


def _table(persons: pd.DataFrame, limit: float) -> pd.DataFrame:
    """Per employer: persons who buy (`n`) and those who buy on many days (`x`)."""
    rows = persons.assign(much=persons["days"] > limit)
    return rows.groupby("emp_no").agg(n=("psn_no", "nunique"), x=("much", "sum"))


def _fit(w, p) -> Model:
    persons = _persons(w)
    if persons.empty:
        raise NotEvaluable(f"no public employee buys in shops in {w.period}（{w.period.label}没有公职人员在药店结算）")
    limit = float(np.quantile(persons["days"], _cohort.facts(w).usual_quantile))
    return Model(np.array([limit]), _units.reference(w, p, {NAME: _table(persons, limit)}))


@detector(subject="employer", tier="监测", needs=("psn_insu_d.emp_no", "setl_d"), theme="公职人员", typologies=("T49",),
          basis="条例 第四十一条；嘉兴2020年方案 (四)14", seeds=("S3",), checked=("各机关事业单位的通常水平",),
          unchecked=("单位集中配药", "退休人员较多"), fit=_fit, model=Model)
def public_employers(w, p, model):
    """公职人员群体监测 · Public employees by employer.

    Among the staff of a government body or public institution the share of persons whose cards buy on unusually many
    days is far above that of other such employers. A signal to watch, never evidence against a person.
    """
    table = _units.scored(model.peers, NAME, _table(_persons(w), float(model.days[0])), p)
    table = table[table["score"] > 0]
    return hits([_hit(str(who), row, p) for who, row in table.iterrows()])


def _hit(who: str, row: pd.Series, p) -> dict:
    """One employer's signal."""
    ids = [f"insu_emp_info_b:{who}"]
    return {"subject_id": who, "locator": ids, "grain": "row", "amount": 0.0, "estimated": False, "tier": WATCH,
            "score": float(min(row["score"], p.watch_cap)), "why": _units.clause(row, SAID, "人", "单位"),
            "evidence": [_units.evidence(row, NAME, SAID, ids)]}

"""Counts of units that are no institutions (employers, agencies, clerks) against units of their kind.

The models are those of `_excess`; the peer groups are the unit's kind, merged into all units where the kind is small.
The reference is frozen: a unit scores the same alone as in any batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from yb_analytics.detectors import _peers
from yb_analytics.detectors._arrays import Arrays
from yb_analytics.detectors._excess import Rates, score_of
from yb_analytics.detectors._scope import NotEvaluable
from yb_analytics.schema.text import number, share


@dataclass(frozen=True)
class Reference(Arrays):
    """Rates of the peers by question."""

    rates: dict[str, Rates]


def _labels(table: pd.DataFrame) -> pd.DataFrame:
    """Cells of every unit: its kind, then everybody."""
    kind = table["kind"].fillna("未分类") if "kind" in table else pd.Series("全部", index=table.index)
    return pd.DataFrame({0: kind, 1: _peers.EVERYBODY}, index=table.index)


def enough(table: pd.DataFrame, p) -> pd.DataFrame:
    """Units with cases enough to compare, in order."""
    return table[table["n"] >= p.min_trials].sort_index()


def reference(w, p, tables: dict[str, pd.DataFrame]) -> Reference:
    """Frozen rates of questions, each told by `x` of `n` (and `kind`) per unit; refuses where too few compare."""
    rates = {}
    for name, table in tables.items():
        table = enough(table, p)
        if len(table) < p.min_peers:
            raise NotEvaluable(f"{len(table)} units have {p.min_trials} cases to compare in {w.period}, "
                               f"fewer than {p.min_peers}（{w.period.label}有{p.min_trials}例以上可比的对象"
                               f"{len(table)}个，少于{p.min_peers}个）")
        rates[name] = Rates.fit(table["x"].astype(float), table["n"].astype(float), _labels(table), p)
    return Reference(rates)


def scored(model: Reference, name: str, table: pd.DataFrame, p) -> pd.DataFrame:
    """Every unit with enough cases and its score beside its peers."""
    table, rates = enough(table, p), model.rates[name]
    labels = _labels(table)
    known = labels.apply(lambda level: level.where(level.isin(rates.held), _peers.EVERYBODY))
    cell = _peers.chosen(known, rates.held, p.min_peers)
    at, tests = rates.rows(cell), int(rates.tests[0]) * len(model.rates)
    x, n = table["x"].to_numpy(float), table["n"].to_numpy(float)
    score = np.where(x >= p.min_count, score_of(rates.log_tail(x, n, at), tests, p), 0.0)
    return table.assign(
        score=score, cell=cell, peers=rates.n[at], median=rates.median[at], expected=n * rates.rate[at],
        rate=x / np.maximum(n, 1e-9), above=rates.above(x, n, at),
        vanish=rates.bound(n, at, tests, p) / np.maximum(n, 1e-9))


def clause(row: pd.Series, what: str, unit: str, who: str) -> str:
    """A unit beside its peers in words.

    Examples
    --------
    >>> row = pd.Series({"cell": "企业", "peers": 40, "median": 0.01, "rate": 0.5, "x": 4, "n": 8, "above": 1.0,
    ...                  "vanish": 0.25})
    >>> clause(row, "新参保后不久重病的占比", "人", "单位")
    '同类单位（企业）n=40，新参保后不久重病的占比中位数1.00%，本单位50.00%（4/8人），高于100.0%的同类，降至25.00%以下即不再提示'
    """
    cell = "全部" if row["cell"] == _peers.EVERYBODY else row["cell"]
    own = f"{share(row['rate'])}（{number(int(row['x']))}/{number(int(row['n']))}{unit}）"
    return (f"同类{who}（{cell}）n={int(row['peers'])}，{what}中位数{share(row['median'])}，本{who}{own}，"
            f"高于{share(row['above'], 1)}的同类，降至{share(row['vanish'])}以下即不再提示")


def evidence(row: pd.Series, name: str, label: str, telling: list[str]) -> dict:
    """The comparison in the columns of the answer `evidence`."""
    return {"feature": name, "label": label, "value": float(row["rate"]), "unit": "share",
            "expected": float(row["expected"] / max(row["n"], 1e-9)), "cell": row["cell"], "peers": int(row["peers"]),
            "median": float(row["median"]), "percentile": float(row["above"]), "vanish": float(row["vanish"]),
            "contribution": 1.0, "telling": telling}

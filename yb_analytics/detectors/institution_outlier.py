"""Detector: institutions that cost more than their peers for the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import NotEvaluable, _features, _peers, _sentences, detector
from yb_analytics.detectors._arrays import Arrays
from yb_analytics.detectors._ensemble import Ensemble
from yb_analytics.detectors._excess import Levels, score_of
from yb_analytics.detectors._norms import Norms
from yb_analytics.schema.text import share

CHECKED = ("病组构成", "机构级别与类型", "机构自身的抽样波动")
UNCHECKED = ("重症与疑难收治", "新技术新项目", "价格政策差异")
_COLUMNS = ["subject_id", "locator", "grain", "amount", "score", "why", "estimated"]


@dataclass(frozen=True)
class Model(Arrays):
    """Frozen reference: usual prices and fees, peers' levels per feature, the ensemble over the distances to them."""

    levels: Levels
    ensemble: Ensemble
    counties: _peers.Counties
    items: Norms
    groups: Norms


def _settlements(w, items: Norms):
    return w.once("settlements", lambda: w.materialise(_features.settlements(w, items.table(w))))


def _seen(w, p, items: Norms, groups: Norms):
    """Settlements with their features, and the features of the institutions."""
    rows = w.once("features", lambda: w.materialise(
        _features.against_group(_settlements(w, items), groups.table(w), p)))
    return rows, w.once("units", lambda: _features.units(w, rows, p))


def _fit(w, p) -> Model:
    items = Norms.of(_features.item_norms(w))
    groups = Norms.of(_features.group_norms(w, _settlements(w, items)))
    _rows, (value, error, sizes) = _seen(w, p, items, groups)
    if value.dropna(how="all").shape[0] < p.min_peers:
        raise NotEvaluable(f"fewer than {p.min_peers} institutions have {p.min_settlements} settlements to compare"
                           f"（有{p.min_settlements}笔以上可比结算的机构少于{p.min_peers}家）")
    counties = _peers.Counties.fit(w, sizes.rename("rows").reset_index())
    labels = _peers.cells(w, sizes.index, counties)
    levels = Levels.fit(value, error, labels, p)
    x = levels.distance(value, error, levels.rows(_peers.chosen(labels, levels.held, p.min_peers)))
    ensemble = Ensemble.fit(x if len(x) > 1 else np.zeros((2, value.shape[1])))
    return Model(levels, ensemble, counties, items, groups)


def scored(model: Model, value: pd.DataFrame, error: pd.DataFrame, labels: pd.DataFrame, p) -> pd.DataFrame:
    """Scores of institutions against the frozen model; a row scores the same alone as in any batch."""
    names = [str(c) for c in model.levels.names]
    value, error = value.reindex(columns=names), error.reindex(columns=names)
    cell = _peers.chosen(labels, model.levels.held, p.min_peers)
    at = model.levels.rows(cell)
    distance = model.levels.distance(value, error, at)
    unusual = model.ensemble.score(distance)
    drives = np.array([n.partition("·")[2] in _features.DRIVING for n in names])
    tests = int(model.levels.tests[0]) * int(drives.sum())
    above = value.to_numpy(float) - model.levels.center[at]
    allowed = drives & (np.nan_to_num(above, nan=-1.0) >= p.min_excess)
    tail = np.where(allowed, model.levels.log_tail(distance, at), 0.0)
    each = score_of(tail, tests, p) * (1 - p.weight_ensemble * (1 - unusual))[:, None]
    dear = np.array([n.startswith(f"{_features.RETAIL}") and n.endswith("·cost") for n in names])
    each = np.where(dear, np.minimum(each, p.retail_cap), each)  # a shop may sell dear goods, as double channel does
    row, worst = np.arange(len(value)), each.argmax(axis=1)
    bound, score = model.levels.bound(error, at, tests, p), each.max(axis=1)
    return pd.DataFrame({
        "score": score, "feature": [names[i] for i in worst], "value": value.to_numpy(float)[row, worst],
        "center": model.levels.center[at][row, worst], "vanish": bound[row, worst], "cell": cell.to_numpy(),
        "peers": model.levels.n[at], "unusual": unusual,
        "above": model.levels.above(value.to_numpy(float)[row, worst], at, worst)}, index=value.index)


@detector(subject="institution", tier="监测", needs=("setl_d", "setl_d.medfee_sumamt"), catches="fee_inflation",
          typologies=("T32",),
          basis="条例 第十五条、第三十八条(二)(三)", seeds=("S2",), checked=CHECKED, unchecked=UNCHECKED,
          fit=_fit, model=Model)
def institution_outlier(w, p, model):
    """费用离群机构 · Institutions that cost more than their peers.

    Fee, number of lines, unit price, quantity and share of tests per settlement, inside diagnosis groups, beside
    institutions of the same level, type, speciality and county size. A flag is an excess beyond what the spread
    between peers and the institution's own sampling error explain, family-wise over all institutions and features;
    the frozen ensemble over all features can only lower it.
    """
    rows, (value, error, sizes) = _seen(w, p, model.items, model.groups)
    found = scored(model, value, error, _peers.cells(w, sizes.index, model.counties), p)
    found = found[found["score"] > 0]
    hits = [_hit(w, rows, code, row, p) for code, row in found.iterrows()]
    return pd.DataFrame(hits, columns=_COLUMNS)


def _ratio(x: float, name: str) -> str:
    """A feature as the reader knows it: a share, or a multiple of the usual."""
    return share(x) if name == "tests" else f"{np.exp(x):.2f}倍"


def _hit(w, rows, code: str, row: pd.Series, p) -> dict:
    """One institution's hit; the settlements furthest above their group come first."""
    where, _dot, name = row["feature"].partition("·")
    care, _at, quarter = where.partition("@")
    own = rows.filter(_.fixmedins_code == code, _.care == care, _[name] > row["center"])
    own = own.filter(_.quarter == quarter) if quarter else own
    own = own.order_by([(_[name] * _.fee).desc(), "setl_id"]).limit(int(p.max_located))
    told = w.run(own.select("setl_id", "fund", excess=own[name]))
    over = row["value"] - row["center"]
    excess = 1 - float(np.exp(-over)) if name != "tests" else float(over)
    figures = [_ratio(row["center"], name), _ratio(row["value"], name), share(row["above"], 1),
               _ratio(row["vanish"], name)]
    why = _sentences.sentence(
        _sentences.peers(row["cell"], int(row["peers"]), f"{quarter}{care}{_features.DRIVING[name]}", figures),
        "属统计离群")
    return {"subject_id": code, "locator": told["setl_id"].tolist(), "grain": "settlement",
            "score": float(row["score"]), "amount": round(float(told["fund"].sum()) * min(max(excess, 0.0), 1.0), 2),
            "why": why, "estimated": True}

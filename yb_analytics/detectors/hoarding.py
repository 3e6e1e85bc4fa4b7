"""Detector: more days of supply at hand than a person can use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import _sentences, _supply, detector
from yb_analytics.detectors._arrays import Arrays
from yb_analytics.schema.text import number

CHECKED = ("住院期间用药", "退费冲销", "长期处方限量")
UNCHECKED = ("代家人购药", "双通道药品供应方式", "剂量调整")
_COLUMNS = ["subject_id", "locator", "grain", "amount", "score", "why", "estimated", "evidence"]


@dataclass(frozen=True)
class Model(Arrays):
    """Usual supply of the items, and per drug the stock no honest holder is expected to reach."""

    usual: _supply.Usual
    drug: np.ndarray
    limit: np.ndarray
    median: np.ndarray
    n: np.ndarray
    other: np.ndarray  # limit of a drug the reference does not hold

    def limits(self, w):
        """As a table `drug, limit, median, peers`."""
        return w.register(pd.DataFrame({"drug": self.drug.astype("int64"), "limit": self.limit, "median": self.median,
                                        "peers": self.n}))


def _fit(w, p) -> Model:
    usual = _supply.Usual.fit(w)
    drugs = w.run(_supply.holders(w, usual).group_by("drug").aggregate(
        n=_.count(), median=_.stock.median(), high=_.stock.quantile(0.9), top=_.stock.quantile(0.99)))
    drugs = drugs.sort_values("drug", ignore_index=True)
    limit = _bounds(drugs, p)
    other = float(limit.max()) if len(limit) else float(p.limit_days)
    return Model(usual, drugs["drug"].to_numpy("int64"), limit.to_numpy(float), drugs["median"].to_numpy(float),
                 drugs["n"].to_numpy("int64"), np.array([other]))


@detector(subject="person", tier="线索", needs=("fee_list_d", "fee_list_d.prd_days"), theme="超量购药",
          catches="hoarding", typologies=("T10",), seeds=("S2",),
          basis="条例 第十七条、第四十一条(三)；实施细则 第三十一条", checked=CHECKED,
          unchecked=UNCHECKED, fit=_fit, model=Model)
def hoarding(w, p, model):
    """超量囤药 · Days of supply hoarded across institutions.

    Days of supply of the same drug are added over all institutions, elapsed days taken off, never below zero.
    Flagged is a stock far over the limit and beyond what holders of that drug show: the bound grows with the
    number of holders, so the largest of many honest stocks is not accused.
    """
    held = _supply.holders(w, model.usual).left_join(model.limits(w), "drug")
    held = held.mutate(limit=held["limit"].fill_null(float(model.other[0])))
    flagged = w.run(held.filter(_.stock > _["limit"], _.fills >= p.min_fills).select(
        "key", "stock", "limit", "median", "peers"))
    if flagged.empty:
        return pd.DataFrame(columns=_COLUMNS)
    fills = w.materialise(_fills(w, model.usual, w.register(flagged[["key"]])))
    told = w.run(fills.group_by(["key", "psn_no", "drug"]).aggregate(
        fills=_.count(), places=_.fixmedins_code.nunique(), name=_.hilist_name.max()))
    peak = _scored(told.merge(flagged, on="key").sort_values(["psn_no", "drug"], ignore_index=True), p)
    rows = _over(w, fills, peak, p)
    hits = [_hit(who, of_person, rows[rows["psn_no"] == who], p) for who, of_person in peak.groupby("psn_no")]
    return pd.DataFrame(hits, columns=_COLUMNS)


def _fills(w, usual: _supply.Usual, flagged):
    """Every fill of the flagged persons and drugs (`key`) with the days of supply at hand after it."""
    rows = _supply.with_stock(_supply.lines(w, usual).semi_join(flagged, "key"), ["key"], ["fee_ocur_time", "bkkp_sn"])
    return rows.filter(w.period.covers(_.fee_ocur_time)).select(
        "key", "bkkp_sn", "psn_no", "drug", "hilist_name", "fixmedins_code", "days", "stock")


def _bounds(drugs: pd.DataFrame, p) -> pd.Series:
    """Stock that none of the holders of the drug is expected to reach: exponential beyond its 99th percentile.

    Drugs with few holders take the tail of the drugs that are widely held.
    """
    holders = drugs["n"].sum()
    drugs = drugs.assign(slope=(drugs["top"] - drugs["high"]) / np.log(10))
    common = drugs[drugs["n"] >= p.min_holders]
    if len(common):
        few = drugs["n"] < p.min_holders
        for c in ("top", "slope"):
            drugs[c] = drugs[c].mask(few, np.minimum(drugs[c], common[c].quantile(0.75)))
    bound = drugs["top"] + drugs["slope"] * np.log(np.maximum(0.01 * holders / p.alpha, 1))
    return bound.clip(lower=p.limit_days)


def _scored(peak: pd.DataFrame, p) -> pd.DataFrame:
    """Stocks over their bound with a score; few places say little."""
    score = 1 - 2 ** (-(peak["stock"] / peak["limit"] - 1).clip(lower=0) / p.half_ratio)
    score = score.where(peak["places"] >= p.min_places, score.clip(upper=p.one_place_cap))
    return peak.assign(score=score)[score > 0]


def _over(w, fills, peak: pd.DataFrame, p) -> pd.DataFrame:
    """Lines of the flagged persons and drugs bought while the stock stood over the limit."""
    flagged = w.register(peak[["key"]])
    lines = fills.semi_join(flagged, "key").filter(_.stock > p.limit_days)
    return w.run(w.fund_share(lines).select("bkkp_sn", "psn_no", "drug", "stock", fund=_.fund_amt.cast("float64")))


def _name(row: pd.Series) -> str:
    return row["name"] if isinstance(row["name"], str) and row["name"] else row["drug"]


def _evidence(row: pd.Series, lines: pd.DataFrame, share: float, p) -> dict:
    own = lines[lines["drug"] == row["drug"]]
    return {"feature": f"stock of {row['drug']}", "label": f"{_name(row)}最多结存天数", "value": float(row["stock"]),
            "unit": "days", "cell": "该药持续用药人", "peers": None if pd.isna(row["peers"]) else int(row["peers"]),
            "median": None if pd.isna(row["median"]) else float(row["median"]), "vanish": float(row["limit"]),
            "contribution": share, "telling": own["bkkp_sn"].head(int(p.telling)).tolist()}


def _hit(who: str, peak: pd.DataFrame, lines: pd.DataFrame, p) -> dict:
    """One person's hit over all flagged drugs; the highest stocks come first."""
    peak = peak.sort_values(["score", "drug"], ascending=[False, True])
    worst = peak.iloc[0]
    lines = lines.sort_values(["stock", "fund", "bkkp_sn"], ascending=[False, False, True])
    more = f"，另有{len(peak) - 1}种药品同样超出" if len(peak) > 1 else ""
    why = _sentences.sentence(
        f"{_name(worst)}在{int(worst['places'])}家机构购买{int(worst['fills'])}次，累计供应天数扣除已过天数后最多结存"
        f"{number(round(float(worst['stock'])))}天，用药人群上界{number(round(float(worst['limit'])))}天，"
        f"不超过该天数即不再提示{more}")
    return {"subject_id": who, "locator": lines["bkkp_sn"].tolist(), "grain": "line", "score": float(worst["score"]),
            "amount": round(float(lines["fund"].sum()), 2), "why": why, "estimated": False,
            "evidence": [_evidence(row, lines, float(row["score"] / peak["score"].sum()), p)
                         for _at, row in peak.iterrows()]}

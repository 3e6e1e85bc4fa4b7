"""Detector: a hospital whose stays suddenly become heavier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import NotEvaluable, _groups, _peers, _sentences, detector
from yb_analytics.detectors._arrays import Arrays
from yb_analytics.detectors._excess import score_of
from yb_analytics.detectors._norms import Norms

CHECKED = ("病组构成变化", "全市分组与编码的共同变动", "单月偶然波动")
UNCHECKED = ("编码质量改进", "引进新专科或新技术", "重症中心设立")
COLUMNS = ["subject_id", "locator", "grain", "amount", "score", "why", "estimated", "evidence"]


@dataclass(frozen=True)
class Model(Arrays):
    """Frozen reference: mean weight of every adjacent group, the city's index of every month, institutions, spread."""

    weights: Norms
    months: Norms
    tests: np.ndarray
    spread: np.ndarray


def _months(w, p, weights: Norms) -> pd.DataFrame:
    """Index of every institution and month: weight against the usual weight of the same adjacent groups."""
    usual = weights.table(w).rename(of="key", usual="value")
    rows = _groups.stays(w).filter(_.weight > 0).inner_join(usual, [("adrg", "of")])
    told = w.run(rows.group_by(["fixmedins_code", rows.begin_day.strftime("%Y%m").name("month")]).aggregate(
        n=_.count(), index=(_.weight / _.usual).ln().mean(), spread=(_.weight / _.usual).ln().std()))
    return told.sort_values(["fixmedins_code", "month"], ignore_index=True).round({"index": 9, "spread": 9})


def _fit(w, p) -> Model:
    rows = _groups.stays(w).filter(_.weight > 0)
    weights = Norms.of(w.run(rows.group_by(key="adrg").aggregate(value=_.weight.ln().mean().exp())))
    months = _months(w, p, weights)
    places = int((months.groupby("fixmedins_code")["n"].sum() >= p.min_trials).sum())
    if places < p.min_peers or months["month"].nunique() < 2 * p.min_months:
        raise NotEvaluable(f"{places} institutions with grouped stays in {months['month'].nunique()} months: "
                           f"too few to see a change")
    city = months.groupby("month")["index"].median().rename_axis("key").rename("value").reset_index()
    return Model(weights, Norms.of(city), np.array([places]), np.array([float(months["spread"].median())]))


@detector(subject="institution", tier="线索", needs=("stays", "drg_group_d", "drg_group_d.grp_weight"), theme="按病组付费",
          typologies=("T29",), basis="条例 第三十八条；实施细则 第二十三条", checked=CHECKED,
          unchecked=UNCHECKED, fit=_fit, model=Model)
def drg_case_mix(w, p, model):
    """CMI跳升 · Case-mix jump.

    Month by month, the weight of an institution's stays against the usual weight of the same adjacent groups, the
    city's own movement taken out. Flagged is a step upwards, at the month that divides the series best, beyond what the
    institution's months differ by otherwise, allowing for all institutions and months looked at.
    """
    months = _months(w, p, model.weights)
    city = {str(k): float(v) for k, v in model.months.frame().itertuples(index=False)}
    months["own"] = months["index"] - months["month"].map(city).fillna(0.0)
    steps = [(code, _step(own, model, p)) for code, own in months.groupby("fixmedins_code", sort=True)]
    hits = [_hit(w, str(code), step, p) for code, step in steps if step is not None and step["score"] > 0]
    return pd.DataFrame(hits, columns=COLUMNS)


def _step(own: pd.DataFrame, model: Model, p) -> dict | None:
    """The best division of a series of months into a lower and a higher part, with its score."""
    from scipy.stats import t

    own = own[own["n"] >= p.min_stays].reset_index(drop=True)
    least, best = int(p.min_months), None
    for cut in range(least, len(own) - least + 1):
        before, after = own.iloc[:cut], own.iloc[cut:]
        level = [np.average(part["own"], weights=part["n"]) for part in (before, after)]
        away = np.r_[before["own"] - level[0], after["own"] - level[1]]
        noise = max(float((own["n"] * away**2).sum() / max(len(own) - 2, 1)) ** 0.5, float(model.spread[0]))
        error = noise * (1 / before["n"].sum() + 1 / after["n"].sum()) ** 0.5
        log_p = float(t.logsf((level[1] - level[0]) / error, max(len(own) - 2, 1)))
        if best is None or log_p < best["log_p"]:
            best = {"log_p": log_p, "before": level[0], "after": level[1], "month": str(after["month"].iloc[0]),
                    "months": len(after), "error": error, "cuts": len(own)}
    if best is None or best["after"] - best["before"] < p.least_step:
        return best and best | {"score": 0.0}
    tests = int(model.tests[0]) * best["cuts"]
    vanish = best["before"] + max(p.least_step, best["error"] * float(t.isf(p.alpha / tests, best["cuts"] - 2)))
    return best | {"score": float(score_of(np.array([best["log_p"]]), tests, p)[0]), "vanish": vanish}


def _hit(w, code: str, step: dict, p) -> dict:
    """One institution's hit; stays from the step on, those with most weight for their cost first."""
    since = pd.Timestamp(f"{step['month']}01").date()
    rows = _groups.stays(w).filter(_.fixmedins_code == code, _.begin_day >= since)
    told = w.run(rows.select("setl_id", "fund", telling=_.weight / _.cost_ratio.nullif(0)))
    told = told.sort_values(["telling", "setl_id"], ascending=[False, True], na_position="last")
    ids = told["setl_id"].head(int(p.max_located)).tolist()
    ratio, rise = np.exp(step["after"]), np.exp(step["after"] - step["before"])
    why = _sentences.sentence(
        f"自{since:%Y-%m}起病例组合指数（同病组比）由{np.exp(step['before']):.2f}升至{ratio:.2f}，升幅{rise - 1:.1%}，"
        f"扣除全市共同变动，其后{step['months']}个月均计入；不超过{np.exp(step['vanish']):.2f}即不再提示")
    return {"subject_id": code, "locator": ids, "grain": "settlement", "score": step["score"], "estimated": True,
            "amount": round(float(told["fund"].sum()) * float(1 - 1 / rise), 2), "why": why, "evidence": [
                {"feature": "case_mix", "label": "病例组合指数（同病组比）", "value": float(ratio), "unit": "ratio",
                 "expected": float(np.exp(step["before"])), "vanish": float(np.exp(step["vanish"])),
                 "contribution": 1.0, "telling": ids[:int(p.telling)]}]}

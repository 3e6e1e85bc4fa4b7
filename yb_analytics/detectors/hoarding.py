"""Detector: more days of supply at hand than a person can use."""

from __future__ import annotations

from datetime import timedelta

import ibis
import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import _sentences, detector
from yb_analytics.schema import DRUG, INPATIENT
from yb_analytics.schema.text import number

CHECKED = ("住院用药", "退费冲销", "长期处方限量")
UNCHECKED = ("代家人购药", "双通道药品供应方式", "剂量调整")


@detector(subject="person", tier="线索", needs=("fee_list_d", "fee_list_d.prd_days"), catches="hoarding",
          basis="条例 第十七条、第四十一条(三)；实施细则 第三十一条", seeds=("S2",), checked=CHECKED,
          unchecked=UNCHECKED)
def hoarding(w, p):
    """超量囤药 · Days of supply hoarded across institutions.

    Days of supply of the same drug are added over all institutions, elapsed days taken off, never below zero.
    Flagged is a stock far over the limit and beyond what holders of that drug show: the bound grows with the
    number of holders, so the largest of many honest stocks is not accused.
    """
    fills = w.materialise(stocks(w, p))
    peak = w.run(fills.group_by(["psn_no", "drug"]).aggregate(
        stock=_.stock.max(), fills=_.count(), places=_.fixmedins_code.nunique(), name=_.hilist_name.max()))
    if peak.empty:
        return pd.DataFrame(columns=["subject_id", "locator", "grain", "amount", "score", "why"])
    peak["limit"] = _bounds(peak, p)
    over = (peak["stock"] / peak["limit"] - 1).clip(lower=0)
    peak["score"] = np.where(peak["fills"] >= p.min_fills, 1 - 2 ** (-over / p.half_ratio), 0.0)
    peak = peak[peak["score"] > 0]
    lines = _over(w, fills, peak, p)
    hits = [_hit(who, of_person, lines[lines["psn_no"] == who]) for who, of_person in peak.groupby("psn_no")]
    return pd.DataFrame(hits, columns=["subject_id", "locator", "grain", "amount", "score", "why", "estimated"])


def stocks(w, p):
    """Every fill of a drug with the days of supply at hand after it.

    Stock after fill t is the largest, over earlier fills j, of supply from j to t minus days from j to t: two
    window functions instead of a recursion.
    """
    start = w.period.start - timedelta(days=int(p.lookback_days))
    lines = w.history.fee_lines.filter(
        _.fee_ocur_time >= start.isoformat(), _.list_type.left(3).isin(DRUG).fill_null(True),
        ~_.med_type.left(2).isin(INPATIENT).fill_null(False), _.prd_days > 0, _.prd_days <= p.longest_line, _.cnt > 0)
    code = lines.hilist_code
    drug = (code.length() >= p.national_code_length).ifelse(code.left(int(p.same_drug_prefix)), code)
    lines = lines.mutate(drug=drug, day=(_.fee_ocur_time.epoch_seconds() / 86400).floor().cast("int64"),
                         days=_.prd_days.cast("float64"))
    upto = ibis.cumulative_window(group_by=["psn_no", "drug"], order_by=["fee_ocur_time", "bkkp_sn"])
    lines = lines.mutate(supply=lines.days.sum().over(upto))
    lines = lines.mutate(before=_.supply - _.days - _.day)
    lines = lines.mutate(stock=_.supply - _.day - _.before.min().over(upto))
    return lines.filter(w.period.covers(_.fee_ocur_time)).select(
        "bkkp_sn", "psn_no", "drug", "hilist_name", "fixmedins_code", "setl_id", "inscp_amt", "det_item_fee_sumamt",
        "fee_ocur_time", "days", "stock")


def _bounds(peak: pd.DataFrame, p) -> pd.Series:
    """Stock that none of the holders of the drug is expected to reach: exponential tail beyond the ninth decile."""
    by = peak.groupby("drug")["stock"]
    high, middle, n = (by.transform(f) for f in (lambda s: s.quantile(0.9), "median", "size"))
    all_high, all_middle = peak["stock"].quantile(0.9), peak["stock"].median()
    few = n < p.min_holders
    high, middle = high.mask(few, all_high), middle.mask(few, all_middle)
    scale = (high - middle) / np.log(5)
    return np.maximum(p.limit_days, high + scale * np.log(0.1 * len(peak) / p.alpha))


def _over(w, fills, peak: pd.DataFrame, p) -> pd.DataFrame:
    """Lines of the flagged persons and drugs bought while the stock stood over the limit."""
    flagged = w.register(peak[["psn_no", "drug"]].astype(str))
    lines = fills.semi_join(flagged, ["psn_no", "drug"]).filter(_.stock > p.limit_days)
    return w.run(w.fund_share(lines).select("bkkp_sn", "psn_no", "drug", "stock", fund=_.fund_amt.cast("float64")))


def _hit(who: str, peak: pd.DataFrame, lines: pd.DataFrame) -> dict:
    """One person's hit over all flagged drugs; the highest stocks come first."""
    worst = peak.sort_values(["score", "drug"], ascending=[False, True]).iloc[0]
    lines = lines.sort_values(["stock", "fund", "bkkp_sn"], ascending=[False, False, True])
    what = worst["name"] if isinstance(worst["name"], str) and worst["name"] else worst["drug"]
    why = _sentences.sentence(
        f"{what}在{int(worst['places'])}家机构购买{int(worst['fills'])}次，累计供应天数扣除已过天数后最多结存"
        f"{number(round(float(worst['stock'])))}天，用药人群上界{number(round(float(worst['limit'])))}天，"
        f"不超过该天数即不再提示" + (f"，另有{len(peak) - 1}种药品同样超出" if len(peak) > 1 else ""),
        _sentences.innocent(CHECKED, UNCHECKED))
    return {"subject_id": who, "locator": lines["bkkp_sn"].tolist(), "grain": "line", "score": float(worst["score"]),
            "amount": round(float(lines["fund"].sum()), 2), "why": why, "estimated": False}

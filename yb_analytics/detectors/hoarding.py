"""Detector: more days of supply at hand than a person can use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import ibis
import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import _sentences, detector
from yb_analytics.detectors._arrays import Arrays
from yb_analytics.detectors._norms import Norms
from yb_analytics.schema import DRUG, INPATIENT
from yb_analytics.schema.text import number

CHECKED = ("住院用药", "退费冲销", "长期处方限量")
UNCHECKED = ("代家人购药", "双通道药品供应方式", "剂量调整")
_COLUMNS = ["subject_id", "locator", "grain", "amount", "score", "why", "estimated"]


@dataclass(frozen=True)
class Model(Arrays):
    """Frozen reference: usual days of supply a unit of each item, and the bound of every drug ("" of any other)."""

    units: Norms
    bounds: Norms


def _fit(w, p) -> Model:
    units = Norms.of(w.run(_usual(_lines(w, p), p)))
    peaks = _peaks(w, p, units)
    drugs = w.run(peaks.group_by(key="drug").aggregate(
        n=_.count(), high=_.stock.quantile(0.9), top=_.stock.quantile(0.99))).sort_values("key")
    bounds = _bounds(drugs.set_index("key"), p).rename("limit").rename_axis("key").reset_index()
    return Model(units, Norms.of(bounds))


@detector(subject="person", tier="线索", needs=("fee_list_d", "fee_list_d.prd_days"), catches="hoarding",
          typologies=("T10",), fit=_fit, model=Model,
          basis="条例 第十七条、第四十一条(三)；实施细则 第三十一条", seeds=("S2",), checked=CHECKED,
          unchecked=UNCHECKED)
def hoarding(w, p, model):
    """超量囤药 · Days of supply hoarded across institutions.

    Days of supply of the same drug are added over all institutions, elapsed days taken off, never below zero.
    Flagged is a stock far over the limit and beyond what holders of that drug show: the bound grows with the
    number of holders, so the largest of many honest stocks is not accused.
    """
    flagged = _flagged(w, p, model)
    if flagged.empty:
        return pd.DataFrame(columns=_COLUMNS)
    fills = w.materialise(stocks(w, model.units.table(w), w.register(flagged[["key"]]), p))
    told = w.run(fills.group_by(["key", "psn_no", "drug"]).aggregate(
        fills=_.count(), places=_.fixmedins_code.nunique(), name=_.hilist_name.max()))
    peak = _scored(told.merge(flagged, on="key").sort_values(["psn_no", "drug"], ignore_index=True), p)
    lines = _over(w, fills, peak, p)
    hits = [_hit(who, of_person, lines[lines["psn_no"] == who]) for who, of_person in peak.groupby("psn_no")]
    return pd.DataFrame(hits, columns=_COLUMNS)


def _lines(w, p):
    """Drugs bought outside hospital stays, in the period and some time before it."""
    start = w.period.start - timedelta(days=int(p.lookback_days))
    return w.history.fee_lines.filter(
        _.fee_ocur_time >= start.isoformat(), _.list_type.left(3).isin(DRUG).fill_null(True),
        ~_.med_type.left(2).isin(INPATIENT).fill_null(False), _.cnt > 0)


def _usual(lines, p):
    """Usual days of supply a unit of each item, from the lines that tell them."""
    return lines.filter((_.prd_days > 0) & (_.prd_days <= p.longest_line)).group_by(key="hilist_code").aggregate(
        a_unit=_.prd_days.sum().cast("float64") / _.cnt.sum().cast("float64"))


def _supplied(lines, usual, p):
    """Lines with drug, day and `days` of supply: as delivered, else the quantity times the item's usual days.

    `key` is a number of person and drug: a city-year groups numbers, not texts.
    """
    lines = lines.left_join(usual.rename(item="key"), [("hilist_code", "item")]).drop("item")
    known = ((lines.prd_days > 0) & (lines.prd_days <= p.longest_line)).fill_null(False)
    missing = lines.prd_days.isnull().ifelse(lines.cnt.cast("float64") * lines.a_unit, None)
    code = lines.hilist_code
    drug = (code.length() >= p.national_code_length).ifelse(code.left(int(p.same_drug_prefix)), code)
    lines = lines.mutate(
        days=known.ifelse(lines.prd_days.cast("float64"), missing), drug=drug,
        day=(lines.fee_ocur_time.epoch_seconds() / 86400).floor().cast("int64")).filter(
        _.days > 0, _.days <= p.longest_line)
    return lines.mutate(key=(lines.psn_no + "|" + lines.drug).hash())


def _stock(rows, keys: list[str], order: list[str]):
    """Rows with `stock`, the days of supply at hand after each.

    Stock after fill t is the largest, over earlier fills j, of supply from j to t minus days from j to t: two
    window functions instead of a recursion.
    """
    upto = ibis.cumulative_window(group_by=keys, order_by=order)
    rows = rows.mutate(supply=rows.days.sum().over(upto))
    rows = rows.mutate(before=_.supply - _.days - _.day)
    return rows.mutate(stock=(_.supply - _.day - _.before.min().over(upto)).round(6))


def stocks(w, usual, flagged, p):
    """Every fill of the flagged persons and drugs (`key`) with the days of supply at hand after it."""
    rows = _supplied(_lines(w, p), usual, p).semi_join(flagged, "key")
    rows = _stock(rows, ["psn_no", "drug"], ["fee_ocur_time", "bkkp_sn"])
    return rows.filter(w.period.covers(_.fee_ocur_time)).select(
        "key", "bkkp_sn", "psn_no", "drug", "hilist_name", "fixmedins_code", "setl_id", "inscp_amt",
        "det_item_fee_sumamt", "fee_ocur_time", "days", "stock")


def _peaks(w, p, units: Norms):
    """Largest stock of every holder of a drug, by day; made once for fit and score."""
    return w.once("hoarding.peaks", lambda: w.materialise(_highest(w, units.table(w), p)))


def _highest(w, usual, p):
    """Persons and drugs go by their numbers while there are many of them, and by name at the end."""
    rows = _supplied(_lines(w, p), usual, p)
    names = w.materialise(rows.select("drug").distinct().mutate(number=_.drug.hash()))
    daily = rows.select("key", "day", "days", drug=rows.drug.hash(), seen=w.period.covers(rows.fee_ocur_time))
    daily = daily.group_by(["key", "day"]).aggregate(days=_.days.sum(), drug=_.drug.min(), seen=_.seen.any())
    most = _stock(daily, ["key"], ["day"]).filter(_.seen).group_by("key").aggregate(
        stock=_.stock.max(), number=_.drug.min())
    return most.inner_join(names, "number").select("key", "stock", "drug")


def _flagged(w, p, model: Model) -> pd.DataFrame:
    """Persons and drugs (`key`) whose stock passed the bound of the drug."""
    peaks = _peaks(w, p, model.units)
    limits = model.bounds.table(w).rename(of="key")
    other = {str(k): float(v) for k, v in model.bounds.frame().itertuples(index=False)}[""]
    told = peaks.left_join(limits, [("drug", "of")])
    told = told.mutate(limit=ibis.coalesce(told["limit"], other))
    return w.run(told.filter(_.stock > _["limit"]).select("key", "stock", "limit"))


def _bounds(drugs: pd.DataFrame, p) -> pd.Series:
    """Stock that none of the holders of the drug is expected to reach: exponential beyond its 99th percentile.

    Drugs with few holders take the tail of the drugs that are widely held; so does one nobody held yet, "".
    """
    holders = drugs["n"].sum()
    drugs = pd.concat([drugs, pd.DataFrame({"n": 0, "high": np.inf, "top": np.inf}, index=[""])])
    drugs = drugs.assign(slope=((drugs["top"] - drugs["high"]) / np.log(10)).fillna(np.inf))
    common = drugs[drugs["n"] >= p.min_holders]
    if len(common):
        few = drugs["n"] < p.min_holders
        for c in ("top", "slope"):
            drugs[c] = drugs[c].mask(few, np.minimum(drugs[c], common[c].quantile(0.75)))
    room = np.log(np.maximum(0.01 * holders / p.alpha, 1))
    bound = drugs["top"] + (drugs["slope"] * room if room else 0.0)
    return bound.clip(lower=p.limit_days)


def _scored(peak: pd.DataFrame, p) -> pd.DataFrame:
    """Stocks over their bound with a score; few fills say nothing, few places little."""
    score = 1 - 2 ** (-(peak["stock"] / peak["limit"] - 1).clip(lower=0) / p.half_ratio)
    score = score.where(peak["fills"] >= p.min_fills, 0.0)
    score = score.where(peak["places"] >= p.min_places, score.clip(upper=p.one_place_cap))
    return peak.assign(score=score)[score > 0]


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
        f"不超过该天数即不再提示" + (f"，另有{len(peak) - 1}种药品同样超出" if len(peak) > 1 else ""))
    return {"subject_id": who, "locator": lines["bkkp_sn"].tolist(), "grain": "line", "score": float(worst["score"]),
            "amount": round(float(lines["fund"].sum()), 2), "why": why, "estimated": False}

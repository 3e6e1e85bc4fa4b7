"""Detector: prescriptions far larger than the city's for the same drug."""

from __future__ import annotations

from functools import partial

import ibis
import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import detector
from yb_analytics.detectors._against_peers import Frozen, Question, fitted, found
from yb_analytics.schema import DRUG, INPATIENT

CHECKED = ("同一药品在全市的通常数量", "不超过12周且日用量正常的长期处方", "单价高的谈判药品不计入大额处方")
UNCHECKED = ("剂量调整", "集中配药的慢病患者", "节假日备药")


def _questions(w) -> list[Question]:
    """Quantities over the period and, because a practice of some months drowns in a year, by quarter; sums."""
    spans = ["", *sorted({_quarter(m.start) for m in w.period.months})] if len(w.period.months) > 3 else [""]
    quantities = [Question(
        f"quantity{span}", f"{span}数量远超同药通常水平的明细占比", "条", partial(_lines_beyond, span=span),
        grain="line", norms=_usual, counts=partial(_line_counts, span=span)) for span in spans]
    return [*quantities, Question("amount", "大额处方占比", "张", _prescriptions, cap="amount_cap")]


def _quarter(day) -> str:
    return f"{day.year}年第{(day.month + 2) // 3}季度"


def _fit(w, p) -> Frozen:
    return fitted(w, p, _questions(w), every=False)


@detector(subject="institution", tier="监测", needs=("fee_list_d",), theme="大处方", catches="large_prescription",
          typologies=("T46",), basis="条例 第十五条、第三十八条(二)", checked=CHECKED, unchecked=UNCHECKED, fit=_fit,
          model=Frozen)
def large_prescription(w, p, model):
    """大处方 · Large prescriptions.

    Outpatient and pharmacy lines whose quantity lies beyond what the city shows for the drug, and prescriptions above
    the stated sum (dear drugs apart), beside institutions of the same kind. A long prescription with a usual daily
    quantity does not count. A sum alone stays below 0.5.
    """
    return found(w, p, model, _questions(w))


def _lines(w):
    """Drugs of visits outside hospital, the fund having a part in them."""
    return w.fee_lines.filter(
        _.list_type.left(3).isin(DRUG).fill_null(False), ~_.med_type.left(2).isin(INPATIENT).fill_null(False),
        _.cnt > 0, _.inscp_amt.fill_null(1) > 0)


def _usual(w, p) -> pd.DataFrame:
    """Per drug the quantity beyond which a line is large, and the usual quantity a day."""
    rows = _lines(w).select("hilist_code", cnt=_.cnt.cast("float64"), days=_.prd_days.cast("float64"))
    told = w.run(rows.group_by(key="hilist_code").aggregate(
        n=_.count(), median=_.cnt.median(), high=_.cnt.quantile(p.high_quantile),
        daily=(_.cnt / _.days.nullif(0)).median()))
    told["large"] = np.maximum(told["high"], told["median"] * p.times_usual)
    return told.loc[told["n"] >= p.min_lines, ["key", "large", "daily"]]


def _judged(w, p, norms):
    """Lines of drugs the city knows, with whether each is large."""
    rows = _lines(w).inner_join(norms, [("hilist_code", "key")])
    cnt, days = rows.cnt.cast("float64"), rows.prd_days.cast("float64")
    long = (days > 0) & (days <= p.long_days) & (cnt <= days * rows.daily * p.daily_slack)
    return rows.mutate(beyond=(cnt > rows.large) & ~long.fill_null(False))


def _span_of(time):
    return (time.year().cast("string") + "年第" + time.quarter().cast("string") + "季度")


def _line_counts(w, p, norms, span: str):
    """Lines and large ones of every institution in a span; counted once for all spans."""
    counts = w.once("large lines", lambda: w.materialise(_judged(w, p, norms).group_by(
        subject_id=_.fixmedins_code, span=_span_of(_.fee_ocur_time)).aggregate(x=_.beyond.sum(), n=_.count())))
    own = counts.filter(_.span == span) if span else counts
    return own.group_by("subject_id").aggregate(x=_.x.sum(), n=_.n.sum())


def _lines_beyond(w, p, norms, span: str):
    """Large lines with the fund's share of what is beyond; made once for all spans."""
    lines = w.once("large lines located", lambda: w.materialise(_located(w, p, norms)))
    return lines.filter(_.span == span) if span else lines


def _located(w, p, norms):
    rows = _judged(w, p, norms).filter(_.beyond)
    lines = w.fund_share(w.materialise(rows.select(
        "bkkp_sn", "fixmedins_code", "fee_ocur_time", "inscp_amt", "det_item_fee_sumamt",
        over=1 - rows.large / rows.cnt.cast("float64"))))
    return lines.select(subject_id="fixmedins_code", id="bkkp_sn", hit=ibis.literal(True), telling=_.over,
                        fund=_.fund_amt.cast("float64") * _.over, span=_span_of(_.fee_ocur_time))


def _prescriptions(w, p):
    """Prescriptions, each settlement's lines where numbers are not told, and whether the sum is large."""
    rows = _lines(w).filter(_.setl_id.notnull(), _.pric.fill_null(0) <= p.dear_price)
    rows = rows.group_by(["fixmedins_code", "setl_id", "rx_drord_no"]).aggregate(
        sum=_.det_item_fee_sumamt.sum().cast("float64"), fund=_.inscp_amt.sum().cast("float64"))
    return rows.select(subject_id="fixmedins_code", id="setl_id", hit=_.sum > p.large_yuan, fund="fund", telling="sum")

"""Detector: other goods at the till while drugs are settled."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import detector
from yb_analytics.detectors._arrays import Arrays
from yb_analytics.detectors._excess import score_of
from yb_analytics.detectors._visits import demand_clock, visits

CHECKED = ("同额收银的偶然巧合（以错开时间的同额笔数为对照）", "收银流水中标明的药品")
UNCHECKED = ("同一顾客同时自费购买他物", "收银与医保系统时钟误差", "监控录像与随货同行单")
_COLUMNS = ["subject_id", "locator", "grain", "amount", "score", "why", "estimated", "evidence"]


@dataclass(frozen=True)
class Model(Arrays):
    """How many shops were looked at in the reference."""

    tests: np.ndarray


def _fit(w, p) -> Model:
    shops = int(w.run(w.pos_sale.filter(w.period.covers(_.sale_time)).fixmedins_code.nunique().as_table()).iloc[0, 0])
    return Model(np.array([shops]))


@detector(subject="institution", tier="疑点", needs=("setl_d", "pos_sale", "pos_sale.drug_flag", "pos_sale.sale_amt"),
          theme="个人账户", catches="substitution", typologies=("T15",), basis="条例 第十五条、第三十八条(四)",
          checked=CHECKED, unchecked=UNCHECKED, money="account", fit=_fit, model=Model)
def substitution(w, p, model):
    """串换药品 · Other goods settled as drugs.

    The till shows goods that are no drugs for the same sum within the minutes in which drugs are settled. How often
    that happens by chance is seen in the same shop a little earlier and later: the same sums at displaced times.
    """
    demand_clock(w, p)
    met = w.once("till_coincidences", lambda: w.materialise(_met(w, p)))
    counted = w.run(met.group_by("fixmedins_code").aggregate(
        x=_.setl_id.nunique(where=_.apart <= p.window_seconds),
        other=_.count(where=_.shifted))).set_index("fixmedins_code").sort_index()
    if counted.empty:
        return pd.DataFrame(columns=_COLUMNS)
    told = _scored(counted, int(model.tests[0]), p)
    rows = w.run(met.filter(_.apart <= p.window_seconds, _.fixmedins_code.isin(list(told.index))))
    return pd.DataFrame([_hit(code, row, rows[rows["fixmedins_code"] == code], p) for code, row in told.iterrows()],
                        columns=_COLUMNS)


def _tickets(w):
    """Goods that are no drugs, line by line and by ticket (lines of one shop and second), with their sums."""
    rows = w.pos_sale.filter(w.period.covers(_.sale_time), _.drug_flag == "0", _.sale_amt > 0)
    rows = rows.select("fixmedins_code", sold=_.sale_time.epoch_seconds(), amount=_.sale_amt.cast("float64"),
                       goods="goods_name")
    tickets = rows.group_by(["fixmedins_code", "sold"]).aggregate(
        lines=_.count(), amount=_.amount.sum(), goods=_.goods.min())
    return rows.union(tickets.filter(_.lines > 1).select(*rows.columns))


def _met(w, p):
    """Settlements and till sales of the same shop and sum, at the same time or at displaced ones."""
    till = _tickets(w).mutate(sum=(_.amount * 10).round().cast("int64"))
    rows = visits(w).filter(_.fee > 0).select("setl_id", "fixmedins_code", "at", "fee", "fund", "account",
                                              sum=(_.fee * 10).round().cast("int64"))
    met = rows.inner_join(till, ["fixmedins_code", "sum"])
    met = met.mutate(apart=(met.sold - met["at"]).abs())
    met = met.mutate(shifted=ibis.or_(*((met.apart - s).abs() <= p.window_seconds for s in map(int, p.shifts))))
    return met.filter((_.apart <= p.window_seconds) | _.shifted).select(
        "setl_id", "fixmedins_code", "at", "fee", "fund", "account", "goods", "apart", "shifted")


def _scored(counted: pd.DataFrame, tests: int, p) -> pd.DataFrame:
    """Shops with more coincidences than their displaced times allow."""
    from scipy.stats import poisson

    expected = (counted["other"] / (2 * len(p.shifts))).clip(lower=p.floor_expected)  # earlier and later
    tail = poisson.logsf(counted["x"] - 1, expected * p.slack)
    score = np.where(counted["x"] >= p.min_count, score_of(tail, tests, p), 0.0)
    told = counted.assign(expected=expected, score=score,
                          vanish=poisson.isf(p.alpha / max(tests, 1), expected * p.slack))
    return told[told["score"] > 0]


def _hit(code: str, row: pd.Series, rows: pd.DataFrame, p) -> dict:
    """One shop's hit; the dearest coincidences come first."""
    own = rows.sort_values(["account", "fund", "setl_id"], ascending=[False, False, True]).drop_duplicates("setl_id")
    goods = "、".join(own["goods"].dropna().value_counts().index[:3])
    why = (f"{int(row['x'])}笔医保结算在前后{int(p.window_seconds / 60)}分钟内有同额的非药品收银记录（{goods}），"
           f"错开时间的同额笔数平均{row['expected']:.1f}，不超过{int(row['vanish'])}笔时不再提示")
    evidence = [{"feature": "same_sum_at_the_till", "label": "同时同额的非药品收银笔数", "value": float(row["x"]),
                 "unit": "count", "expected": float(row["expected"]), "vanish": float(row["vanish"]),
                 "contribution": 1.0, "telling": own["setl_id"].head(int(p.telling)).tolist()}]
    return {"subject_id": code, "locator": own["setl_id"].tolist(), "grain": "settlement", "score": float(row["score"]),
            "amount": round(float(own["account"].sum()), 2), "why": why, "estimated": False, "evidence": evidence}

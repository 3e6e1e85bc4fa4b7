"""Detector: an item that suddenly stands on many bills of one institution."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import ibis
import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import NotEvaluable, detector
from yb_analytics.detectors._arrays import Arrays
from yb_analytics.detectors._excess import score_of
from yb_analytics.detectors._norms import Norms
from yb_analytics.schema.text import number, share, yuan

CHECKED = ("全市同一项目的共同增长", "就诊量的增长", "个别月份的波动")
UNCHECKED = ("新增设备、科室或技术", "季节性疾病与疫情", "集中采购与替代品种切换")
_COLUMNS = ["subject_id", "locator", "grain", "amount", "score", "why", "estimated", "evidence"]


@dataclass(frozen=True)
class Model(Arrays):
    """Bills with each item in the city by month, all bills by month, and how many series were looked at."""

    items: Norms
    bills: Norms
    tests: np.ndarray


def _start(w, p) -> str:
    return (w.period.end - timedelta(days=31 * int(p.months_back))).isoformat()


def _bills(w, p):
    """Settlements of every institution and month up to the end of the period; `upto` before each month."""
    rows = w.history.valid_settlements.filter(_.setl_time >= _start(w, p))
    rows = rows.mutate(m=_.setl_time.year() * 12 + _.setl_time.month())
    rows = rows.group_by(["fixmedins_code", "m"]).aggregate(bills=_.count())
    upto = ibis.cumulative_window(group_by="fixmedins_code", order_by="m")
    own = ibis.window(group_by="fixmedins_code")
    rows = rows.mutate(upto=_.bills.sum().over(upto) - _.bills, all=_.bills.sum().over(own),
                       months=ibis.row_number().over(ibis.window(group_by="fixmedins_code", order_by="m")),
                       left=_.m.max().over(own) - _.m + 1)
    return w.once("monthly bills", lambda: w.materialise(rows))


def _items(w, p):
    """Bills with an item, by institution, item and month; an item counts once on a bill of a visit."""
    rows = w.history.fee_lines.filter(_.fee_ocur_time >= _start(w, p), _.cnt > 0)
    rows = rows.select("fixmedins_code", "hilist_code", visit=_.mdtrt_id.hash(),
                       m=_.fee_ocur_time.year() * 12 + _.fee_ocur_time.month())
    rows = rows.distinct().group_by(["fixmedins_code", "hilist_code", "m"]).aggregate(x=_.count())
    return w.once("monthly items", lambda: w.materialise(rows))


def _fit(w, p) -> Model:
    rows = _items(w, p)
    items = w.run(rows.group_by(key=rows.hilist_code + "|" + rows.m.cast("string")).aggregate(x_all=_.x.sum()))
    bills = w.run(_bills(w, p).group_by(key=_.m.cast("string")).aggregate(bills_all=_.bills.sum()))
    series = int(w.run(rows.select("fixmedins_code", "hilist_code").distinct().count().as_table()).iloc[0, 0])
    if len(bills) <= p.least_before:
        raise NotEvaluable(f"{len(bills)} months of settlements up to {w.period}, not enough to see a surge")
    return Model(Norms.of(items), Norms.of(bills), np.array([series]))


@detector(subject="institution", tier="监测", needs=("fee_list_d", "setl_d"), theme="异常增长", catches="item_surge",
          typologies=("T50",), basis="条例 第二十五条、第三十八条(二)", seeds=("S2",), checked=CHECKED,
          unchecked=UNCHECKED, fit=_fit, model=Model)
def item_surge(w, p, model):
    """项目激增 · An item that surges.

    From one month on an item stands on far more bills of an institution than before, in a measure that neither its
    bills nor the other institutions of the city explain. Every month is asked as the beginning; the city's growth is
    that of the others, the institution itself taken out.
    """
    told = w.run(_surges(w, p, model))
    found = _scored(told, int(model.tests[0]), p)
    if found.empty:
        return pd.DataFrame(columns=_COLUMNS)
    lines = _lines(w, found)
    return pd.DataFrame([_hit(code, own, lines[lines["fixmedins_code"] == code], p)
                         for code, own in found.groupby("fixmedins_code")], columns=_COLUMNS)


def _city(w, p, model: Model):
    """Bills with each item in the city before and from each month on, and all bills."""
    items = model.items.table(w)
    items = items.select("x_all", hilist_code=_.key.split("|")[0], m=_.key.split("|")[1].cast("int64"))
    upto, own = ibis.cumulative_window(group_by="hilist_code", order_by="m"), ibis.window(group_by="hilist_code")
    items = items.mutate(x_before=_.x_all.sum().over(upto) - _.x_all, x_sum=_.x_all.sum().over(own))
    bills = model.bills.table(w).select("bills_all", m=_.key.cast("int64"))
    bills = bills.mutate(b_before=_.bills_all.sum().over(ibis.cumulative_window(order_by="m")) - _.bills_all,
                         b_sum=_.bills_all.sum().over(ibis.window()))
    return items.inner_join(bills, "m").select("hilist_code", "m", "x_before", "x_sum", "b_before", "b_sum")


def _surges(w, p, model: Model):
    """Institution, item and month from which the item stands on many more bills than expected; the best month only."""
    rows = _items(w, p)
    own = ibis.window(group_by=["fixmedins_code", "hilist_code"])
    upto = ibis.cumulative_window(group_by=["fixmedins_code", "hilist_code"], order_by="m")
    rows = rows.mutate(before=_.x.sum().over(upto) - _.x, sum=_.x.sum().over(own))
    rows = rows.mutate(after=_["sum"] - _.before).filter(_.after >= p.min_count)
    rows = rows.inner_join(_bills(w, p), ["fixmedins_code", "m"])
    first = w.period.start.year * 12 + w.period.start.month
    rows = rows.filter(_.m >= first, _.months >= p.least_before, _.left >= p.least_after, _.upto >= p.min_bills)
    rows = rows.left_join(_city(w, p, model), ["hilist_code", "m"])
    others_before = ibis.greatest(rows.x_before - rows.before, 0) + p.prior_bills
    others_after = ibis.greatest(rows.x_sum - rows.x_before - rows.after, 0) + p.prior_bills
    grown = (others_after / ibis.greatest(rows.b_sum - rows.b_before - (rows["all"] - rows.upto), 1)) / (
        others_before / ibis.greatest(rows.b_before - rows.upto, 1))
    rate = (rows.before + p.prior_own) / rows.upto
    rows = rows.mutate(grown=ibis.greatest(grown.fill_null(1.0), 1.0), rate=rate)
    rows = rows.mutate(bills_after=_["all"] - _.upto).mutate(expected=_.bills_after * _.rate * _.grown)
    rows = rows.filter(_.after >= p.min_times * _.expected, _.after >= p.min_share * _.bills_after)
    rows = rows.mutate(gain=_.after * (_.after / _.expected).ln() - (_.after - _.expected))
    order = ibis.window(group_by=["fixmedins_code", "hilist_code"], order_by=[ibis.desc("gain"), "m"])
    best = rows.mutate(place=ibis.row_number().over(order)).filter(_.place == 0)
    return best.select("fixmedins_code", "hilist_code", "m", "before", "upto", "after", "bills_after", "expected", "grown")


def _scored(told: pd.DataFrame, tests: int, p) -> pd.DataFrame:
    """Surges beyond what peers' spread and chance allow (negative binomial), with a score."""
    from scipy.stats import nbinom

    told = told.sort_values(["fixmedins_code", "hilist_code"], ignore_index=True)
    shape = 1 / p.floor_spread**2
    expected = told["expected"].astype(float)
    tail = nbinom.logsf(told["after"].astype(float) - 1, shape, shape / (shape + expected))
    tail = tail + np.log(p.months_back)  # any month may be the first
    vanish = nbinom.isf(p.alpha / max(tests, 1) / p.months_back, shape, shape / (shape + expected))
    return told.assign(score=score_of(tail, tests, p), vanish=vanish).query("score > 0")


def _lines(w, found: pd.DataFrame) -> pd.DataFrame:
    """Lines of the surging items since their month, with the fund's money."""
    keys = w.register(found[["fixmedins_code", "hilist_code", "m"]].rename(columns={"m": "since"}))
    rows = w.fee_lines.inner_join(keys, ["fixmedins_code", "hilist_code"])
    rows = rows.filter(_.cnt > 0, _.fee_ocur_time.year() * 12 + _.fee_ocur_time.month() >= _.since)
    return w.run(w.fund_share(w.materialise(rows.select(
        "bkkp_sn", "fixmedins_code", "hilist_code", "hilist_name", "inscp_amt", "det_item_fee_sumamt"))).select(
        "bkkp_sn", "fixmedins_code", "hilist_code", "hilist_name", fund=_.fund_amt.cast("float64")))


def _hit(code: str, own: pd.DataFrame, lines: pd.DataFrame, p) -> dict:
    """One institution's hit over its surging items; the dearest lines come first."""
    own = own.sort_values(["score", "hilist_code"], ascending=[False, True])
    over = own.set_index("hilist_code").pipe(lambda t: 1 - t["expected"] / t["after"])
    lines = lines.sort_values(["fund", "bkkp_sn"], ascending=[False, True]).head(int(p.max_located))
    names = lines.groupby("hilist_code")["hilist_name"].max()
    row = own.iloc[0]
    year, month = (row["m"] - 1) // 12, (row["m"] - 1) % 12 + 1
    name = names.get(row["hilist_code"]) or row["hilist_code"]
    rate = share(row["after"] / row["bills_after"])
    why = (f"自{year}年{month}月起{rate}的就诊收取{name}，此前为{share(row['before'] / row['upto'])}，"
           f"全市其他机构同期为此前的{row['grown']:.2f}倍，共{number(int(row['after']))}次，"
           f"不超过{number(int(row['vanish']))}次即不再提示，涉及基金{yuan(lines['fund'].sum())}"
           + (f"，另有{len(own) - 1}个项目同样激增" if len(own) > 1 else ""))
    evidence = [{"feature": f"bills with {r['hilist_code']}", "label": f"{names.get(r['hilist_code']) or r['hilist_code']}收取次数",
                 "value": float(r["after"]), "unit": "count", "expected": float(r["expected"]),
                 "vanish": float(r["vanish"]), "contribution": float(r["score"] / own["score"].sum()),
                 "telling": lines.loc[lines["hilist_code"] == r["hilist_code"], "bkkp_sn"].head(int(p.telling)).tolist()}
                for _at, r in own.iterrows()]
    amount = float((lines["fund"] * lines["hilist_code"].map(over)).sum())
    return {"subject_id": code, "locator": lines["bkkp_sn"].tolist(), "grain": "line", "score": float(row["score"]),
            "amount": round(amount, 2), "why": why, "estimated": True, "evidence": evidence}

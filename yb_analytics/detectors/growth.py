"""Detector: institutions whose spending steps up while others' does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import ibis
import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import NotEvaluable, _series, detector
from yb_analytics.detectors._arrays import Arrays
from yb_analytics.detectors._excess import score_of
from yb_analytics.detectors._norms import Norms
from yb_analytics.schema import INPATIENT, PHARMACY
from yb_analytics.schema.text import share, yuan

CHECKED = ("全市同类服务的共同增长", "季节波动", "缓慢漂移的水平")
UNCHECKED = ("新增科室、床位或医师", "承接停业机构的患者", "价格或待遇政策调整")
_COLUMNS = ["subject_id", "locator", "grain", "amount", "score", "why", "estimated", "evidence"]


@dataclass(frozen=True)
class Model(Arrays):
    """Money of the city by kind of care and month, and how many series were looked at."""

    city: Norms
    tests: np.ndarray


def _monthly(w, p):
    """Fund money of every institution, kind of care and month up to the end of the period."""
    start = (w.period.end - timedelta(days=31 * int(p.months_back))).isoformat()
    two = _.med_type.left(2)
    rows = w.history.valid_settlements.filter(_.setl_time >= start, _.fund_pay_sumamt > 0)
    rows = rows.mutate(kind=ibis.cases((two.isin(INPATIENT), "住院"), (two.isin(PHARMACY), "药店"), else_="门诊"),
                       m=_.setl_time.year() * 12 + _.setl_time.month())
    return rows.group_by(["fixmedins_code", "kind", "m"]).aggregate(
        fund=_.fund_pay_sumamt.sum().cast("float64"), visits=_.count())


def _own(w, p):
    return w.once("monthly fund", lambda: w.materialise(_monthly(w, p)))


def _shares(w, p, city: Norms):
    """Logarithm of each institution's part in what the others of the city spend on the kind of care, by month."""
    rows = _own(w, p)
    rows = rows.mutate(key=rows.kind + "|" + rows.m.cast("string")).inner_join(city.table(w), "key")
    long = ibis.window(group_by=["fixmedins_code", "kind"])
    rows = rows.mutate(others=_.fund_all - _.fund, months=_.count().over(long), least=_.visits.median().over(long))
    rows = rows.filter(_.others > 0, _.months >= p.min_months, _.least >= p.min_visits)
    return rows.select("m", "fund", series=rows.fixmedins_code + "|" + rows.kind,
                       value=(rows.fund / rows.others).ln())


def _fit(w, p) -> Model:
    rows = _own(w, p)
    city = w.run(rows.group_by(key=rows.kind + "|" + rows.m.cast("string")).aggregate(fund_all=_.fund.sum()))
    model = Model(Norms.of(city), np.zeros(1, int))
    held = int(w.run(_shares(w, p, model.city).series.nunique().as_table()).iloc[0, 0])
    if not held:
        raise NotEvaluable(f"no institution has {p.min_months} months of spending up to {w.period}")
    return Model(model.city, np.array([held]))


@detector(subject="institution", tier="监测", needs=("setl_d",), theme="异常增长", typologies=("T50", "T32"),
          basis="条例 第二十五条", seeds=("S2",), checked=CHECKED, unchecked=UNCHECKED, fit=_fit, model=Model)
def growth(w, p, model):
    """费用异常增长 · Spending that steps up.

    An institution's monthly fund money beside that of the city's others for the same kind of care: a step upwards that
    lasts to the end of the period. Thousands of series are screened in one statement; only those far out are modelled,
    and a level that wanders by itself is no step.
    """
    series = w.once("shares", lambda: w.materialise(_shares(w, p, model.city)))
    first = w.period.start.year * 12 + w.period.start.month
    told = w.run(_series.screened(series, int(p.least_months)).filter(
        _.t >= p.suspicious_t, _.step >= np.log(p.min_times), _.when >= first)).sort_values("series")
    if told.empty:
        return pd.DataFrame(columns=_COLUMNS)
    values = _series.as_frame(w.run(series.semi_join(w.register(told[["series"]]), "series")))
    steps = [_step(row, values[row["series"]], int(model.tests[0]), p) for _at, row in told.iterrows()]
    flagged = pd.DataFrame([s for s in steps if s["score"] > 0])
    if flagged.empty:
        return pd.DataFrame(columns=_COLUMNS)
    return pd.DataFrame([_hit(w, code, own.sort_values("score", ascending=False), series, p)
                         for code, own in flagged.groupby("subject_id")], columns=_COLUMNS)


def _step(row: pd.Series, own: tuple[np.ndarray, np.ndarray], tests: int, p) -> dict:
    """A suspicious series with its step as modelled and the score of it."""
    from scipy.stats import t as student

    months, value = own
    at = int(np.searchsorted(months, row["when"]))
    height, error = _series.modelled(value, at)
    log_p = student.logsf(max(height, 0.0) / error, max(len(value) - 3, 1)) + np.log(len(value))  # any month may step
    code, _bar, kind = row["series"].rpartition("|")
    score = float(score_of(np.array([log_p]), tests, p)[0]) if height >= np.log(p.min_times) else 0.0
    return {"subject_id": code, "kind": kind, "when": int(row["when"]), "height": height, "error": error,
            "score": score, "series": row["series"], "before": float(np.median(value[:at]))}


def _hit(w, code: str, own: pd.DataFrame, series, p) -> dict:
    """One institution's hit: its strongest step, the settlements since then."""
    row = own.iloc[0]
    year, month = (row["when"] - 1) // 12, (row["when"] - 1) % 12 + 1
    two = _.med_type.left(2)
    of_kind = {"住院": two.isin(INPATIENT), "药店": two.isin(PHARMACY)}.get(
        row["kind"], ~two.isin([*INPATIENT, *PHARMACY]))
    rows = w.valid_settlements.filter(_.fixmedins_code == code, of_kind, _.fund_pay_sumamt > 0,
                                      _.setl_time >= f"{year:04d}-{month:02d}-01")
    told = w.run(rows.order_by([ibis.desc("fund_pay_sumamt"), "setl_id"]).limit(int(p.max_located)).select(
        "setl_id", fund=_.fund_pay_sumamt.cast("float64")))
    over = 1 - float(np.exp(-row["height"]))
    why = (f"自{year}年{month}月起{row['kind']}基金支出相对全市同类服务升至此前的{np.exp(row['height']):.2f}倍并持续至期末"
           f"（标准误{share(np.exp(row['error']) - 1, 0)}），期间支出{yuan(told['fund'].sum())}，"
           f"低于{p.min_times:g}倍即不再提示")
    evidence = [{"feature": f"step of {r['kind']}", "label": f"{r['kind']}支出阶跃倍数", "value": float(np.exp(r["height"])),
                 "unit": "ratio", "expected": 1.0, "vanish": float(p.min_times),
                 "contribution": float(r["score"] / own["score"].sum()),
                 "telling": told["setl_id"].head(int(p.telling)).tolist()} for _at, r in own.iterrows()]
    return {"subject_id": code, "locator": told["setl_id"].tolist(), "grain": "settlement", "score": float(row["score"]),
            "amount": round(float(told["fund"].sum()) * over, 2), "why": why, "estimated": True, "evidence": evidence}

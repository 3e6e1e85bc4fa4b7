"""Detector: personal accounts drained at pharmacies and clinics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import NotEvaluable, _peers, _sentences, detector
from yb_analytics.detectors._arrays import Arrays
from yb_analytics.detectors._ensemble import Ensemble
from yb_analytics.detectors._excess import Rates, score_of
from yb_analytics.schema import INPATIENT
from yb_analytics.schema.text import share, yuan

SIGNS = {"round": "整额", "large": "大额", "drained": "余额刷尽", "burst": "连续他人刷卡", "night": "夜间",
         "same": "同日同额", "again": "同人连刷"}
CHECKED = ("单一迹象（如24小时营业、整数定价）不作判断", "同类机构的通常水平")
UNCHECKED = ("慢病长处方", "进货与销售流水", "监控录像")


@dataclass(frozen=True)
class Model(Arrays):
    """Frozen reference: peers' rates of each sign and of combined signs, and the ensemble over them."""

    rates: dict[str, Rates]
    ensemble: Ensemble
    counties: _peers.Counties


_COUNTS = (*SIGNS, "two", "three")
_ALONE = ("round", "large", "drained", "night", "same")
"""Signs that say something by themselves; the others grow with the trade of a shop."""


def settlements(w, p):
    """Account payments outside hospital stays, each with its signs (0 or 1) and their number.

    Night is no sign where ordinary small payments come at night too: the place is open then.
    """
    rows = w.valid_settlements.filter(_.acct_pay > 0, ~_.med_type.left(2).isin(INPATIENT).fill_null(False))
    rows = rows.select(
        "setl_id", "psn_no", "fixmedins_code", "setl_time", paid=_.acct_pay.cast("float64"),
        fee=_.medfee_sumamt.cast("float64"), left=_.balc.cast("float64"), at=_.setl_time.epoch_seconds(),
        day=_.setl_time.date(), clock=(_.setl_time.epoch_seconds() % 86400 > 0))
    order = ibis.window(group_by="fixmedins_code", order_by=["setl_time", "setl_id"])
    alike = ibis.window(group_by=["fixmedins_code", "day", "paid"])
    rows = rows.mutate(before=_.at.lag().over(order), who=_.psn_no.lag().over(order),
                       persons=_.psn_no.nunique().over(alike))
    own = ibis.window(group_by=["fixmedins_code", "psn_no"], order_by=["setl_time", "setl_id"])
    rows = rows.mutate(last=_.at.lag().over(own))
    hour, some = _.setl_time.hour(), _.paid >= p.some_yuan
    dark = _.clock & ((hour >= p.night_from) | (hour < p.night_until))
    place = ibis.window(group_by="fixmedins_code")
    rows = rows.mutate(open_late=(~some).ifelse(dark.cast("float64"), None).mean().over(place).fill_null(0))
    signs = {
        "round": some & (_is_round(_.paid, p) | _is_round(_.fee, p)), "large": _.paid >= p.large_yuan,
        "drained": some & (_.left <= p.left_yuan).fill_null(False),
        "burst": some & _.clock & ((_.at - _.before <= p.burst_seconds) & (_.psn_no != _.who)).fill_null(False),
        "night": some & dark & (_.open_late < p.open_at_night),
        "same": some & (_.persons >= p.same_amount),
        "again": some & _.clock & (_.at - _.last <= p.again_seconds).fill_null(False),
    }
    rows = rows.mutate(**{name: told.cast("int64") for name, told in signs.items()})
    return rows.mutate(signs=sum((rows[s] for s in SIGNS), start=ibis.literal(0)))


def _is_round(amount, p):
    """A multiple of `round_yuan`, give or take what rounding unit prices leaves."""
    away = (amount / p.round_yuan - (amount / p.round_yuan).round()).abs() * p.round_yuan
    return (away <= p.round_within).fill_null(False)


def units(w, rows, p) -> pd.DataFrame:
    """One row per institution: account settlements and how many bear each sign, two signs, three signs."""
    per = rows.group_by("fixmedins_code").aggregate(
        rows=_.count(), two=(_.signs >= 2).sum(), three=(_.signs >= 3).sum(), **{s: rows[s].sum() for s in SIGNS})
    table = w.run(per.filter(_.rows >= p.min_settlements))
    return table.set_index("fixmedins_code").sort_index().astype(float)


def _seen(w, p):
    """Account settlements with their signs, and the institutions."""
    rows = w.once("signs", lambda: w.materialise(settlements(w, p)))
    return rows, w.once("signs.units", lambda: units(w, rows, p))


def _fit(w, p) -> Model:
    _rows, table = _seen(w, p)
    if len(table) < p.min_peers:
        raise NotEvaluable(f"fewer than {p.min_peers} institutions have {p.min_settlements} account settlements"
                           f"（有{p.min_settlements}笔以上账户结算的机构少于{p.min_peers}家）")
    counties = _peers.Counties.fit(w, table["rows"].reset_index())
    labels = _peers.cells(w, table.index, counties)
    rates = {c: Rates.fit(table[c], table["rows"], labels, p) for c in _COUNTS}
    return Model(rates, Ensemble.fit(_features(rates, table, _cell(rates, labels, p))), counties)


def _cell(rates: dict[str, Rates], labels: pd.DataFrame, p) -> pd.Series:
    return _peers.chosen(labels, rates["two"].held, p.min_peers)


def _features(rates: dict[str, Rates], table: pd.DataFrame, cell: pd.Series) -> np.ndarray:
    """Log of observed over expected, shrunk, per sign."""
    columns = []
    for c in _COUNTS:
        expected = table["rows"].to_numpy() * rates[c].rate[rates[c].rows(cell)]
        columns.append(np.log((table[c].to_numpy() + 1) / (expected + 1)))
    return np.stack(columns, axis=1)


def scored(model: Model, table: pd.DataFrame, labels: pd.DataFrame, p) -> pd.DataFrame:
    """Scores of institutions against the frozen model; a row scores the same alone as in any batch."""
    cell = _cell(model.rates, labels, p)
    unusual = model.ensemble.score(_features(model.rates, table, cell))
    blank: dict[str, Any] = {"score": 0.0, "sign": "two", "expected": 0.0, "vanish": 0.0, "peers": 0,
                             "median": 0.0, "above": 0.0}
    out = table.assign(cell=cell, unusual=unusual, **blank)
    trials = table["rows"].to_numpy()
    for c in ("two", "three", *_ALONE):
        rates = model.rates[c]
        at, tests = rates.rows(cell), int(rates.tests[0]) * len(_COUNTS)
        x = table[c].to_numpy()
        score = score_of(rates.log_tail(x, trials, at), tests, p) * (1 - p.weight_ensemble * (1 - unusual))
        score = np.where(x >= p.min_telling, np.minimum(score, 1.0 if c in ("two", "three") else p.single_cap), 0.0)
        better = score > out["score"].to_numpy()
        told = {"score": score, "sign": c, "expected": trials * rates.rate[at], "peers": rates.n[at],
                "median": rates.median[at], "above": rates.above(x, trials, at),
                "vanish": rates.bound(trials, at, tests, p) / trials}
        out = out.assign(**{k: np.where(better, v, out[k]) for k, v in told.items()})
    return out


@detector(subject="institution", tier="线索", needs=("setl_d", "setl_d.acct_pay"), catches="account_drain",
          typologies=("T16",), basis="条例 第四十条(一)、第四十一条(三)", seeds=("S2",), checked=CHECKED,
          unchecked=UNCHECKED, money="account", fit=_fit, model=Model)
def account_drain(w, p, model):
    """个人账户空刷 · Personal accounts drained.

    Account payments that bear several signs at once (round, large, balance drained, other cards seconds before,
    at night, same amount for several persons), far more often than at institutions of the same kind. One sign
    alone stays below 0.5. The reference is frozen: rates per peer group and an ensemble of simple detectors.
    """
    rows, table = _seen(w, p)
    found = scored(model, table, _peers.cells(w, table.index, model.counties), p)
    found = found[found["score"] > 0]
    told = w.run(rows.filter(_.signs > 0, _.fixmedins_code.isin(list(found.index))))
    hits = [_hit(code, row, told[told["fixmedins_code"] == code], p) for code, row in found.iterrows()]
    return pd.DataFrame(hits, columns=["subject_id", "locator", "grain", "amount", "score", "why", "estimated"])


def _hit(code: str, row: pd.Series, own: pd.DataFrame, p) -> dict:
    """One institution's hit; settlements with most signs and most money come first."""
    sign = row["sign"]
    least = {"two": 2, "three": 3}.get(sign, 1)
    own = own[(own["signs"] >= least) & ((own[sign] == 1) if sign in SIGNS else True)]
    own = own.sort_values(["signs", "paid", "setl_id"], ascending=[False, False, True]).head(int(p.max_located))
    what = f"带有{least}项以上异常迹象的账户结算占比" if sign not in SIGNS else f"{SIGNS[sign]}账户结算占比"
    seen = "、".join(f"{zh}{int(own[s].sum())}笔" for s, zh in SIGNS.items() if own[s].any())
    figures = [share(row["median"]), f"{share(row[sign] / row['rows'])}（{int(row[sign])}/{int(row['rows'])}笔）",
               share(row["above"], 1), share(row["vanish"])]
    why = _sentences.sentence(
        _sentences.peers(row["cell"], int(row["peers"]), what, figures),
        f"其中{seen}，涉及个人账户{yuan(own['paid'].sum())}")
    excess = float(np.clip(1 - row["expected"] / row[sign], 0, 1))
    return {"subject_id": code, "locator": own["setl_id"].tolist(), "grain": "settlement", "score": float(row["score"]),
            "amount": round(float(own["paid"].sum()) * excess, 2), "estimated": True, "why": why}

"""Where the fund is going: the best model of a rolling-origin back-test, with intervals whose cover is measured.

Candidates from statsmodels (structural time series, ETS, seasonal ARIMA) stand against the seasonal naive.
Everything is modelled in logarithms; `mean` is the central path. Where an interval covered too little in the
back-test it is widened by the factor that would have made it right, and the text says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from yb_analytics import knowledge
from yb_analytics.forecast._backtest import Z80, Z95, backtest, widening
from yb_analytics.forecast._models import MODELS, YEAR, predicted
from yb_analytics.forecast._payable import months, paths
from yb_analytics.fund import series as ledger_series
from yb_analytics.schema import Refusal, name_of
from yb_analytics.schema.text import number, rounded, share, yuan

ITEMS = ("income", "expenditure")
LONGEST = 60
LEAST = 13
"""Months a series must have at least."""
Z = {50: 0.6744897501960817, 80: Z80, 95: Z95}


@dataclass(frozen=True)
class Forecast:
    """A forecast of one monthly series.

    Parameters
    ----------
    table
        ym, actual, mean, low50, high50, low80, high80, low95, high95 (yuan a month).
    backtest
        model, title, mase, coverage80, coverage95, origins, ahead, chosen, note.
    text
        What was forecast, how good it was, what could not be tested.
    """

    table: pd.DataFrame
    backtest: pd.DataFrame
    text: str

    def plot(self, lang: str = "zh"):
        """Fan of the forecast."""
        from yb_analytics.plots import forecast_fan

        return forecast_fan(self.table, lang)

    def _repr_html_(self) -> str:
        import html

        return f"<p>{html.escape(self.text)}</p>{self.backtest.to_html(index=False)}"


@dataclass(frozen=True)
class Payable:
    """Payable months of a pool in the months to come.

    Parameters
    ----------
    table
        ym, months, low80, high80, low95, high95, balance, probability (of having been below the line by then).
    text
        Probability and month of crossing the warning line.
    """

    table: pd.DataFrame
    text: str

    def _repr_html_(self) -> str:
        import html

        return f"<p>{html.escape(self.text)}</p>{self.table.to_html(index=False)}"


@dataclass(frozen=True)
class _Path:
    """A series and what its chosen model says: logarithms ahead with (widened) standard deviation."""

    ym: list[str]
    y: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    tests: pd.DataFrame
    factor: float


def forecast(w, horizon: int = 24, insutype: str = "310", item: str = "expenditure", seed: int = 7) -> Forecast:
    """Forecast income or expenditure of the pool of one insurance type, city level.

    Parameters
    ----------
    w
        An open warehouse.
    horizon
        Months ahead, at most 60.
    insutype
        Insurance type, `310` employees or `390` residents.
    item
        `income` or `expenditure`.
    seed
        Kept for the same call everywhere; nothing is drawn here.

    Raises
    ------
    Refusal
        Unknown item or horizon; fewer than 13 months; a month missing; amounts that are not positive.
    """
    path = _path(_pool(w, insutype), insutype, item, horizon)
    known = pd.DataFrame({"ym": path.ym, "actual": np.exp(path.y)})
    ahead = pd.DataFrame({"ym": _after(path.ym[-1], horizon), "mean": np.exp(path.mean)})
    for level, z in Z.items():
        ahead[f"low{level}"], ahead[f"high{level}"] = np.exp(path.mean - z * path.sd), np.exp(path.mean + z * path.sd)
    return Forecast(pd.concat([known, ahead], ignore_index=True), path.tests, _text(path, insutype, item, horizon))


def payable(w, horizon: int = 24, insutype: str = "310", draws: int = 2000, seed: int = 7) -> Payable:
    """Payable months of the pool ahead, and when they may fall below the warning line.

    Income and expenditure are forecast apart and drawn independently of each other; the line is
    `payable_months_warning_below` in `knowledge/parameters/fund.csv`.
    """
    pool = _pool(w, insutype)
    into, out = (_path(pool, insutype, item, horizon) for item in ITEMS)
    last = pool["balance"].dropna()
    if last.empty:
        raise Refusal(f"the ledger has no balance of the pool of {insutype}", "deliver item balance", "empty")
    rng = np.random.default_rng(seed)
    income, spent = (paths(p.mean, p.sd, rng, draws) for p in (into, out))
    held, left = months(float(last.iloc[-1]), income, spent, np.exp(out.y))
    line = knowledge.fact("fund", "payable_months_warning_below", date(int(out.ym[-1][:4]), 12, 31))
    low95, low80, middle, high80, high95 = np.quantile(left, [0.025, 0.1, 0.5, 0.9, 0.975], axis=0)
    crossed = np.maximum.accumulate(left < line, axis=1)
    table = pd.DataFrame({"ym": _after(out.ym[-1], horizon), "months": middle, "low80": low80, "high80": high80,
                          "low95": low95, "high95": high95, "balance": np.median(held, axis=0),
                          "probability": crossed.mean(axis=0)})
    return Payable(table, _payable_text(table, insutype, line))


def _pool(w, insutype: str) -> pd.DataFrame:
    """Monthly pool of one insurance type, the whole city."""
    frame = ledger_series(w)
    mine = frame[(frame["insutype"] == insutype) & (frame["acct_type"] == "pool")]
    if mine.empty:
        known = ", ".join(sorted(frame.loc[frame["acct_type"] == "pool", "insutype"].unique())) or "none"
        raise Refusal(f"no pool of insurance type {insutype} in fund_ledger", f"the ledger has: {known}", "empty")
    return mine.groupby("ym")[[*ITEMS, "balance"]].sum(min_count=1).sort_index()


def _path(pool: pd.DataFrame, insutype: str, item: str, horizon: int) -> _Path:
    """Choose a model for one item and look ahead."""
    if item not in ITEMS:
        raise Refusal(f"no such item: {item}", f"choose one of: {', '.join(ITEMS)}", "usage")
    if not 1 <= horizon <= LONGEST:
        raise Refusal(f"horizon of {horizon} months", f"choose 1 to {LONGEST}", "usage")
    one = pool[item].dropna()
    ym = list(one.index)
    whole = _after(ym[0], len(ym) - 1) if ym else []
    if len(ym) < LEAST:
        raise Refusal(f"{item} of {insutype}: {len(ym)} months", f"a forecast needs at least {LEAST}", "empty")
    if ym[1:] != whole:
        gap = next(a for a, b in zip(whole, ym[1:], strict=True) if a != b)
        raise Refusal(f"{item} of {insutype}: month {gap} is missing", "complete fund_ledger", "schema")
    if (one <= 0).any():
        raise Refusal(f"{item} of {insutype}: {one.index[one <= 0][0]} is not positive", "check fund_ledger", "schema")
    y = np.log(one.to_numpy(float))
    tests, standard = backtest(y)
    best = MODELS[int(tests.index[tests["chosen"]][0])]
    found = predicted(best, y, horizon)
    if found is None:
        best, found = MODELS[0], predicted(MODELS[0], y, horizon)
        tests["chosen"] = tests["model"] == best.name
    assert found is not None
    factor = widening(standard.get(best.name))
    return _Path(ym, y, found[0], found[1] * factor, tests, factor)


def _after(ym: str, count: int) -> list[str]:
    """The `count` months after a month."""
    at = int(ym[:4]) * YEAR + int(ym[4:6]) - 1
    return [f"{m // YEAR}{m % YEAR + 1:02d}" for m in range(at + 1, at + 1 + count)]


def _month(ym: str) -> str:
    return f"{ym[:4]}年{int(ym[4:6])}月"


def _text(path: _Path, insutype: str, item: str, horizon: int) -> str:
    """What was forecast, how it was tested, what could not be."""
    what = f"{name_of('INSUTYPE', insutype)}统筹基金{name_of('LEDGER_ITEM', item)}"
    won = path.tests[path.tests["chosen"]].iloc[0]
    naive = path.tests.iloc[0]
    total = float(np.exp(path.mean).sum())
    said = [f"{what}：依据{_month(path.ym[0])}至{_month(path.ym[-1])}共{len(path.ym)}个月，"
            f"今后{horizon}个月合计约{yuan(total)}。"]
    if won["origins"]:
        said.append(f"滚动回测{won['origins']}次，选用{won['title']}（MASE {rounded(won['mase'], 2)}，"
                    f"季节朴素法{number(naive['mase'])}）；80%区间实测覆盖{share(won['coverage80'], 0)}，"
                    f"95%区间实测覆盖{share(won['coverage95'], 0)}。")
    if path.factor > 1:
        said.append(f"回测覆盖不足，区间已放宽到{rounded(path.factor, 2)}倍。")
    if len(path.ym) < 3 * YEAR:
        idle = "、".join(path.tests.loc[path.tests["origins"] == 0, "title"])
        said.append(f"序列不足三年：{idle + '未能回测，' if idle else ''}年度季节规律只见过一至两次，"
                    f"超过{int(won['ahead'])}个月的预测未经检验，仅供参考。")
    elif horizon > YEAR:
        said.append("回测只检验到12个月，更远的区间未经检验。")
    return "".join(said)


def _payable_text(table: pd.DataFrame, insutype: str, line: float) -> str:
    end = table.iloc[-1]
    said = [f"{name_of('INSUTYPE', insutype)}统筹累计结余可支付月数，到{_month(end['ym'])}中位数为"
            f"{rounded(end['months'], 1)}个月（80%区间{rounded(end['low80'], 1)}至{rounded(end['high80'], 1)}）；",
            f"其间低于预警线{number(line)}个月的概率为{share(end['probability'], 0)}"]
    hit = table[table["probability"] >= 0.5]
    said.append(f"，最可能在{_month(hit.iloc[0]['ym'])}前后触及。" if len(hit) else "。")
    return "".join(said) + "收入与支出视为相互独立；预警线未核实，以现行规定为准。"


__all__ = ["Forecast", "Payable", "forecast", "payable"]

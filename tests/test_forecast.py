"""Forecast: better than naive where there is structure, honest where the series is short, strict about gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from yb_analytics.forecast import forecast, payable
from yb_analytics.forecast._backtest import backtest, origins
from yb_analytics.forecast._payable import paths
from yb_analytics.schema import Refusal
from yb_analytics.warehouse import in_memory


def ledger(months: int, seed: int = 1, growth: float = 0.006, deficit: float = 0.0) -> pd.DataFrame:
    rng, rows, balance = np.random.default_rng(seed), [], 9e7
    for t in range(months):
        ym = f"{2020 + t // 12}{t % 12 + 1:02d}"
        season = 1 + 0.1 * np.sin(2 * np.pi * t / 12)
        income = 1e7 * (1 + growth * t) * rng.lognormal(0, 0.01)
        spent = 1e7 * (1 + growth * t) * (1 + deficit) * season * rng.lognormal(0, 0.02)
        balance += income - spent
        rows += [(ym, "330402", "310", "pool", item, round(amt, 2))
                 for item, amt in (("income", income), ("expenditure", spent), ("balance", balance))]
    return pd.DataFrame(rows, columns=["ym", "insu_admdvs", "insutype", "acct_type", "item", "amt"])


@pytest.fixture(scope="module")
def short():
    return in_memory({"fund_ledger": ledger(24)})


def test_two_years_are_forecast_and_the_limits_of_it_told(short):
    f = forecast(short, horizon=18)
    assert len(f.table) == 42 and f.table.actual.notna().sum() == 24
    ahead = f.table[f.table["mean"].notna()]
    assert list(ahead.ym[:2]) == ["202201", "202202"]
    order = ["low95", "low80", "low50", "mean", "high50", "high80", "high95"]
    assert (np.diff(ahead[order].to_numpy(), axis=1) > 0).all()
    assert f.backtest.chosen.sum() == 1
    never = f.backtest[f.backtest.origins == 0]
    assert len(never) and never.note.str.contains("未能回测").all() and never.mase.isna().all()
    assert "未经检验" in f.text and "nan" not in f.text


def test_longer_series_beat_the_naive_and_measure_their_cover():
    f = forecast(in_memory({"fund_ledger": ledger(48)}), horizon=12)
    won, naive = f.backtest[f.backtest.chosen].iloc[0], f.backtest.iloc[0]
    assert naive.model == "seasonal_naive" and won.mase < naive.mase
    assert f.backtest.coverage80.between(0, 1).all() and "实测覆盖" in f.text
    truth = ledger(60).query("item == 'expenditure'").amt.to_numpy()[48:]
    ahead = f.table[f.table["mean"].notna()]
    assert np.abs(ahead["mean"] / truth - 1).mean() < 0.05


def test_same_call_same_numbers(short):
    pd.testing.assert_frame_equal(forecast(short).table, forecast(short).table)
    pd.testing.assert_frame_equal(payable(short, 6, draws=200).table, payable(short, 6, draws=200).table)


def test_payable_months_fall_below_the_line_where_the_pool_loses():
    losing = payable(in_memory({"fund_ledger": ledger(24, deficit=0.4)}), horizon=24, draws=400)
    sound = payable(in_memory({"fund_ledger": ledger(24, deficit=-0.1)}), horizon=24, draws=400)
    assert losing.table.probability.iloc[-1] > 0.9 > 0.1 > sound.table.probability.iloc[-1]
    assert losing.table.probability.is_monotonic_increasing and "概率" in losing.text
    assert (losing.table.low95 <= losing.table.months).all()


def test_paths_have_the_forecast_deviation_in_every_month():
    sd = np.array([0.02, 0.03, 0.03, 0.05])
    drawn = np.log(paths(np.zeros(4), sd, np.random.default_rng(1), 20_000))
    assert np.allclose(drawn.std(axis=0), sd, rtol=0.05)


def test_gaps_and_strange_requests_are_refused(short):
    with_gap = ledger(24).query("ym != '202105'")
    for frame, text in ((with_gap, "202105 is missing"), (ledger(12), "at least 13")):
        with pytest.raises(Refusal, match=text):
            forecast(in_memory({"fund_ledger": frame}))
    for wrong in ({"item": "colour"}, {"horizon": 61}, {"insutype": "999"}):
        with pytest.raises(Refusal):
            forecast(short, **wrong)


def test_back_test_never_sees_the_future():
    y = np.log(ledger(30).query("item == 'expenditure'").amt.to_numpy())
    assert max(origins(len(y))) < len(y) and origins(15) == []
    table, _ = backtest(y)
    spoilt = y.copy()
    spoilt[-1] += 5  # only errors may change, not whether a model was tried
    again, _ = backtest(spoilt)
    assert (table.origins == again.origins).all() and not table.mase.equals(again.mase)

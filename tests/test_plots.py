"""Figures: a table in, a figure out; units on axes, no markup from data, the same bytes from the same figure."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from yb_analytics import plots
from yb_analytics.plots import picture
from yb_analytics.plots.look import FONTS, spread
from yb_analytics.schema import Refusal

HOSTILE = "<script>alert(1)</script>&<b>甲</b>"


def score_table() -> pd.DataFrame:
    names = ["南湖区", "秀洲区", "嘉善县", HOSTILE]
    score = np.array([82.0, 75.5, 75.0, np.nan])
    return pd.DataFrame({"unit_id": list("abcd"), "name": names, "score": score, "low": score - 3, "high": score + 4,
                         "rank": [1, 2, 3, np.nan], "rank_low": [1, 2, 2, np.nan], "rank_high": [1, 3, 3, np.nan]})


def months(count: int) -> list[str]:
    return [f"{2024 + i // 12}{i % 12 + 1:02d}" for i in range(count)]


def fan() -> pd.DataFrame:
    frame = pd.DataFrame({"ym": months(36), "actual": [4e7] * 24 + [np.nan] * 12, "mean": [np.nan] * 24 + [4.2e7] * 12})
    for level, width in ((50, 1e6), (80, 2e6), (95, 3e6)):
        frame[f"low{level}"], frame[f"high{level}"] = frame["mean"] - width, frame["mean"] + width
    return frame


def balance() -> pd.DataFrame:
    return pd.DataFrame({"ym": months(24) * 2, "insu_admdvs": "330402", "insutype": "310", "income": 5e7,
                         "acct_type": ["pool"] * 24 + ["personal"] * 24, "expenditure": 4e7, "balance": 3e8})


def leads() -> pd.DataFrame:
    return pd.DataFrame({"theme": ["收费", "住院", HOSTILE], "tier": ["疑点", "线索", "监测"],
                         "amount": [52000.0, 31000.0, 100.0]})


FIGURES = {
    "index_ranks": lambda: plots.index_ranks(score_table()),
    "subject_profile": lambda: plots.subject_profile(pd.DataFrame({
        "unit_id": ["330402", "330402", "330411"], "subject": ["institution", "person", "person"],
        "score": [80.0, 60.0, np.nan]})),
    "trend": lambda: plots.trend(pd.DataFrame({
        "unit_id": ["330402", "330411"] * 3, "period": [f"2025-0{m}" for m in (1, 1, 2, 2, 3, 3)],
        "value": [0.1, 0.2, 0.1, 0.2, 0.12, 0.121], "target": 0.1}), "再入院率", "share"),
    "fund_balance": lambda: plots.fund_balance(balance()),
    "forecast_fan": lambda: plots.forecast_fan(fan()),
    "leads_by_theme": lambda: plots.leads_by_theme(leads()),
    "lead_waterfall": lambda: plots.lead_waterfall(pd.DataFrame({
        "step": ["各项发现", "重复计算", "线索金额"], "amount": [5e5, -1e5, 4e5], "kind": ["part", "part", "total"]})),
    "monthly": lambda: plots.monthly(pd.DataFrame({"ym": months(13), "value": 4e7, "year_ago": [None] + [3e7] * 12}),
                                     "基金支付"),
    "obstacles": lambda: plots.obstacles(pd.DataFrame({"title": ["检查率", HOSTILE], "lost": [2.0, 1.0]})),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_units_the_font_and_no_markup_from_data(name):
    fig = FIGURES[name]()
    text = fig.to_json()
    assert not plots.emptiness(fig)
    assert fig.layout.template.layout.font.family == FONTS
    assert "<script" not in text and "u003cscript" not in text
    titles = [a.title.text for a in (fig.layout.xaxis, fig.layout.yaxis) if a.title.text]
    assert name == "subject_profile" or any(re.search(r"（.+）", t) for t in titles), titles


@pytest.mark.parametrize(("draw", "frame"), [
    (plots.index_ranks, score_table().iloc[3:]), (plots.forecast_fan, fan().iloc[:0]),
    (plots.leads_by_theme, leads().iloc[:0]), (plots.fund_balance, balance().iloc[:0]),
    (plots.obstacles, pd.DataFrame({"title": [], "lost": []}))])
def test_an_empty_table_says_so(draw, frame):
    assert plots.emptiness(draw(frame))


def test_a_table_of_another_shape_is_refused_by_name():
    with pytest.raises(Refusal, match="rank_low"):
        plots.index_ranks(score_table().drop(columns="rank_low"))


def test_pool_and_personal_account_are_not_mixed():
    assert max(plots.fund_balance(balance()).data[0].y) == 5000.0  # 万元, the pool alone


def test_labels_at_line_ends_keep_apart():
    at = spread([1.0, 1.0, 1.01, 9.0], 0.5)
    assert all(b - a >= 0.5 - 1e-6 for a, b in zip(sorted(at), sorted(at)[1:], strict=False))


def test_without_a_browser_the_refusal_names_the_package(monkeypatch):
    monkeypatch.setenv("BROWSER_PATH", "nowhere")
    with pytest.raises(Refusal, match="chromium") as told:
        plots.svg(FIGURES["obstacles"]())
    assert told.value.kind == "environment"


@pytest.mark.browser
@pytest.mark.skipif(picture.find_browser() is None, reason="no Chromium: install the Debian package chromium")
def test_svg_is_text_in_the_font_and_the_same_twice():
    figs = [FIGURES["obstacles"](), FIGURES["index_ranks"]()]
    first, second = plots.svgs(figs, 720), plots.svgs(figs, 720)
    assert first == second
    assert "检查率" in first[0].decode() and "Noto Sans CJK SC" in first[0].decode()
    assert b"<script" not in first[0] and not re.search(rb'(href|src)="https?:', first[0])

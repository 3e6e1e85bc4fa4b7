"""Blocks about the fund: income and expenditure, metrics with their lights, what is to come."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from yb_analytics.reporting.views._desk import Desk, place_name, uses
from yb_analytics.reporting.views._facts import change, light, metric_definition
from yb_analytics.reporting.views._html import View, block, figure
from yb_analytics.reporting.views._names import other
from yb_analytics.reporting.views._query import Query
from yb_analytics.reporting.views._sheet import Col, Sheet, missing, records
from yb_analytics.reporting.views._words import say
from yb_analytics.schema import NO_CITY, is_city, name_of
from yb_analytics.schema.text import yuan

MAIN = "310"
"""Insurance type of the forecast until one is chosen."""


@uses("county", "insutype")
def fund(desk: Desk, q: Query) -> View:
    """Income, expenditure and balance by month, and the metrics with their lights."""
    from yb_analytics import plots

    series = desk.rows("fund_series", desk.period(q))
    if series.empty:
        return block("fund", q.lang, empty=say("not_made", q.lang, command="yb fund"))
    series = series[series["acct_type"] == "pool"]
    if q.insutype:
        series = series[series["insutype"] == q.insutype]
    series = series[series["insu_admdvs"] == q.county] if q.county else _city_only(series)
    columns = ["income", "expenditure", "balance"]
    monthly = series.groupby("ym", as_index=False)[columns].sum(min_count=1).sort_values("ym")
    rows = [{**r, "month": _month(r["ym"])} for r in records(monthly)]
    sheet = Sheet("fund", say("fund", q.lang), [
        Col("month", "月份 · Month"), Col("income", "收入 · Income", "yuan"),
        Col("expenditure", "支出 · Expenditure", "yuan"), Col("balance", "累计结余 · Balance", "yuan")], rows, q.lang)
    chart = figure(plots.fund_balance(series, lang=q.lang), _months_told(rows, q)) if rows else None
    return block("fund", q.lang, [sheet], chart, hint=say("fund_hint", q.lang), empty=say("nothing", q.lang))


def _month(ym: object) -> str:
    digits = str(ym).replace("-", "")
    return f"{digits[:4]}-{digits[4:6]}"


def _city_only(series: pd.DataFrame) -> pd.DataFrame:
    """Rows of the city where it is stated, else of all its counties."""
    whole = series[series["insu_admdvs"].map(is_city).astype(bool)]
    return whole if len(whole) else series


def _months_told(rows: list[dict[str, Any]], q: Query) -> str:
    income, spent = (math.fsum(float(r[k]) for r in rows if not missing(r[k])) for k in ("income", "expenditure"))
    scheme = name_of("INSUTYPE", q.insutype, q.lang) if q.insutype else say("all", q.lang)
    place, last = place_name(q.county or NO_CITY, q.lang), yuan(rows[-1]["balance"], q.lang)
    if q.lang == "zh":
        return f"{place}（{scheme}）{rows[0]['month']}至{rows[-1]['month']}统筹基金收入{yuan(income)}、" \
               f"支出{yuan(spent)}，期末累计结余{last}。"
    return f"{place} ({scheme}), {rows[0]['month']} to {rows[-1]['month']}: income {yuan(income, 'en')}, expenditure " \
           f"{yuan(spent, 'en')}, balance at the end {last}."


def metrics(desk: Desk, q: Query) -> pd.DataFrame:
    """Fund metrics of the area and scheme of the page."""
    table = desk.rows("fund_metric", desk.period(q))
    if table.empty:
        return table.assign(metric=[])
    table = table[table["unit_id"] == (q.county or desk.city(desk.period(q)))]
    return table[table["insutype"] == q.insutype] if q.insutype else table


def scheme_of(row: Any, lang: str) -> str:
    """Insurance type and account of a metric in words."""
    said = [name_of(codes, row[key], lang) for key, codes in (("insutype", "INSUTYPE"), ("acct_type", "ACCT_TYPE"))
            if isinstance(row.get(key), str) and row[key]]
    return ("" if lang == "zh" else ", ").join(said)


@uses("county", "insutype")
def fund_metrics(desk: Desk, q: Query) -> View:
    """Fund metrics with value, change, light and rule."""
    rows = [metric_row(desk, q, r) for r in records(metrics(desk, q))]
    sheet = Sheet("fund_metrics", say("fund_metrics", q.lang), [
        Col("name", "指标 · Metric"), Col("scheme", "险种与账户 · Scheme and account", "name"),
        Col("value", "值 · Value", "value"),
        Col("light", "评价 · Verdict", "light"), Col("ago", "同比 · Year on year", "short"),
        Col("rule", "规则 · Rule", "long", foreign=True)], rows, q.lang)
    return block("fund_metrics", q.lang, [sheet], empty=say("not_made", q.lang, command="yb fund"))


def metric_row(desk: Desk, q: Query, row: dict[str, Any]) -> dict[str, Any]:
    same = {k: row[k] for k in ("metric", "unit_kind", "unit_id", "insutype", "acct_type") if k in row}
    compared = change(desk, q, "fund_metric", "value", row["unit"], row.get("year_ago"), **same)
    mark, words = light(row["warning"], q.lang)
    return {**row, "name": other(row["title"], q.lang), "scheme": scheme_of(row, q.lang) or say("all", q.lang),
            "light": words, "_mark": mark, "_hint": metric_definition(row, q.lang) or None,
            "ago": compared[0].partition(" ")[2] if compared else None}


@uses("insutype")
def forecast(desk: Desk, q: Query) -> View:
    """The fan of expenditure to come, with the back-test behind it."""
    from yb_analytics import plots

    insutype = q.insutype or MAIN
    table = desk.forecast(insutype)
    if table.empty:
        return block("forecast", q.lang, empty=say("not_made", q.lang, command="yb forecast"))
    rows = [{**r, "month": _month(r["ym"])} for r in records(table.sort_values("ym"))]
    pair = [Col(f"{side}{b}", f"{b}%{zh} · {b}% {en}", "yuan") for b in (50, 80, 95)
            for side, zh, en in (("low", "下限", "lower"), ("high", "上限", "upper"))]
    sheet = Sheet("forecast", say("forecast", q.lang), [
        Col("month", "月份 · Month"), Col("actual", "实际 · Actual", "yuan"), Col("mean", "预测 · Forecast", "yuan"),
        *pair], rows, q.lang)
    tested = Sheet("backtest", "模型回测" if q.lang == "zh" else "Back-test", [
        Col("name", "模型 · Model"), Col("mase", "MASE · MASE", "number"),
        Col("coverage80", "80%区间覆盖率 · Coverage of 80 %", "share"),
        Col("coverage95", "95%区间覆盖率 · Coverage of 95 %", "share"), Col("kept", "采用 · Chosen")],
        [{**r, "name": other(r.get("title", r["model"]), q.lang),
          "kept": name_of("YES_NO", "1" if r.get("chosen") else "0", q.lang)}
         for r in records(desk.forecast(insutype, backtest=True))], q.lang)
    return block("forecast", q.lang, [sheet, tested], figure(plots.forecast_fan(table, lang=q.lang),
                 _ahead_told(rows, q)), hint=say("forecast_hint", q.lang))


def _ahead_told(rows: list[dict[str, Any]], q: Query) -> str:
    ahead = [r for r in rows if missing(r["actual"])]
    scheme = name_of("INSUTYPE", q.insutype or MAIN, q.lang)
    if not ahead:
        return scheme
    last = ahead[-1]
    mean, low, high = (yuan(last[k], q.lang) for k in ("mean", "low80", "high80"))
    if q.lang == "zh":
        return f"{scheme}：预计{last['month']}当月支出{mean}（80%区间{low}至{high}）。"
    return f"{scheme}: {mean} expected in {last['month']} (80 % interval {low} to {high})."

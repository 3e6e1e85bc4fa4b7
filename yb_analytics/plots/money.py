"""Figures of money: monthly spending, the fund's balance, the forecast fan."""

from __future__ import annotations

import pandas as pd

from yb_analytics.plots.look import (
    DASHES,
    PALETTE,
    empty,
    figure,
    label,
    month_names,
    need,
    plain,
    say,
    scale,
    spread,
)


def monthly(table: pd.DataFrame, title: str = "金额", money: bool = True, unit: str = "", lang: str = "zh"):
    """Columns by month with a mark for the same month of the year before.

    Parameters
    ----------
    table
        ym, value, year_ago (may be missing per row).
    """
    need(table, ("ym", "value"), "monthly")
    if table["value"].dropna().empty:
        return empty(say("没有可用数据", "No data", lang))
    import plotly.graph_objects as go

    ago = table["year_ago"] if "year_ago" in table.columns else pd.Series([None] * len(table))
    divisor, unit = scale([*table["value"].dropna(), *ago.dropna()], lang) if money else (1.0, unit)
    x = month_names(table["ym"].tolist())
    fig = figure(height=320, bargap=0.35)
    values = [float(v) / divisor for v in table["value"]]
    fig.add_trace(go.Bar(x=x, y=values, name=say("当月", "Month", lang), marker_color=PALETTE[0]))
    if ago.notna().any():
        marks = [None if pd.isna(v) else float(v) / divisor for v in ago]
        fig.add_trace(go.Scatter(x=x, y=marks, name=say("上年同月", "Same month a year before", lang), mode="markers",
                                 marker={"symbol": "diamond", "size": 10, "color": PALETTE[4],
                                         "line": {"color": "white", "width": 1}}))
    top = max(v for v in (values[-1], float(ago.iloc[-1]) / divisor) if v == v)
    fig.add_annotation(x=x[-1], y=top, text=label(values[-1]), showarrow=False, yshift=16)
    fig.update_yaxes(title_text=f"{plain(title)}（{unit}）", rangemode="tozero")
    fig.update_xaxes(type="category", tickangle=-45 if len(x) > 8 else 0)
    return fig


def fund_balance(series: pd.DataFrame, lang: str = "zh"):
    """Income and spending of the pool by month above, the accumulated balance below.

    Parameters
    ----------
    series
        ym, income, expenditure, balance and optionally acct_type (the pool is drawn when both are there),
        insu_admdvs and insutype (summed).
    """
    need(series, ("ym", "income", "expenditure", "balance"), "fund_balance")
    frame = series
    if "acct_type" in frame.columns and (frame["acct_type"] == "pool").any():
        frame = frame[frame["acct_type"] == "pool"]
    columns = ["income", "expenditure", "balance"]
    frame = frame.assign(**{c: pd.to_numeric(frame[c]) for c in columns})
    frame = frame.groupby("ym", as_index=False)[columns].sum(min_count=1).sort_values("ym")
    if frame[columns].dropna(how="all").empty:
        return empty(say("没有基金台账数据", "No fund ledger", lang))
    from plotly.subplots import make_subplots

    look = figure(height=460)
    fig = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.09, row_heights=[0.58, 0.42])
    fig.update_layout(template=look.layout.template, height=440, showlegend=False, margin={"r": 110})
    x = month_names(frame["ym"].tolist())
    flows, unit = scale([*frame["income"].dropna(), *frame["expenditure"].dropna()], lang)
    _line_pair(fig, x, frame, flows, lang)
    stock, stock_unit = scale(frame["balance"].dropna(), lang)
    _balance(fig, x, frame["balance"] / stock)
    fig.update_yaxes(title_text=say(f"当月（{unit}）", f"Month ({unit})", lang), row=1, col=1)
    fig.update_yaxes(title_text=say(f"累计结余（{stock_unit}）", f"Balance ({stock_unit})", lang), row=2, col=1,
                     rangemode="tozero")
    fig.update_xaxes(type="category", tickangle=-45, nticks=13)
    return fig


def _line_pair(fig, x: list[str], frame: pd.DataFrame, divisor: float, lang: str) -> None:
    import plotly.graph_objects as go

    names = {"income": say("收入", "Income", lang), "expenditure": say("支出", "Spending", lang)}
    ends, span = [], []
    for place, column in enumerate(names):
        y = (frame[column] / divisor).tolist()
        span += [v for v in y if v == v]
        ends.append(y[-1])
        fig.add_trace(go.Scatter(x=x, y=y, name=names[column], mode="lines",
                                 line={"color": PALETTE[place], "dash": DASHES[place], "width": 2.5}), row=1, col=1)
    least = (max(span, default=0.0) - min(span, default=0.0) or 1.0) * 0.16
    for place, (column, at) in enumerate(zip(names, spread(ends, least), strict=True)):
        fig.add_annotation(x=x[-1], y=at, text=f"{names[column]} {label(ends[place])}", xanchor="left", xshift=8,
                           showarrow=False, font_color=PALETTE[place], row=1, col=1)


def _balance(fig, x: list[str], y: pd.Series) -> None:
    import plotly.graph_objects as go

    fig.add_trace(go.Bar(x=x, y=y.tolist(), marker_color=PALETTE[0]), row=2, col=1)
    fig.add_annotation(x=x[-1], y=float(y.iloc[-1]), text=label(float(y.iloc[-1])), xanchor="left", xshift=14,
                       showarrow=False, font_color=PALETTE[0], row=2, col=1)


def forecast_fan(table: pd.DataFrame, lang: str = "zh"):
    """What was spent, and the fan of what may come with its 50, 80 and 95 % intervals.

    Parameters
    ----------
    table
        ym, actual, mean, low50, high50, low80, high80, low95, high95 (yuan).
    """
    bands = [(f"low{b}", f"high{b}", b) for b in (95, 80, 50)]
    need(table, ("ym", "actual", "mean", *(c for b in bands for c in b[:2])), "forecast_fan")
    if table.empty:
        return empty(say("序列太短，无法预测", "The series is too short to forecast", lang))
    import plotly.graph_objects as go

    frame = table.sort_values("ym").reset_index(drop=True)
    divisor, unit = scale([*frame["actual"].dropna(), *frame["high95"].dropna()], lang)
    x = pd.Series(month_names(frame["ym"].tolist()))
    ahead = frame["mean"].notna() & frame["low95"].notna()
    fig = figure(height=400)
    for (low, high, b), shade in zip(bands, ("rgba(18,67,109,.14)", "rgba(18,67,109,.24)", "rgba(18,67,109,.38)"),
                                     strict=True):
        xs, edge = x[ahead].tolist(), frame[ahead]
        fig.add_trace(go.Scatter(x=[*xs, *xs[::-1]], y=[*(edge[high] / divisor), *(edge[low] / divisor)[::-1]],
                                 fill="toself", fillcolor=shade, line={"width": 0}, hoverinfo="skip",
                                 name=say(f"{b}%区间", f"{b} % interval", lang)))
    known = frame["actual"].notna()
    fig.add_trace(go.Scatter(x=x[known], y=frame["actual"][known] / divisor, mode="lines",
                             name=say("实际", "Actual", lang), line={"color": PALETTE[0], "width": 2.5}))
    fig.add_trace(go.Scatter(x=x[ahead], y=frame["mean"][ahead] / divisor, mode="lines",
                             name=say("预测均值", "Mean forecast", lang),
                             line={"color": PALETTE[3], "dash": "dash", "width": 2.5}))
    fig.update_yaxes(title_text=say(f"当月支出（{unit}）", f"Month ({unit})", lang), rangemode="tozero")
    fig.update_xaxes(type="category", categoryorder="array", categoryarray=x.tolist(), tickangle=-45, nticks=14)
    return fig

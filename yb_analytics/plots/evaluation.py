"""Figures of the evaluation: ranks with intervals, the four subjects, trends, obstacles."""

from __future__ import annotations

import pandas as pd

from yb_analytics.plots.look import (
    DASHES,
    PALETTE,
    SYMBOLS,
    empty,
    figure,
    label,
    month_names,
    need,
    plain,
    say,
    spread,
    wrapped,
)
from yb_analytics.schema import name_of


def index_ranks(table: pd.DataFrame, lang: str = "zh"):
    """Scores of the units with their intervals, best at the top, ranks written beside.

    Parameters
    ----------
    table
        unit_id, name, score, low, high, rank, rank_low, rank_high; units without a score are left out.
    """
    need(table, ("name", "score", "low", "high", "rank_low", "rank_high"), "index_ranks")
    frame = table.dropna(subset=["score"]).sort_values("score")
    if frame.empty:
        return empty(say("没有可评分的单位", "No unit could be scored", lang))
    import plotly.graph_objects as go

    fig = figure(height=110 + 42 * len(frame), showlegend=False, margin={"r": 150})
    y = [wrapped(n, 10) for n in frame["name"]]
    fig.add_trace(go.Scatter(
        x=frame["score"], y=y, mode="markers", marker={"size": 12, "color": PALETTE[0]}, cliponaxis=False,
        error_x={"type": "data", "symmetric": False, "array": (frame["high"] - frame["score"]).clip(lower=0),
                 "arrayminus": (frame["score"] - frame["low"]).clip(lower=0), "color": PALETTE[0], "thickness": 2}))
    for at, row in zip(y, frame.to_dict("records"), strict=True):
        low, high = label(row["rank_low"], 0), label(row["rank_high"], 0)
        rank = low if low == high else f"{low}–{high}"
        text = f"{label(row['score'], 1)} 分，名次 {rank}" if lang == "zh" else f"{label(row['score'], 1)}, rank {rank}"
        fig.add_annotation(x=1.0, xref="paper", xanchor="left", xshift=10, y=at, text=text, showarrow=False)
    fig.update_xaxes(title_text=say("得分（百分制，横线为95%区间）", "Score (0–100, bars: 95 % interval)", lang))
    fig.update_yaxes(type="category")
    return fig


def subject_profile(subjects: pd.DataFrame, lang: str = "zh"):
    """Score of every unit on every subject, the number written in each cell.

    Parameters
    ----------
    subjects
        unit_id, subject, score; `name` and `subject_name` are shown where present.
    """
    need(subjects, ("unit_id", "subject", "score"), "subject_profile")
    if subjects["score"].dropna().empty:
        return empty(say("没有可评分的主体", "No subject could be scored", lang))
    import plotly.graph_objects as go

    rows = "name" if "name" in subjects.columns else "unit_id"
    columns = "subject_name" if "subject_name" in subjects.columns else "subject"
    frame = subjects.drop_duplicates([rows, columns])
    if rows == "unit_id":
        frame = frame.assign(unit_id=[name_of("ADMDVS", u, lang) for u in frame["unit_id"]])
    if columns == "subject":
        frame = frame.assign(subject=[name_of("SUBJECT", s, lang) for s in frame["subject"]])
    grid = frame.pivot(index=rows, columns=columns, values="score").astype(float)
    grid = grid.loc[list(dict.fromkeys(frame[rows])), list(dict.fromkeys(frame[columns]))]
    words = [[label(v, 1) for v in line] for line in grid.to_numpy()]
    fig = figure(height=120 + 36 * len(grid))
    fig.add_trace(go.Heatmap(
        z=grid.to_numpy(), x=[wrapped(c, 9) for c in grid.columns], y=[plain(i) for i in grid.index], text=words,
        texttemplate="%{text}", zmin=0, zmax=100, xgap=3, ygap=3,
        colorscale=[[0, "#EEF3F7"], [0.5, "#9FB9CE"], [1, PALETTE[0]]],
        colorbar={"title": {"text": say("得分", "Score", lang)}, "thickness": 12, "outlinewidth": 0}))
    fig.update_xaxes(side="top", type="category", showgrid=False)
    fig.update_yaxes(autorange="reversed", type="category", showgrid=False)
    return fig


def trend(values: pd.DataFrame, title: str = "", unit: str = "", lang: str = "zh"):
    """One indicator over periods, a line for every unit, names at the ends of the lines.

    Parameters
    ----------
    values
        unit_id, period, value; `name`, `target` optional. Shares are drawn in percent when `unit` is "share".
    """
    need(values, ("unit_id", "period", "value"), "trend")
    frame = values.dropna(subset=["value"])
    if frame.empty:
        return empty(say("没有可用数据", "No data", lang))
    import plotly.graph_objects as go

    factor, mark = (100.0, "%") if unit == "share" else (1.0, unit)
    order = sorted(values["period"].unique())
    x = month_names(order) if all(len(str(p)) in (6, 7) and "Q" not in str(p) for p in order) else list(order)
    names, ends = [], []
    fig = figure(height=360, showlegend=False, margin={"r": 130})
    for place, (unit_id, part) in enumerate(frame.groupby("unit_id", sort=False)):
        y = (part.set_index("period")["value"].astype(float) * factor).reindex(order)
        names.append(plain(part["name"].iloc[0] if "name" in part.columns else name_of("ADMDVS", unit_id, lang)))
        ends.append(float(y.dropna().iloc[-1]))
        color, dash = PALETTE[place % 5], DASHES[place // 5 % 5]
        fig.add_trace(go.Scatter(x=x, y=y, name=names[-1], mode="lines+markers",
                                 line={"color": color, "width": 2.2, "dash": dash},
                                 marker={"symbol": SYMBOLS[place % 5], "size": 7}))
    span = frame["value"].astype(float) * factor
    at = spread(ends, (float(span.max() - span.min()) or 1.0) * 0.1)
    for place, y_at in enumerate(at):
        fig.add_annotation(x=x[-1], y=y_at, xanchor="left", xshift=10, showarrow=False, font_color=PALETTE[place % 5],
                           text=f"{names[place]} {label(ends[place])}")
    _target(fig, values, factor, lang)
    fig.update_yaxes(title_text=plain(f"{title}（{mark}）" if mark else title))
    fig.update_xaxes(type="category", tickangle=-45 if len(x) > 8 else 0)
    return fig


def _target(fig, values: pd.DataFrame, factor: float, lang: str) -> None:
    """A dotted line at the target, where all rows have the same."""
    targets = list(values["target"].dropna().unique()) if "target" in values.columns else []
    if len(targets) == 1:
        goal = float(targets[0]) * factor
        fig.add_hline(y=goal, line={"dash": "dot", "color": "#55636F"}, annotation_position="top left",
                      annotation_text=say(f"目标 {label(goal)}", f"Target {label(goal)}", lang))


def obstacles(table: pd.DataFrame, lang: str = "zh"):
    """Which indicators hold a unit back, in points of the index lost.

    Parameters
    ----------
    table
        title, lost (points).
    """
    need(table, ("title", "lost"), "obstacles")
    frame = table.dropna(subset=["lost"])
    frame = frame[frame["lost"] > 0].sort_values("lost").tail(10)
    if frame.empty:
        return empty(say("各项指标均已达到目标", "Every indicator meets its target", lang))
    import plotly.graph_objects as go

    fig = figure(height=100 + 36 * len(frame), showlegend=False)
    fig.add_trace(go.Bar(x=frame["lost"], y=[wrapped(t, 14) for t in frame["title"]], orientation="h",
                         marker_color=PALETTE[0], text=[label(float(v)) for v in frame["lost"]],
                         textposition="outside", cliponaxis=False))
    fig.update_xaxes(title_text=say("失分（分）", "Points lost", lang), range=[0, float(frame["lost"].max()) * 1.15])
    fig.update_yaxes(type="category")
    return fig

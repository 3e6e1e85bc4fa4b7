"""Figures of data quality: what was delivered, month by table or by county."""

from __future__ import annotations

import pandas as pd

from yb_analytics.plots.look import empty, figure, need, plain, say, wrapped

_STEPS = ((0.0, "#B5462F"), (0.02, "#E8B8A8"), (0.5, "#F3E3C8"), (0.8, "#C9D9E6"), (1.0, "#2F6690"))
"""Nothing delivered is red; the usual number of rows is blue."""


def coverage_map(table: pd.DataFrame, lang: str = "zh"):
    """How full every row (a table or a county) is in every month.

    Parameters
    ----------
    table
        `name`, `month` (YYYYMM), `share` (rows against the usual number of the row, 1 where as many or more; 0 where
        nothing was delivered).
    """
    need(table, ("name", "month", "share"), "coverage_map")
    if table.empty:
        return empty(say("没有按月的数据", "No monthly data", lang))
    import plotly.graph_objects as go

    names = list(dict.fromkeys(table["name"]))
    grid = table.pivot(index="name", columns="month", values="share").reindex(names).astype(float)
    months = [f"{m[:4]}-{m[4:]}" for m in grid.columns]
    fig = figure(height=150 + 24 * len(grid), margin={"l": 150})
    fig.add_trace(go.Heatmap(
        z=grid.to_numpy().clip(0, 1), x=months, y=[wrapped(plain(n), 12) for n in grid.index], zmin=0, zmax=1, xgap=2,
        ygap=2, colorscale=[list(s) for s in _STEPS],
        colorbar={"title": {"text": say("占常月", "Of usual", lang)}, "thickness": 12, "outlinewidth": 0,
                  "tickvals": [0, 0.5, 1], "ticktext": ["0%", "50%", "100%"]}))
    fig.update_xaxes(type="category", tickangle=-60, showgrid=False, nticks=24)
    fig.update_yaxes(autorange="reversed", type="category", showgrid=False)
    return fig

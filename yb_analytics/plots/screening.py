"""Figures of a screening: where the leads are, and how money was counted once."""

from __future__ import annotations

import pandas as pd

from yb_analytics.plots.look import DASHES, PALETTE, empty, figure, label, need, plain, say, scale, wrapped
from yb_analytics.schema import name_of

_TIERS = ("疑点", "线索", "监测")
_FILLS = ("", "/", ".")


def leads_by_theme(leads: pd.DataFrame, lang: str = "zh"):
    """Fund money at stake by theme, stacked by tier, with the number of leads beside each bar.

    Parameters
    ----------
    leads
        `ANSWERS["lead"]` rows, or a frame with theme, tier, amount; `theme_name` is shown where present.
    """
    need(leads, ("theme", "tier", "amount"), "leads_by_theme")
    if leads.empty:
        return empty(say("本期没有线索", "No leads in this period", lang))
    import plotly.graph_objects as go

    name = "theme_name" if "theme_name" in leads.columns else "theme"
    frame = leads.assign(amount=leads["amount"].astype(float))
    total = frame.groupby(name)["amount"].agg(["sum", "size"]).sort_values(["sum", "size"]).tail(12)
    divisor, unit = scale(total["sum"], lang)
    y = [wrapped(t, 12) for t in total.index]
    fig = figure(height=96 + 40 * len(total), barmode="stack", bargap=0.35, legend_traceorder="normal")
    for place, tier in enumerate(_TIERS):
        part = frame[frame["tier"] == tier].groupby(name)["amount"].sum().reindex(total.index).fillna(0.0) / divisor
        if part.sum() > 0:
            fig.add_trace(go.Bar(y=y, x=part.tolist(), orientation="h", name=name_of("TIER", tier, lang),
                                 marker={"color": PALETTE[place], "pattern": {"shape": _FILLS[place]}}))
    words = [f"\u2002{label(s / divisor)} {unit}" + (f"，{n} 条" if lang == "zh" else f", {n}")
             for s, n in total.itertuples(index=False)]
    fig.add_trace(go.Scatter(y=y, x=(total["sum"] / divisor).tolist(), mode="text", text=words, showlegend=False,
                             textposition="middle right", hoverinfo="skip", cliponaxis=False))
    fig.update_xaxes(title_text=say(f"涉及基金（{unit}）", f"Fund money at stake ({unit})", lang),
                     range=[0, float(total["sum"].max()) / divisor * 1.45 or 1])
    return fig


def lead_waterfall(steps: pd.DataFrame, lang: str = "zh"):
    """From what each finding claims to what a lead counts once.

    Parameters
    ----------
    steps
        step, amount (yuan; negative for what was counted twice), kind `part` or `total`.
    """
    need(steps, ("step", "amount", "kind"), "lead_waterfall")
    if steps.empty:
        return empty(say("没有可以分解的金额", "Nothing to break down", lang))
    import plotly.graph_objects as go

    divisor, unit = scale(steps["amount"], lang)
    values = [float(v) / divisor for v in steps["amount"]]
    fig = figure(height=340)
    fig.add_trace(go.Waterfall(
        x=[wrapped(s, 7) for s in steps["step"]], y=values, text=[label(v) for v in values], textposition="outside",
        measure=["total" if k == "total" else "relative" for k in steps["kind"]], cliponaxis=False,
        increasing={"marker": {"color": PALETTE[0]}}, decreasing={"marker": {"color": PALETTE[2]}},
        totals={"marker": {"color": PALETTE[1]}}, connector={"line": {"color": "#8795A1", "dash": DASHES[2]}}))
    fig.update_yaxes(title_text=plain(say(f"金额（{unit}）", f"Amount ({unit})", lang)), rangemode="tozero")
    return fig

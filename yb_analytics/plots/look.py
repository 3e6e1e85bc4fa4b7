"""The shared look: palette, fonts, template, units."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from yb_analytics.schema import Refusal
from yb_analytics.schema.text import rounded

PALETTE = ("#12436D", "#28A197", "#A285D1", "#9B1C31", "#B07C00")
"""Colours in the order series take them; distinguishable by the colour-blind, never a code for good or bad."""

DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x")
FONTS = "Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"
INK, RULE = "#1F2A33", "#D5DCE2"
STEPS = ((1e8, "亿元", 1e8), (1e4, "万元", 1e4))


def say(zh: str, en: str, lang: str) -> str:
    """One of two wordings."""
    return zh if lang == "zh" else en


def need(table: pd.DataFrame, columns: Iterable[str], name: str) -> None:
    """Refuse a table that lacks a column, by name."""
    missing = [c for c in columns if c not in table.columns]
    if missing:
        raise Refusal(f"{name}: the table lacks {', '.join(missing)}", "pass the table the package returned", "schema")


def figure(height: int = 380, **layout: Any):
    """An empty figure in the shared look; margins grow with their labels."""
    import plotly.graph_objects as go

    axis = {"automargin": True, "gridcolor": RULE, "linecolor": RULE, "zerolinecolor": RULE, "ticks": "outside",
            "tickcolor": RULE, "separatethousands": True, "title": {"standoff": 10}}
    template = go.layout.Template(layout={
        "font": {"family": FONTS, "size": 14, "color": INK}, "colorway": list(PALETTE),
        "paper_bgcolor": "white", "plot_bgcolor": "white", "xaxis": axis, "yaxis": axis,
        "margin": {"l": 16, "r": 24, "t": 24, "b": 16},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "title": {"text": ""}},
        "hoverlabel": {"font": {"family": FONTS}}, "separators": ".,"})
    return go.Figure(layout={"template": template, "height": height, **layout})


def empty(reason: str, lang: str = "zh"):
    """A figure that says why there is nothing to draw."""
    fig = figure(height=140, meta={"empty": reason})
    fig.update_xaxes(visible=False)
    fig.update_yaxes(visible=False)
    fig.add_annotation(text=plain(reason), showarrow=False, x=0.5, y=0.5, xref="paper", yref="paper")
    return fig


def emptiness(fig: Any) -> str:
    """Why a figure is empty, or an empty text.

    Examples
    --------
    >>> emptiness(empty("本期无线索"))
    '本期无线索'
    """
    meta = fig.layout.meta if hasattr(fig, "layout") else fig.get("layout", {}).get("meta")
    return str((meta or {}).get("empty", "")) if isinstance(meta, dict) else ""


def plain(text: object) -> str:
    """Text in which Plotly finds no markup: names come from data.

    Examples
    --------
    >>> plain("<b>甲</b>医院")
    '‹b›甲‹/b›医院'
    """
    return str(text).replace("<", "‹").replace(">", "›").replace("&", "＆")


def wrapped(text: object, width: int) -> str:
    """A label broken into lines of at most `width` Chinese characters."""
    clean = plain(text)
    return "<br>".join(clean[i:i + width] for i in range(0, len(clean), width)) or clean


def scale(values: Iterable[float], lang: str = "zh") -> tuple[float, str]:
    """Divisor and unit for a whole chart of money: 亿元, 万元 or 元.

    Examples
    --------
    >>> scale([3e8, 1]), scale([52000.0]), scale([])
    ((100000000.0, '亿元'), (10000.0, '万元'), (1.0, '元'))
    """
    sizes = [abs(float(v)) for v in values if v is not None and math.isfinite(float(v))]
    largest = max(sizes, default=0.0)
    if lang != "zh":
        return (1e6, "million yuan") if largest >= 1e6 else (1.0, "yuan")
    for least, unit, divisor in STEPS:
        if largest >= least:
            return divisor, unit
    return 1.0, "元"


def label(value: float, digits: int = 2) -> str:
    """A number as it stands beside a mark."""
    return "—" if value is None or not math.isfinite(float(value)) else rounded(float(value), digits)


def month_names(months: Sequence[object]) -> list[str]:
    """`202506` or `2025-06` as `2025-06`."""
    return [f"{str(m)[:4]}-{str(m).replace('-', '')[4:6]}" for m in months]


def spread(values: Sequence[float], least: float) -> list[float]:
    """Positions near `values` and at least `least` apart, for labels at line ends.

    Examples
    --------
    >>> spread([1.0, 1.1, 5.0], 0.5)
    [0.8, 1.3, 5.0]
    """
    order = sorted(range(len(values)), key=lambda i: values[i])
    at = [float(values[i]) for i in order]
    for _ in range(200):
        moved = False
        for i in range(len(at) - 1):
            gap = least - (at[i + 1] - at[i])
            if gap > 1e-9:
                at[i] -= gap / 2
                at[i + 1] += gap / 2
                moved = True
        if not moved:
            break
    out = [0.0] * len(values)
    for rank, i in enumerate(order):
        out[i] = round(at[rank], 10)
    return out

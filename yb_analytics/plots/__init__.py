"""A table in, a Plotly figure out, and figures as SVG.

Every function takes a frame of the shapes in `schema` (or of a snapshot) and `lang`, and returns a figure with
units on its axes, direct labels where there are few series, and one shared look. An empty table gives a figure
that says why it is empty; `emptiness(figure)` tells.
"""

from yb_analytics.plots.evaluation import index_ranks, obstacles, subject_profile, trend
from yb_analytics.plots.look import PALETTE, emptiness
from yb_analytics.plots.money import forecast_fan, fund_balance, monthly
from yb_analytics.plots.picture import find_browser, svg, svgs
from yb_analytics.plots.quality import coverage_map
from yb_analytics.plots.screening import lead_waterfall, leads_by_theme

__all__ = ["PALETTE", "coverage_map", "emptiness", "find_browser", "forecast_fan", "fund_balance", "index_ranks",
           "lead_waterfall", "leads_by_theme", "monthly", "obstacles", "subject_profile", "svg", "svgs", "trend"]

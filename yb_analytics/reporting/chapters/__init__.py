"""Chapters of the reports: tables with Chinese headers and units, made for `document` and `plots`."""

from yb_analytics.reporting.chapters.delivery import delivered, delivery_counts
from yb_analytics.reporting.chapters.evaluation import (
    alike,
    counties_drawn,
    county_obstacles,
    extremes,
    indicator_values,
    met_counts,
    obstacles,
    obstacles_shown,
    ranking,
    structure,
    subject_scores,
)
from yb_analytics.reporting.chapters.money import (
    alert_counts,
    backtest,
    forecast,
    forecast_months,
    fund_alerts,
    fund_metrics,
    fund_month,
    fund_months,
    fund_months_shown,
)
from yb_analytics.reporting.chapters.quality import (
    coverage_drawn,
    coverage_shown,
    data_checked,
    quality_advice,
    quality_counts,
    quality_failed,
    quality_sentences,
    quality_tables,
)
from yb_analytics.reporting.chapters.screening import (
    by_place,
    by_rule,
    checked,
    screened,
    themes,
    themes_drawn,
    tiers,
    top_leads,
    unchecked,
)
from yb_analytics.reporting.chapters.spending import (
    by_care,
    by_county,
    by_institution,
    month_figures,
    months,
    months_drawn,
)

__all__ = ["alert_counts", "alike", "backtest", "by_care", "by_county", "by_institution", "by_place", "by_rule",
           "checked", "counties_drawn", "county_obstacles", "coverage_drawn", "coverage_shown", "data_checked",
           "delivered", "delivery_counts", "extremes", "forecast", "forecast_months", "fund_alerts", "fund_metrics",
           "fund_month", "fund_months", "fund_months_shown", "indicator_values", "met_counts", "month_figures",
           "months", "months_drawn", "obstacles", "obstacles_shown", "quality_advice", "quality_counts",
           "quality_failed", "quality_sentences", "quality_tables", "ranking", "screened", "structure",
           "subject_scores", "themes", "themes_drawn", "tiers", "top_leads", "unchecked"]

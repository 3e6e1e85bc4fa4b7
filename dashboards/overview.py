"""总览 · Overview: the index by county and subject, targets, fund, forecast, alerts."""

from dashboards.page import Page
from yb_analytics.reporting.views import funds, leads, overview


class Overview(Page):
    """总览 · Overview."""

    title = "overview"
    blocks = (overview.head, overview.headline, overview.alerts, overview.county_index, overview.profile,
              funds.forecast, overview.targets, funds.fund, leads.themes, funds.fund_metrics)

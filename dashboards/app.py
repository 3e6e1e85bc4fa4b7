"""The pages by address; `yb serve` opens them on loopback."""

from __future__ import annotations

import panel as pn

from dashboards.leads import Leads
from dashboards.overview import Overview
from yb_analytics.reporting import views


def visit(page, warehouse):
    """One visit of a page: its state is in the address."""
    return page(desk=views.opened(warehouse), query=views.Query.of(pn.state.session_args)).template()


def pages(warehouse):
    """Address → what is served there."""
    def overview():
        return visit(Overview, warehouse)

    def leads():
        return visit(Leads, warehouse)

    return {"/": overview, "/overview": overview, "/leads": leads}

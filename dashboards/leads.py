"""疑点线索 · Leads: filters, and the way down from the city to settlement lines."""

from dashboards.page import Page
from yb_analytics.reporting.views import leads


class Leads(Page):
    """疑点线索 · Leads."""

    title = "leads"
    blocks = (leads.head, leads.totals, leads.drill, leads.lead_detail, leads.themes, leads.lead_list, leads.coverage)

"""Views: stored snapshots as blocks ready to show, in Chinese and English, escaped, with their exports.

A page of `dashboards/` names blocks in an order; everything that is counted, worded or formatted happens here.
`Desk` reads one warehouse, `Query` is the state kept in the address, a block is a function `(desk, query) -> View`.
"""

from yb_analytics.reporting.views import fund_pages as funds
from yb_analytics.reporting.views import lead_pages as leads
from yb_analytics.reporting.views import overview
from yb_analytics.reporting.views._desk import Desk
from yb_analytics.reporting.views._html import View, page
from yb_analytics.reporting.views._query import Query
from yb_analytics.reporting.views._sheet import Col, Sheet
from yb_analytics.reporting.views._visit import download, frame, opened, reply, settled, text_beside, update
from yb_analytics.reporting.views._words import say

__all__ = ["Col", "Desk", "Query", "Sheet", "View", "download", "frame", "funds", "leads", "opened", "overview",
           "page", "reply", "say", "settled", "text_beside", "update"]

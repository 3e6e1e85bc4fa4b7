"""Find, run, publish and verify reports; keep what was evaluated; say what a machine lacks."""

from yb_analytics.reporting.document import Document, document
from yb_analytics.reporting.editions import Edition
from yb_analytics.reporting.handbook import handbook
from yb_analytics.reporting.index import reports
from yb_analytics.reporting.ledger import Ledger
from yb_analytics.reporting.matter import parameters_from
from yb_analytics.reporting.passport import verify_edition
from yb_analytics.reporting.runner import report
from yb_analytics.reporting.serving import serve
from yb_analytics.reporting.snapshots import (
           demonstration,
           keep_forecast,
           keep_fund,
           keep_score,
           write_answers,
)
from yb_analytics.reporting.surroundings import doctor

__all__ = ["Document", "Edition", "Ledger", "demonstration", "doctor", "document", "handbook", "keep_forecast",
           "keep_fund", "keep_score", "parameters_from", "report", "reports", "serve", "verify_edition",
           "write_answers"]

"""医保基金监管分析 · Analytics for the supervision of Chinese basic medical insurance funds.

The front door. `yb.open(path)` gives a warehouse pinned to one version of the data; `yb.screen`, `yb.score`,
`yb.fund` and `yb.forecast` answer with tables and one sentence each; `yb.rules`, `yb.detectors` and
`yb.indicators` are the shelves (tab completes); `yb.report` publishes a notebook as a report.

Examples
--------
>>> import yb_analytics as yb
>>> yb.Period.parse("2025Q2").label
'2025年第二季度'
"""

from yb_analytics import plots
from yb_analytics.city import make_city as city
from yb_analytics.detectors import shelf as detectors
from yb_analytics.forecast import forecast
from yb_analytics.fund import fund
from yb_analytics.indicators import shelf as indicators
from yb_analytics.leads import explain, leads, screen
from yb_analytics.reporting import chapters, doctor, document, handbook, report, reports
from yb_analytics.rules import shelf as rules
from yb_analytics.schema import Period, Refusal
from yb_analytics.scores import score
from yb_analytics.warehouse import Warehouse, in_memory, ingest, verify
from yb_analytics.warehouse import open_warehouse as open

__version__ = "0.1.0"

__all__ = [
    "Period", "Refusal", "Warehouse", "chapters", "city", "detectors", "doctor", "document", "explain", "forecast",
    "fund", "handbook", "in_memory", "indicators", "ingest", "leads", "open", "plots", "report", "reports", "rules",
    "score", "screen", "verify",
]

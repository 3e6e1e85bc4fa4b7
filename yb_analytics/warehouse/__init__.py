"""Where data live: open, load, check, seal. No other part of the package knows files or versions.

Tables are Delta Lake folders; a manifest names one state of all of them, and readers are pinned to a
manifest (`manifest`). Reading is `open_warehouse`, or `in_memory` for examples; writing is `ingest` for
deliveries and `store` for answers.
"""

from yb_analytics.warehouse._answers import store, store_model
from yb_analytics.warehouse._disk import open_warehouse
from yb_analytics.warehouse._ingest import IngestReport, delivered, ingest
from yb_analytics.warehouse.journal import Journal
from yb_analytics.warehouse.reader import Warehouse, in_memory
from yb_analytics.warehouse.sealing.rebuild import Rebuilt, rebuild
from yb_analytics.warehouse.sealing.vacuum import Vacuumed, vacuum
from yb_analytics.warehouse.sealing.verify import Verification, examine, verify

__all__ = ["IngestReport", "Journal", "Rebuilt", "Vacuumed", "Verification", "Warehouse", "delivered", "examine",
           "in_memory", "ingest", "open_warehouse", "rebuild", "store", "store_model", "vacuum", "verify"]

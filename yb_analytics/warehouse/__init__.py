"""Where data live: open, load, check, seal. No other part of the package knows files or versions."""

from yb_analytics.warehouse.reader import Warehouse, in_memory

__all__ = ["Warehouse", "in_memory"]

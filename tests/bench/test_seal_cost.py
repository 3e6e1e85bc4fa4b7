"""What sealing costs a reader, against one full scan of the fact tables."""

from __future__ import annotations

import os

from yb_analytics.schema import TABLES
from yb_analytics.warehouse import examine, open_warehouse


def _scan(w) -> None:
    for name in (n for n, t in TABLES.items() if t.month):
        table = w.table(name)
        w.run(table.aggregate(**{c: table[c].hash().max() for c in table.columns}))


def _confirm(path) -> None:
    """Open and confirm every table, trusting nothing that was seen before."""
    os.environ["YB_VERIFY"] = "always"
    try:
        w = open_warehouse(path)
        for name in TABLES:
            w.table(name)
    finally:
        del os.environ["YB_VERIFY"]


def test_confirming_all_files_against_one_scan(ratio, warehouse):
    value = ratio("open and confirm all files / one full scan", lambda: _confirm(warehouse.path),
                  lambda: _scan(warehouse), bar=1)
    assert value > 0


def test_verify_against_one_scan(ratio, warehouse):
    value = ratio("yb verify / one full scan", lambda: examine(warehouse.path), lambda: _scan(warehouse), bar=1)
    assert value > 0


def test_deep_verify_against_one_scan(ratio, warehouse):
    value = ratio("yb verify --deep / one full scan", lambda: examine(warehouse.path, deep=True),
                  lambda: _scan(warehouse), bar=3)
    assert value > 0

"""The bars of the project that can be measured on the demo city; larger ones need a city-year."""

from __future__ import annotations

import itertools
import shutil

import duckdb

from yb_analytics.detectors import run as run_detectors
from yb_analytics.indicators import shelf as indicators
from yb_analytics.rules import run as run_rules
from yb_analytics.schema import TABLES, Period
from yb_analytics.warehouse import ingest

YEAR = Period.parse("2025")


def _copy(source, target):
    """Plain `COPY … TO` Parquet of the same rows, month by month as delivered."""
    shutil.rmtree(target, ignore_errors=True)
    con = duckdb.connect()
    for file in sorted(source.rglob("*.parquet")):
        to = target / file.relative_to(source)
        to.parent.mkdir(parents=True, exist_ok=True)
        con.read_parquet(str(file)).write_parquet(str(to), compression="zstd")


def test_ingest_against_copy(ratio, city, tmp_path):
    number = itertools.count()
    value = ratio("ingest / COPY TO Parquet",
                  lambda: ingest(city / "data", tmp_path / f"w{next(number)}", progress=False),
                  lambda: _copy(city / "data", tmp_path / "copy"), bar=2.5)
    assert value > 0


def _scan(w):
    """One full scan of the fact tables: every column of every row is decoded."""
    for name in (n for n, t in TABLES.items() if t.month):
        table = w.table(name)
        w.run(table.aggregate(**{c: table[c].hash().max() for c in table.columns}))


def test_rules_against_one_scan(ratio, warehouse):
    value = ratio("all rules / one full scan", lambda: run_rules(warehouse, YEAR), lambda: _scan(warehouse), bar=9)
    assert value > 0


def test_detectors_against_one_scan(ratio, warehouse):
    value = ratio("all detectors / one full scan", lambda: run_detectors(warehouse, YEAR),
                  lambda: _scan(warehouse), bar=12)
    assert value > 0


def test_indicators_against_one_scan(ratio, warehouse):
    value = ratio("all indicators / one full scan", lambda: indicators(warehouse, YEAR),
                  lambda: _scan(warehouse), bar=3)
    assert value > 0

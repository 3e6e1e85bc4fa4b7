"""Benchmarks: ratios in one run, a table on the screen and in reports/bench/. Run by `make bench` only."""

from __future__ import annotations

import csv
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROWS: list[dict[str, object]] = []


def pytest_addoption(parser):
    parser.addoption("--benchmarks", action="store_true", help="run the benchmarks (make bench)")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--benchmarks", default=False):
        for item in items:
            if "bench" in Path(str(item.fspath)).parts:
                item.add_marker(pytest.mark.skip(reason="benchmarks are run by `make bench`"))


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of this process, all threads, for one piece of work."""
    began = time.process_time()
    work()
    return time.process_time() - began


@pytest.fixture
def ratio(record_property):
    """Median over paired runs of the CPU of `ours` over `theirs`; recorded, shown and checked against a bar."""

    def measure(name: str, ours: Callable[[], object], theirs: Callable[[], object], bar: float, runs: int = 3):
        pairs = [(cpu(ours), cpu(theirs)) for _ in range(runs)]
        value = statistics.median(a / b for a, b in pairs)
        ROWS.append({"what": name, "ours_cpu_s": round(statistics.median(a for a, _ in pairs), 2),
                     "theirs_cpu_s": round(statistics.median(b for _, b in pairs), 2),
                     "ratio": round(value, 2), "bar": bar})
        return value

    return measure


def pytest_sessionfinish(session):
    if not ROWS:
        return
    folder = ROOT / "reports" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "bench.csv").open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, fieldnames=list(ROWS[0]))
        writer.writeheader()
        writer.writerows(ROWS)
    print("\n" + "\n".join("  ".join(f"{k}={v}" for k, v in row.items()) for row in ROWS))


@pytest.fixture(scope="session")
def city(tmp_path_factory):
    """The demo city's size, made here: 20,000 persons, 24 months."""
    from yb_analytics.city import make_city

    folder = tmp_path_factory.mktemp("bench") / "city"
    make_city(folder, persons=20_000, months=24, seed=7, progress=False)
    return folder


@pytest.fixture(scope="session")
def warehouse(city, tmp_path_factory):
    """The city in a warehouse."""
    from yb_analytics.warehouse import ingest, open_warehouse

    path = tmp_path_factory.mktemp("bench") / "warehouse"
    ingest(city / "data", path, progress=False)
    return open_warehouse(path)

"""Ingest against DuckDB's own `COPY … TO` Parquet of the same rows: from CSV, and many rows with their peak memory."""

from __future__ import annotations

import csv
import itertools
import os
import resource
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.bench.conftest import ROOT, cpu
from yb_analytics.schema import TABLES
from yb_analytics.warehouse import ingest

_FACTS = ("setl_d", "fee_list_d")


@pytest.fixture(scope="module")
def texts(city, tmp_path_factory) -> Path:
    """The city's settlements and fee lines as CSV, a file a month."""
    folder, con = tmp_path_factory.mktemp("csv") / "data", duckdb.connect()
    for file in sorted(f for name in _FACTS for f in (city / "data" / name).glob("*.parquet")):
        to = folder / file.parent.name / f"{file.stem}.csv"
        to.parent.mkdir(parents=True, exist_ok=True)
        con.read_parquet(str(file)).write_csv(str(to), header=True)
    return folder


def _copy(source: Path, target: Path) -> None:
    """The same rows by DuckDB: read with their types, written with the same codec, a file a month."""
    con = duckdb.connect()
    target.mkdir(exist_ok=True)
    for file in sorted(source.rglob("*.*")):
        types = TABLES[file.parent.name].ibis_schema()
        rows = (con.read_parquet(str(file)) if file.suffix == ".parquet"
                else con.read_csv(str(file), dtype={c: t for c, t in types.items() if c in _header(file)}))
        rows.write_parquet(str(target / f"{file.parent.name}-{file.stem}.parquet"), compression="zstd")


def _header(file: Path) -> list[str]:
    with file.open(encoding="utf-8") as f:
        return next(csv.reader(f))


def test_ingest_of_csv_against_copy(ratio, texts, tmp_path):
    number = itertools.count()
    value = ratio("ingest of CSV / COPY TO Parquet",
                  lambda: ingest(texts, tmp_path / f"w{next(number)}", progress=False),
                  lambda: _copy(texts, tmp_path / "copy"), bar=2.5)
    assert value > 0


_ALONE = "import sys; from yb_analytics.warehouse import ingest; ingest(*sys.argv[1:], progress=False)"


def _many(city: Path, folder: Path, rows: int) -> Path:
    """The city's fee lines so many times over, each time of other persons."""
    con = duckdb.connect()
    files = sorted((city / "data" / "fee_list_d").glob("*.parquet"))
    lines = con.read_parquet([str(f) for f in files])
    times = max(1, round(rows / len(lines)))
    con.sql("SELECT i FROM range($n) r(i)", params={"n": times}).create("times")
    (folder / "fee_list_d").mkdir(parents=True)
    for file in files:
        con.read_parquet(str(file)).create_view("lines", replace=True)
        con.sql("SELECT lines.* REPLACE (bkkp_sn || '-' || i AS bkkp_sn, psn_no || i AS psn_no) FROM lines, times"
                ).write_parquet(str(folder / "fee_list_d" / file.name))
    return folder


def test_many_fee_lines_their_cpu_and_memory(city, tmp_path):
    """`YB_BENCH_LINES` (10 million; the bar is for 50): CPU against COPY in one run, peak memory of a process alone."""
    rows = int(os.environ.get("YB_BENCH_LINES", "10000000"))
    source = _many(city, tmp_path / "many", rows)
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", _ALONE, str(source), str(tmp_path / "w")], check=True)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    ours = ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime
    theirs = cpu(lambda: _copy(source, tmp_path / "copy"))
    peak = ended.ru_maxrss / 2**20
    row = {"fee_lines": rows, "ours_cpu_s": round(ours, 1), "theirs_cpu_s": round(theirs, 1),
           "ratio": round(ours / theirs, 2), "bar": 2.5, "peak_gb": round(peak, 2), "peak_bar_gb": 4}
    (ROOT / "reports" / "bench").mkdir(parents=True, exist_ok=True)
    with (ROOT / "reports" / "bench" / "ingest_many.csv").open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, fieldnames=list(row))
        writer.writeheader()
        writer.writerow(row)
    print(row)
    assert peak <= 4

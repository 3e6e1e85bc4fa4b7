"""Bars of the detectors' machinery: frozen tails against PyOD's ECOD.

`YB_BENCH_LARGE=1` asks at the size of the bar (5 million rows × 20 columns; PyOD then needs about 7 GB); without it at
a fiftieth. Each side runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import os
import re
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.bench.conftest import ROWS
from yb_analytics.detectors._tails import Tails

LARGE = bool(os.environ.get("YB_BENCH_LARGE"))
N, COLUMNS, NEW = (5_000_000, 20, 100_000) if LARGE else (100_000, 20, 2_000)


def _peak() -> float:
    """Peak memory of this process in GB; `ru_maxrss` would begin with that of the process it was made by."""
    told = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+)", told)[1]) / 1e6


def _column(path: Path, name: str) -> np.ndarray:
    return pq.read_table(path, columns=[name])[name].to_numpy()


def _names() -> list[str]:
    return [f"c{i}" for i in range(COLUMNS)]


def _ours(folder: Path) -> dict[str, float]:
    """Frozen tails fitted and every row scored, a column at a time; then new rows by themselves."""
    before, began = _peak(), time.process_time()
    tails, scores = Tails.fit_scored(_column(folder / "rows.parquet", c) for c in _names())
    done, peak = time.process_time(), _peak()
    tails.surprise(_column(folder / "new.parquet", c) for c in _names())
    np.save(folder / "ours.npy", scores)
    return {"cpu": done - began, "gb": peak - before, "new": time.process_time() - done}


def _theirs(folder: Path) -> dict[str, float]:
    """PyOD's ECOD fitted, which scores every row; then new rows."""
    from pyod.models.ecod import ECOD

    before, began = _peak(), time.process_time()
    model = ECOD().fit(np.stack([_column(folder / "rows.parquet", c) for c in _names()], axis=1))
    done, peak = time.process_time(), _peak()
    np.save(folder / "theirs.npy", model.decision_scores_)
    asked = np.stack([_column(folder / "new.parquet", c) for c in _names()], axis=1)
    began_new = time.process_time()
    model.decision_function(asked)
    return {"cpu": done - began, "gb": peak - before, "new": time.process_time() - began_new}


def _alone(work, folder: Path) -> dict[str, float]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, folder).result()


@pytest.fixture(scope="module")
def rows(tmp_path_factory) -> Path:
    """Skewed and tied columns, as counts and fees are."""
    folder, rng = tmp_path_factory.mktemp("tails"), np.random.default_rng(7)
    for name, n in (("rows", N), ("new", NEW)):
        made = {c: rng.lognormal(size=n) if i % 3 else rng.poisson(4, n).astype(float)
                for i, c in enumerate(_names())}
        pq.write_table(pa.table(made), folder / f"{name}.parquet")
    return folder


def _told(what: str, ours: float, theirs: float, bar: float) -> float:
    value = ours / theirs
    ROWS.append({"what": what, "ours_cpu_s": round(ours, 3), "theirs_cpu_s": round(theirs, 3), "ratio": round(value, 4),
                 "bar": bar})
    return value


def test_frozen_tails_against_ecod(rows):
    ours, theirs = _alone(_ours, rows), _alone(_theirs, rows)
    size = f"{N:,} × {COLUMNS}"
    time_ = _told(f"frozen tails / PyOD ECOD, {size}, CPU s", ours["cpu"], theirs["cpu"], 0.3)
    memory = _told(f"frozen tails / PyOD ECOD, {size}, GB", ours["gb"], theirs["gb"], 0.1)
    new = _told(f"{NEW:,} new rows, CPU s", ours["new"], theirs["new"], 0.02)
    told, exact = np.load(rows / "ours.npy"), np.load(rows / "theirs.npy")
    top = exact >= np.quantile(exact, 0.99)
    assert np.abs(told - exact)[top].max() < 1e-9
    assert (top == (told >= np.quantile(told, 0.99))).all()
    if LARGE:
        assert time_ <= 0.3 and memory <= 0.1 and new <= 0.02

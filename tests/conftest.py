"""Cities made once per test run, whichever worker comes first."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import settings

# A test that fails today must fail tomorrow; YB_HYPOTHESIS=random looks for new examples.
settings.register_profile("house", deadline=None, derandomize=os.environ.get("YB_HYPOTHESIS") != "random")
settings.load_profile("house")

# What tests confirmed about their own files stays out of the user's cache.
_CACHE = tempfile.TemporaryDirectory(prefix="yb-cache-")
os.environ["YB_CACHE_DIR"] = _CACHE.name


def _source() -> str:
    """Hash of the code and facts that make a city and take it in."""
    root = Path(__file__).resolve().parents[1] / "yb_analytics"
    parts = [root / p for p in ("city", "schema", "warehouse", "knowledge/catalogue.csv", "knowledge/city_shape.csv")]
    files = [f for p in parts for f in (sorted(p.rglob("*")) if p.is_dir() else [p]) if f.suffix in (".py", ".csv")]
    return hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()[:12]


def once(tmp_path_factory, name: str, make) -> Path:
    """A folder made by exactly one worker; the others wait for it.

    With `YB_TEST_CITIES` set, cities are kept in that folder from run to run as long as what makes them is the same.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    if kept := os.environ.get("YB_TEST_CITIES"):
        shared = Path(kept) / _source()
        shared.mkdir(parents=True, exist_ok=True)
    folder, done = shared / name, shared / f"{name}.done"
    try:
        folder.mkdir()
    except FileExistsError:
        for _ in range(3000):
            if done.exists():
                return folder
            time.sleep(0.1)
        raise TimeoutError(f"{name} was not made within five minutes") from None
    make(folder)
    done.touch()
    return folder


def _made(schemes):
    def make(folder: Path) -> None:
        from yb_analytics.city import make_city
        from yb_analytics.warehouse import ingest

        make_city(folder / "city", persons=8_000, start="2024-07", months=18, seed=11, schemes=schemes,
                  strength="obvious", progress=False)
        ingest(folder / "city" / "data", folder / "warehouse", progress=False)

    return make


@pytest.fixture(scope="session")
def planted_city(tmp_path_factory) -> Path:
    """A small city with every scheme planted plainly: `city/` and `warehouse/`."""
    return once(tmp_path_factory, "planted", _made("all"))


@pytest.fixture(scope="session")
def honest_city(tmp_path_factory) -> Path:
    """The same city without any scheme; innocent look-alikes stay."""
    return once(tmp_path_factory, "honest", _made("none"))

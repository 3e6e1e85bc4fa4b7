"""The knowledge points in use: of the city's store where there is one, otherwise those of the demo."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

import pandas as pd

from yb_analytics.knowledge import _store
from yb_analytics.knowledge._points import TABLE, read_points
from yb_analytics.knowledge._rows import FOLDER

DEMO = "demo.csv"
"""Points of the demo's invented catalogue; never used beside a city's own."""


@lru_cache(maxsize=8)
def _packaged(paths: tuple[Path, ...], changed: tuple[int, ...]) -> pd.DataFrame:
    return read_points(paths).assign(encoded="encoded", rest="")[list(TABLE)]


def _shipped(demo: bool) -> pd.DataFrame:
    paths = tuple(sorted(p for p in (FOLDER / "points").glob("*.csv") if demo or p.name != DEMO))
    return _packaged(paths, tuple(p.stat().st_mtime_ns for p in paths))


@lru_cache(maxsize=4)
def _all(store: Path | None, stamp: str, shipped: int) -> pd.DataFrame:
    rows = _shipped(store is None)
    if store is None:
        return rows
    return pd.concat([_store.built(store).points, rows], ignore_index=True)


def points(on: date | str | None = None, store: Path | str | None = None) -> pd.DataFrame:
    """Knowledge points live on a day; without a day all of them, with their validity.

    Parameters
    ----------
    on
        A day (a date, or as 2025-06-30): only the points valid on it.
    store
        The city's store of imported points; by default the folder in the environment variable `YB_KNOWLEDGE`.
        Without a store these are the points of the demo's invented catalogue. With one the demo's are left out; what
        ships for every city (limits of diagnoses by ICD-10) is always there.

    Returns
    -------
    pandas.DataFrame
        Columns `_points.TABLE`, one row per point, item code and condition; `valid_from` and `valid_until` are dates,
        both included. Points nobody has encoded are not in it (see `held`).

    Raises
    ------
    Refusal
        If the store named does not exist or is damaged.
    """
    place = _store.home(store)
    shipped = max(p.stat().st_mtime_ns for p in (FOLDER / "points").glob("*.csv"))
    found = _all(place, _store.stamp(place) if place else "", shipped)
    if on is None:
        return found.copy()
    at = date.fromisoformat(on) if isinstance(on, str) else on
    live = (found["valid_from"] <= at) & (found["valid_until"] >= at)
    return found[live].reset_index(drop=True)


def origin(store: Path | str | None = None) -> str:
    """Where the points in use come from, in one sentence for a coverage statement.

    Examples
    --------
    >>> import os; _ = os.environ.pop("YB_KNOWLEDGE", None)
    >>> origin().partition("（")[0]
    '知识点为本项目演示目录的虚构知识点'
    """
    place = _store.home(store)
    if place is None:
        return f"知识点为本项目演示目录的虚构知识点（{len(points())}条），未导入国家知识点"
    facts: Sequence[dict] = _store.current(place)["files"]
    used = points(store=place)
    used = used[used["point_id"].isin(_store.built(place).held["point_id"])]
    return (f"知识点来自城市知识库（导入文件{len(facts)}个，可用知识点{used['point_id'].nunique()}个，"
            f"版本{_store.stamp(place)[:8]}），未使用演示知识点")

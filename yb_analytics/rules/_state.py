"""How much of the past the first two lines of defence must know of a person."""

from __future__ import annotations

from typing import Any

from yb_analytics import knowledge
from yb_analytics.rules._patterns._windows import COUNTED, reach
from yb_analytics.warehouse.hot import HotStore, build_hot, hot_store


def days_held(w: Any, points: Any = None) -> int:
    """Days the hot store reaches back: the longest window of any point, at least a year."""
    if points is None:
        points = knowledge.points(store=knowledge.store_for(w.path) if w.path is not None else None)
    windows = points.loc[points["condition"].isin(COUNTED), "unit"].unique()
    return max(reach(windows), reach(["year"])).days + 1


def store_of(w: Any, points: Any = None) -> HotStore:
    """The hot store of a warehouse, made where it is missing."""
    return hot_store(w, days_held(w, points))


def build_store(w: Any) -> HotStore:
    """Make the hot store of a warehouse on disk and open it."""
    build_hot(w, days_held(w))
    return store_of(w)

"""Scenes that schemes put together: stays, clinic visits and purchases of chosen persons at chosen times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from yb_analytics.city._plan import Plan
from yb_analytics.city._shape import KINDS
from yb_analytics.city._target import moment
from yb_analytics.city._town import DAY, Town, visits
from yb_analytics.city._town import lines as line_rows


def sick(town: Town, rng: np.random.Generator, codes: Sequence[str], count: int) -> np.ndarray:
    """Diagnoses drawn from some codes."""
    return rng.choice([town.book.disease[c] for c in codes], count)


def somewhen(town: Town, rng: np.random.Generator, count: int, before_end: int = 30) -> np.ndarray:
    """Days inside the city's months, not in the last `before_end`."""
    return town.first + rng.integers(3, max(4, town.last - town.first - before_end), count)


def stays(town: Town, rng: np.random.Generator, who: np.ndarray, inst, day: np.ndarray, nights: np.ndarray, diag=-1,
          **more) -> pd.DataFrame:
    """Stays that begin in the daytime of `day` and end after so many nights."""
    beg = moment(rng, day, 8, 16)
    end = (np.asarray(day) + nights) * DAY + rng.integers(8, 13, len(who)) * 3600
    return visits(**{"person": who, "inst": inst, "kind": KINDS["stay"], "med": 21, "diag": diag, "beg": beg,
                     "end": end, "key": town.fresh(len(who)), **more})


def clinics(town: Town, who: np.ndarray, inst, beg: np.ndarray, diag, **more) -> pd.DataFrame:
    """Outpatient visits at some seconds; honest ones are at most one a day at one place."""
    seen = visits(**{"person": who, "inst": inst, "kind": KINDS["outpatient"], "med": 11, "diag": diag, "beg": beg,
                     "end": np.asarray(beg) + 3600, "key": town.fresh(len(who)), **more})
    again = seen.assign(day=seen["beg"] // DAY).duplicated(["person", "inst", "day"])
    return seen[~(again & (seen["plant"] < 0))].reset_index(drop=True)


def purchases(town: Town, who: np.ndarray, inst, beg: np.ndarray, **more) -> pd.DataFrame:
    """Purchases in pharmacies at some seconds."""
    return visits(**{"person": who, "inst": inst, "kind": KINDS["pharmacy"], "med": 41,
                     "diag": town.book.disease["R53.x00"], "beg": beg, "end": beg, "key": town.fresh(len(who)), **more})


def daily_lines(town: Town, stay: pd.DataFrame, items: Sequence[str], price: int = -1) -> pd.DataFrame:
    """The named items once a day of each stay."""
    nights = np.maximum(1, stay["end"].to_numpy() // DAY - stay["beg"].to_numpy() // DAY)
    key = np.repeat(stay["key"].to_numpy(), nights)
    day = np.arange(len(key)) - np.repeat(np.cumsum(nights) - nights, nights)
    rows = [line_rows(key=key, item=town.book.item(name), day=day, pric=price) for name in items]
    return pd.concat(rows, ignore_index=True)


def of_institutions(town: Town, where: np.ndarray, parts: Sequence[pd.DataFrame],
                    lines: Sequence[pd.DataFrame] = ()) -> Plan:
    """The plan of a scheme whose subjects are institutions; what would begin after the city's end is left out."""
    seen = pd.concat(list(parts), ignore_index=True)
    return Plan([("institution", str(town.providers.code[i])) for i in where], seen[seen["beg"] // DAY < town.last],
                pd.concat(list(lines), ignore_index=True) if len(lines) else None)

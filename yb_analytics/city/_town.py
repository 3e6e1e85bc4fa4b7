"""The town a seed makes, and the shape of visits inside the generator."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from yb_analytics.city._people import DAY, People, make_people
from yb_analytics.city._providers import Choice, Providers, make_choices, make_providers
from yb_analytics.city._shape import HOLIDAYS, Book, book, shape, stream
from yb_analytics.schema import Period

VISIT = {
    "person": -1,
    "inst": -1,
    "kind": 0,
    "med": 11,
    "diag": -1,
    "beg": 0,
    "end": 0,
    "dscg": 1,
    "ref": -1,
    "surgery": -1,
    "recipe": 0,
    "supply": 0,
    "plant": -1,
    "key": -1,
    "loose": 0,
}
"""Columns of a visit and their defaults. `recipe`: 0 general lines, 1 the lines of its plan only, 2 both."""

LINE = {"key": -1, "item": -1, "cnt": 1.0, "pric": -1, "day": 0, "flag": -1}
"""Columns of a planned line; `pric` in fen (-1: the institution's), `day` after the begin."""


@dataclass
class Town:
    """Everything that stays the same over the months."""

    seed: int
    start: Period
    months: int
    people: People
    providers: Providers
    choices: dict[str, Choice]
    book: Book
    calendar: pd.DataFrame
    keys: int = field(default=10_000_000)
    used: dict[str, np.ndarray] = field(default_factory=dict)
    block: int = 0
    blocks: int = 1

    @property
    def first(self) -> int:
        """First day of the city (days since 1970)."""
        return int(self.calendar["day"].iloc[0])

    @property
    def last(self) -> int:
        """First day after the city."""
        return int(self.calendar["day"].iloc[-1]) + 1

    def days(self, month: int) -> pd.DataFrame:
        """Calendar of one month."""
        return self.calendar[self.calendar["month"] == month]

    def stream(self, name: str, month: int = 0) -> np.random.Generator:
        """Stream of chance of this block of persons; that of the first block is the town's own."""
        return stream(self.seed, name, month, self.block)

    def part(self, block: int, blocks: int) -> Town:
        """The block `block` of `blocks`: the same town with a part of its persons, numbered from 0."""
        low, high = (self.people.n * i // blocks for i in (block, block + 1))
        choices = {k: replace(c, favourite=c.favourite[low:high]) for k, c in self.choices.items()}
        return replace(self, people=self.people.part(low, high), choices=choices, block=block, blocks=blocks)

    def serials(self, ranks: np.ndarray) -> np.ndarray:
        """Serial numbers from ranks 0, 1, … inside the block, unique over all blocks."""
        return np.asarray(ranks, dtype=np.int64) * self.blocks + self.block + 1

    def fresh(self, count: int) -> np.ndarray:
        """Keys for planned visits."""
        self.keys += count
        return np.arange(self.keys - count, self.keys, dtype=np.int64)


def _calendar(start: Period, months: int) -> pd.DataFrame:
    begin = pd.Timestamp(start.start)
    days = pd.date_range(begin, begin + pd.DateOffset(months=months) - pd.Timedelta(days=1))
    weight = np.array([1.18, 1.08, 1.04, 1.02, 1.0, 0.72, 0.58])[days.dayofweek]
    holiday = np.zeros(len(days), dtype=bool)
    for (month, day), length in HOLIDAYS.items():
        for year in sorted(set(days.year)):
            at = pd.Timestamp(year, month, day)
            holiday |= (days >= at) & (days < at + pd.Timedelta(days=length))
    number = (days.year - begin.year) * 12 + days.month - begin.month
    season = np.array([1.09, 0.86, 1.04, 1.0, 0.99, 0.97, 0.96, 0.95, 0.99, 1.0, 1.04, 1.11])[days.month - 1]
    return pd.DataFrame(
        {
            "day": days.asi8 // (86_400 * 10 ** (9 if days.unit == "ns" else {"us": 6, "s": 0, "ms": 3}[days.unit])),
            "month": number,
            "weight": np.where(holiday, 0.42, weight),
            "season": season,
            "cold": np.cos(2 * np.pi * (days.dayofyear - 10) / 365.25),
            "moy": days.month,
            "year": days.year,
            "ym": days.year * 100 + days.month,
        }
    )


def make_town(persons: int, start: str, months: int, seed: int) -> Town:
    """Town of a seed."""
    period = Period.parse(start)
    calendar = _calendar(period, months)
    people = make_people(seed, persons, int(calendar["day"].iloc[0]), months)
    providers = make_providers(seed, persons, months)
    return Town(seed, period, months, people, providers, make_choices(providers, people, seed), book(), calendar)


def visits(**columns) -> pd.DataFrame:
    """A frame of visits; what is not named has its default."""
    size = max(len(v) for v in columns.values() if np.ndim(v))
    out = {}
    for name, default in VISIT.items():
        value = columns.get(name, default)
        out[name] = np.asarray(np.broadcast_to(value, size), dtype=np.int64).copy()
    return pd.DataFrame(out)


def lines(**columns) -> pd.DataFrame:
    """A frame of planned lines."""
    size = max(len(v) for v in columns.values() if np.ndim(v))
    return pd.DataFrame(
        {
            n: np.asarray(np.broadcast_to(columns.get(n, d), size), dtype=float if n == "cnt" else np.int64).copy()
            for n, d in LINE.items()
        }
    )


def hours(rng: np.random.Generator, count: int, how: str = "day") -> np.ndarray:
    """Seconds after midnight."""
    if how == "night":
        return ((19 + rng.gamma(2.2, 2.2, count)) % 24 * 3600).astype(np.int64)
    if how == "shop":
        return (np.clip(rng.normal(14.5, 3.6, count), 7.2, 21.6) * 3600).astype(np.int64)
    morning = rng.random(count) < 0.62
    hour = np.where(
        morning, np.clip(rng.normal(9.4, 1.0, count), 7.4, 12), np.clip(rng.normal(14.6, 1.1, count), 12, 18)
    )
    return (hour * 3600 + rng.integers(0, 60, count)).astype(np.int64)


def day_of(seconds: Any) -> Any:
    """Day of a time."""
    return np.asarray(seconds) // DAY


__all__ = ["DAY", "LINE", "VISIT", "Town", "day_of", "hours", "lines", "make_town", "shape", "stream", "visits"]

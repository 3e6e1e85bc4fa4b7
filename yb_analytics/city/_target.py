"""Whom a scheme touches: how many, which institutions, which persons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from yb_analytics.city._town import DAY, Town


def amount(town: Town, at_20_000: int) -> int:
    """Planted subjects: the number for 20,000 persons, growing slowly, never below one."""
    return max(1, round(at_20_000 * (town.people.n / 20_000) ** 0.45))


def unused(
    town: Town, rng: np.random.Generator, kind: str, rows: np.ndarray, count: int, weight: np.ndarray | None = None
) -> np.ndarray:
    """Some of `rows`, those first that fewer plans have taken: one subject should tell of one scheme only.

    Parameters
    ----------
    kind
        What the rows are of: `place`, `person` or `firm`.
    weight
        Chances of the rows, shape as `rows`; `None` for equal ones.
    """
    most = {"place": town.providers.n, "person": town.people.n, "firm": len(town.people.emp_county)}[kind]
    use = town.used.setdefault(kind, np.zeros(most, dtype=np.int16))
    chosen, left, level = [np.zeros(0, dtype=np.int64)], min(count, len(rows)), 0
    while left > 0:
        at = np.flatnonzero(use[rows] == level)
        share = None if weight is None or not len(at) else weight[at] / weight[at].sum()
        chosen.append(rows[rng.choice(at, min(left, len(at)), replace=False, p=share)] if len(at) else chosen[0])
        left, level = left - len(chosen[-1]), level + 1
    out = np.concatenate(chosen)
    use[out] += 1
    return out


def places(
    town: Town, rng: np.random.Generator, tiers: tuple[str, ...], count: int, among: np.ndarray | None = None
) -> np.ndarray:
    """Institutions of the tiers (or of the rows `among`), not the very smallest, not those of other plans."""
    rows = town.providers.of(*tiers) if among is None else among
    return unused(town, rng, "place", rows, count, np.sqrt(town.providers.size[rows]))


def firms(town: Town, rng: np.random.Generator, count: int, least: int, most: int = 1 << 30) -> np.ndarray:
    """Employers of `least` to `most` insured persons, not those of other plans."""
    employer = town.people.employer
    size = np.bincount(employer[employer >= 0], minlength=len(town.people.emp_county))
    return unused(town, rng, "firm", np.flatnonzero((size >= least) & (size <= most)), count)


def healthy(
    town: Town,
    rng: np.random.Generator,
    count: int,
    near: int = -1,
    *,
    youngest: float = 20,
    oldest: float = 95,
    staff: bool = False,
) -> np.ndarray:
    """Persons alive and insured throughout, in the county of an institution when enough live there; new ones first."""
    p = town.people
    age = p.age(town.first)
    fit = (age > youngest) & (age < oldest) & (p.death == 0) & (p.pause == 0) & (p.begin < town.first)
    if staff:
        fit &= p.staff
    if near >= 0:
        local = fit & (p.county == town.providers.county[near])
        fit = local if local.sum() > 3 * count else fit
    return unused(town, rng, "person", np.flatnonzero(fit), count)


def in_force(town: Town, rng: np.random.Generator, count: int, low: int, high: int) -> np.ndarray:
    """For each subject a range of months `(first, last)` in which it acts."""
    length = rng.integers(low, high + 1, count)
    length = np.minimum(length, town.months)
    begin = (rng.random(count) * (town.months - length + 1)).astype(int)
    return np.stack([begin, begin + length - 1], axis=1)


@dataclass(frozen=True)
class Spell:
    """Institutions that act, and the first and last month in which each does; `name` seeds its chances."""

    name: str
    where: np.ndarray
    when: np.ndarray

    def acting(self, month: int) -> np.ndarray:
        """The institutions that act this month."""
        return self.where[(self.when[:, 0] <= month) & (month <= self.when[:, 1])]

    def rows(self, town: Town, month: int, found: pd.DataFrame, lines: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """For each line the row of `where` that acts on it this month (-1: none), and a chance of its own."""
        row = np.full(town.providers.n, -1)
        now = (self.when[:, 0] <= month) & (month <= self.when[:, 1])
        row[self.where[now]] = np.flatnonzero(now)
        of_line = row[found["inst"].to_numpy()[lines["v"]]]
        free = (lines["plant"].to_numpy() < 0) & (lines["excess"].to_numpy() == 0)
        chance = town.stream(self.name, month + 1).random(len(lines))
        return np.where(free, of_line, -1), chance


def moment(rng: np.random.Generator, day: np.ndarray, low: int, high: int) -> np.ndarray:
    """A full hour between `low` and `high` on each day, in seconds."""
    return np.asarray(day, dtype=np.int64) * DAY + rng.integers(low, high, len(day)) * 3600

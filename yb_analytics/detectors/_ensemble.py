"""A frozen ensemble of simple detectors behind one interface: fitted once, a row scores the same in any batch.

Three views of a table count the same: its columns one by one (tail probabilities and histogram density), random
splits (PyOD's isolation forest) and distances (to small samples of the reference). Each member's raw score becomes the
share of the reference that is at least as unusual; the views' −log shares are averaged. No contamination is assumed
and no row is called an outlier: what to do with a score is decided by whoever asks. All state is arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from yb_analytics.detectors._arrays import Arrays
from yb_analytics.detectors._members import Density, Forest, Nearness
from yb_analytics.detectors._tails import Tails

MEMBERS = ("tails", "density", "forest", "nearness")
_CHUNK, _FAR = 65_536, 1e12


@dataclass(frozen=True)
class Columns(Arrays):
    """How a table becomes numbers on one scale: medians and quartile distances, rarity of categories.

    A category counts by how rare it is in the reference (−log share); one never seen is as rare as half a row. A
    missing value counts as the median, so it says nothing.
    """

    names: np.ndarray
    category: np.ndarray  # whether the column holds categories
    center: np.ndarray
    scale: np.ndarray
    known: np.ndarray     # column⟨unit separator⟩value of every category
    rarity: np.ndarray
    rarest: np.ndarray

    @classmethod
    def fit(cls, table: pd.DataFrame) -> Columns:
        """Medians, scales and rarities of a reference."""
        category = np.array([not _is_number(table[c]) for c in table], dtype=bool)
        shares = {f"{c}\x1f{value}": -np.log(n / max(table[c].count(), 1))
                  for c, odd in zip(table, category, strict=True) if odd
                  for value, n in table[c].astype("string").value_counts().items()}
        known = sorted(shares)
        blank = cls(np.array([str(c) for c in table]), category, np.zeros(len(category)), np.ones(len(category)),
                    np.array(known, dtype=str), np.array([shares[k] for k in known]),
                    np.array([-np.log(0.5 / max(len(table), 1))]))
        x = blank.numbers(table, fill=np.nan)
        center, scale = (np.array(c, dtype=float) for c in zip(*[_level(c) for c in x.T], strict=True))
        return cls(blank.names, category, center, scale, blank.known, blank.rarity, blank.rarest)

    def numbers(self, table: pd.DataFrame, fill: float = 0.0) -> np.ndarray:
        """Rows × columns, centred and scaled; `fill` where nothing is known."""
        rarity = dict(zip(self.known.tolist(), self.rarity.tolist(), strict=True))
        out = np.empty((len(table), len(self.names)))
        for at, name in enumerate(self.names.tolist()):
            own = table[name]
            if self.category[at]:
                told = (f"{name}\x1f" + own.astype("string")).map(rarity).astype(float).fillna(float(self.rarest[0]))
                values = told.where(own.notna()).to_numpy(float)
            else:
                values = pd.to_numeric(own, errors="coerce").to_numpy(float, na_value=np.nan)
            out[:, at] = (np.clip(values, -_FAR, _FAR) - self.center[at]) / self.scale[at]
        return np.ascontiguousarray(np.where(np.isnan(out), fill, out))


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _level(column: np.ndarray) -> tuple[float, float]:
    """Median and scale of a column: distance of the quartiles, else standard deviation, else 1."""
    known = column[~np.isnan(column)]
    if not len(known):
        return 0.0, 1.0
    low, middle, high = np.quantile(known, [0.25, 0.5, 0.75])
    return float(middle), float(next((s for s in (high - low, known.std()) if s > 0), 1.0))


def _table(rows: pd.DataFrame | np.ndarray) -> pd.DataFrame:
    if isinstance(rows, pd.DataFrame):
        return rows
    x = np.atleast_2d(np.asarray(rows, dtype=float))
    return pd.DataFrame(x, columns=[f"c{i}" for i in range(x.shape[1])])


@dataclass(frozen=True)
class Ensemble(Arrays):
    """Frozen detectors and the distributions of their scores in the reference.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> told = pd.DataFrame({"fee": rng.normal(300, 40, 500), "kind": rng.choice(["门诊", "住院"], 500)})
    >>> model = Ensemble.fit(told)
    >>> odd = pd.DataFrame({"fee": [300.0, 900.0, np.nan], "kind": ["门诊", "家庭病床", None]})
    >>> (model.score(odd) > 0.99).tolist()
    [False, True, False]
    """

    columns: Columns
    tails: Tails
    density: Density
    forest: Forest
    nearness: Nearness
    reference: Tails     # distributions of the members' raw scores, then of the ensemble
    beyond: np.ndarray   # members × (largest raw score, its distance from the median)

    @classmethod
    def fit(cls, rows: pd.DataFrame | np.ndarray, seed: int = 7) -> Ensemble:
        """Fit on a reference of at least two rows; numbers and categories, with or without missing values."""
        table = _table(rows)
        columns = Columns.fit(table)
        x = columns.numbers(table)
        parts = (Tails.fit(x.T), Density.fit(x), Forest.fit(x, seed), Nearness.fit(x, seed))
        blank = cls(columns, *parts, reference=Tails.fit([np.zeros(1)]), beyond=np.zeros((1, 2)))
        raw = blank._raw(table)
        beyond = np.array([[c.max(), c.max() - np.median(c)] for c in raw.T])
        half = cls(columns, *parts, reference=Tails.fit(raw.T), beyond=beyond)
        return cls(columns, *parts, reference=Tails.fit([*raw.T, half._joined(raw)]), beyond=beyond)

    def score(self, rows: pd.DataFrame | np.ndarray) -> np.ndarray:
        """Share of the reference that is less unusual, 0–1; independent of the other rows."""
        at = len(MEMBERS)
        return self.reference.counts(self.surprise(rows), at)[1] / self.reference.rows[at]

    def surprise(self, rows: pd.DataFrame | np.ndarray) -> np.ndarray:
        """Mean of the views' −log shares: ranks rows beyond the reference too."""
        return self._joined(self._raw(_table(rows)))

    def members(self, rows: pd.DataFrame | np.ndarray) -> pd.DataFrame:
        """Share of the reference that is less unusual, by member."""
        raw = self._raw(_table(rows))
        return pd.DataFrame({name: self.reference.counts(raw[:, i], i)[1] / self.reference.rows[i]
                             for i, name in enumerate(MEMBERS)})

    def contributions(self, rows: pd.DataFrame | np.ndarray) -> pd.DataFrame:
        """−log of the smaller tail probability, by column: what makes a row unusual by itself."""
        x = self.columns.numbers(_table(rows))
        return pd.DataFrame(dict(zip(self.columns.names.tolist(), self.tails.each(x.T), strict=True)))

    def _raw(self, table: pd.DataFrame) -> np.ndarray:
        """Members' raw scores, chunk by chunk."""
        chunks = [table.iloc[i:i + _CHUNK] for i in range(0, len(table), _CHUNK)]
        return np.concatenate([self._chunk(self.columns.numbers(c)) for c in chunks] or [np.zeros((0, len(MEMBERS)))])

    def _chunk(self, x: np.ndarray) -> np.ndarray:
        return np.stack([self.tails.surprise(x.T), self.density.surprise(x), self.forest.surprise(x),
                         self.nearness.surprise(x)], axis=1)

    def _joined(self, raw: np.ndarray) -> np.ndarray:
        """Mean over the views of −log share; beyond the reference it grows with the logarithm of the distance."""
        told = []
        for i, (top, spread) in enumerate(self.beyond):
            away = np.maximum(raw[:, i] - top, 0.0) / (spread if spread > 0 else 1.0)
            told.append(self.reference.upper(raw[:, i], i) + np.log1p(away))
        return ((told[0] + told[1]) / 2 + told[2] + told[3]) / 3

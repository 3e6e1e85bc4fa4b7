"""What the city usually shows, by key: usual prices of items, usual fees of disease groups. Frozen with a model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from yb_analytics.detectors._arrays import Arrays


@dataclass(frozen=True)
class Norms(Arrays):
    """One row of numbers per key.

    Examples
    --------
    >>> norms = Norms.of(pd.DataFrame({"key": ["b", "a"], "value": [2.0, 1.0]}))
    >>> norms.frame().values.tolist()
    [['a', 1.0], ['b', 2.0]]
    """

    key: np.ndarray
    names: np.ndarray
    values: np.ndarray

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Norms:
        """From `key` and columns of numbers; rows without a key are left out."""
        frame = frame[frame["key"].notna()].sort_values("key")
        names = [c for c in frame if c != "key"]
        return cls(frame["key"].to_numpy(str), np.array(names), frame[names].to_numpy(float))

    def frame(self) -> pd.DataFrame:
        """As a data frame."""
        return pd.DataFrame({"key": self.key.tolist(), **dict(zip(self.names.tolist(), self.values.T, strict=True))})

    def table(self, w):
        """As a table of the warehouse."""
        told = {n: pa.array(v, pa.float64(), from_pandas=True)
                for n, v in zip(self.names.tolist(), self.values.T, strict=True)}
        return w.register(pa.table({"key": pa.array(self.key.tolist(), pa.string()), **told}))

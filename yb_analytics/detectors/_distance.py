"""How far apart two institutions lie."""

from __future__ import annotations

import numpy as np
import pandas as pd

_EARTH_KM = 6371.0


def kilometres(rows: pd.DataFrame) -> pd.Series:
    """Great-circle distance, empty where a coordinate is missing.

    Examples
    --------
    >>> rows = pd.DataFrame({"lat": [30.75], "lnt": [120.75], "first_lat": [31.23], "first_lnt": [121.47]})
    >>> kilometres(rows).round(0).tolist()
    [87.0]
    """
    lat, lnt, lat0, lnt0 = (np.radians(rows[c].astype(float)) for c in ("lat", "lnt", "first_lat", "first_lnt"))
    half = np.sin((lat - lat0) / 2) ** 2 + np.cos(lat) * np.cos(lat0) * np.sin((lnt - lnt0) / 2) ** 2
    return 2 * _EARTH_KM * np.arcsin(np.sqrt(half.clip(0, 1)))

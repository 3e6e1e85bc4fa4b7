"""The catalogue of the city, and limits of prices by level of hospital."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._shape import restricted
from yb_analytics.city._town import Town
from yb_analytics.city._write import Writer

LEVELS = (("1", 0.86), ("2", 0.94), ("3", 1.0))
"""Kinds of limit (level of hospital) and their share of the highest."""


def _items(town: Town) -> pd.DataFrame:
    """`hilist_b`."""
    b = town.book
    limit = np.where(b.limit >= 0, b.limit / 100, np.nan)
    return pd.DataFrame(
        {
            "hilist_code": b.items["hilist_code"],
            "hilist_name": b.items["hilist_name"],
            "list_type": b.items["list_type"],
            "med_chrgitm_type": b.items["med_chrgitm_type"],
            "chrgitm_lv": b.items["chrgitm_lv"],
            "lmt_used_flag": np.where(restricted(b.items), "1", "0"),
            "hilist_pric_uplmt_amt": limit,
            "begndate": pd.Timestamp("2023-01-01"),
            "enddate": pd.NaT,
        }
    )


def _limits(town: Town) -> pd.DataFrame:
    """`hilist_lmtpric_d`: of services, by level; never below what an honest bill of that level may charge."""
    b = town.book
    rows = np.flatnonzero((b.limit >= 0) & b.items["list_type"].eq("201").to_numpy())
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "hilist_code": b.items["hilist_code"].to_numpy()[rows],
                    "hilist_lmtpric_type": kind,
                    "insu_admdvs": "330400",
                    "begndate": pd.Timestamp("2023-01-01"),
                    "enddate": pd.NaT,
                    "hilist_pric_uplmt_amt": np.maximum(b.limit[rows] * share, np.ceil(b.price[rows] * share)) / 100,
                    "overlmt_dspo_way": "1",
                    "vali_flag": "1",
                }
            )
            for kind, share in LEVELS
        ],
        ignore_index=True,
    )


def write(town: Town, out: Writer) -> None:
    """The two tables of the catalogue."""
    out.register("hilist_b", _items(town))
    out.register("hilist_lmtpric_d", _limits(town))

"""Peer groups of institutions: level × type × speciality × county size, merged upward while small."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from yb_analytics.detectors._arrays import Arrays

_GRADES = {"01": "三级", "02": "三级", "03": "三级", "04": "三级", "05": "二级", "06": "二级", "07": "二级",
           "08": "一级", "09": "一级", "10": "一级"}
_SPECIALITY = {"1": "综合", "2": "专科", "3": "精神", "4": "基层", "5": "门诊部诊所", "6": "药店"}
EVERYBODY = "全部机构"


@dataclass(frozen=True)
class Counties(Arrays):
    """Which counties are large: frozen, so that an institution has the same peers alone as in any batch."""

    code: np.ndarray
    large: np.ndarray

    @classmethod
    def fit(cls, w, sizes: pd.DataFrame) -> Counties:
        """From `fixmedins_code, rows`: how much each institution did; a county is large by its sum."""
        place = w.run(w.institutions.select("fixmedins_code", "county")).drop_duplicates("fixmedins_code")
        done = sizes.merge(place, on="fixmedins_code", how="left").groupby("county")["rows"].sum().sort_index()
        return cls(done.index.to_numpy(str), (done >= done.median()).to_numpy(bool))

    def size(self, county: pd.Series) -> pd.Series:
        """Mark of the size of each county, empty where it was not seen."""
        told = {str(c): "·大县" if large else "·小县" for c, large in zip(self.code, self.large, strict=True)}
        return county.map(told).fillna("")


def cells(w, places: Iterable[str], counties: Counties) -> pd.DataFrame:
    """Cells an institution belongs to, finest first.

    Parameters
    ----------
    w
        Warehouse or scope with `institutions`.
    places
        Codes of the institutions.
    counties
        Frozen sizes of the counties.

    Returns
    -------
    pandas.DataFrame
        Index `fixmedins_code`; columns 0, 1, … hold the labels from the finest cell to all institutions.
    """
    register = w.run(w.institutions.select("fixmedins_code", "fixmedins_type", "medins_type", "hosp_lv", "county"))
    units = register.drop_duplicates("fixmedins_code").set_index("fixmedins_code").reindex(sorted(set(places)))
    units.index.name = "fixmedins_code"
    kind = units["fixmedins_type"].map({"1": "医疗机构", "2": "药店"}).fillna("机构类型不详")
    grade = units["hosp_lv"].map(_GRADES).fillna("未定级").where(kind != "药店", "")
    special = units["medins_type"].map(_SPECIALITY).fillna("").where(kind != "药店", "")
    out = pd.DataFrame({0: kind + grade + special + counties.size(units["county"]), 1: kind + grade + special,
                        2: kind + grade, 3: kind}, index=units.index)
    out[4] = EVERYBODY
    return out


def with_kind(labels: pd.DataFrame, kind: pd.Series) -> pd.DataFrame:
    """The cells cut by a further kind first (department, kind of care), whole cells after them.

    Examples
    --------
    >>> cells = pd.DataFrame({0: ["二级", "二级"], 1: ["全部机构", "全部机构"]}, index=["d1", "d2"])
    >>> with_kind(cells, pd.Series(["内科", None], index=["d1", "d2"])).loc["d1"].tolist()
    ['二级·内科', '全部机构·内科', '二级', '全部机构']
    """
    mark = kind.reindex(labels.index).map(lambda k: f"·{k}", na_action="ignore").fillna("")
    fine = [labels[c] + mark for c in labels]
    return pd.DataFrame(dict(enumerate([*fine, *(labels[c] for c in labels)])), index=labels.index)


def chosen(labels: pd.DataFrame, held: dict[str, int], minimum: int) -> pd.Series:
    """The finest cell of each institution with at least `minimum` members in the frozen reference."""
    out = pd.Series(EVERYBODY, index=labels.index)
    for level in sorted(labels.columns, reverse=True):
        enough = labels[level].map(held).fillna(0) >= minimum
        out = out.where(~enough, labels[level])
    return out

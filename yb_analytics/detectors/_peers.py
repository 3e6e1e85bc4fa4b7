"""Peer groups of institutions: level × type × speciality × county size, merged upward while small."""

from __future__ import annotations

import pandas as pd

_GRADES = {"01": "三级", "02": "三级", "03": "三级", "04": "三级", "05": "二级", "06": "二级", "07": "二级",
           "08": "一级", "09": "一级", "10": "一级"}
_SPECIALITY = {"1": "综合", "2": "专科", "3": "精神", "4": "基层", "5": "门诊部诊所", "6": "药店"}
EVERYBODY = "全部机构"


def cells(w, sizes: pd.DataFrame) -> pd.DataFrame:
    """Cells an institution belongs to, finest first.

    Parameters
    ----------
    w
        Warehouse or scope with `institutions`.
    sizes
        `fixmedins_code, rows`: how much each institution did; counties are large or small by its sum.

    Returns
    -------
    pandas.DataFrame
        Index `fixmedins_code`; columns 0, 1, … hold the labels from the finest cell to all institutions.
    """
    register = w.run(w.institutions.select("fixmedins_code", "fixmedins_type", "medins_type", "hosp_lv", "county"))
    units = sizes[["fixmedins_code", "rows"]].merge(register, on="fixmedins_code", how="left")
    units = units.drop_duplicates("fixmedins_code").set_index("fixmedins_code").sort_index()
    kind = units["fixmedins_type"].map({"1": "医疗机构", "2": "药店"}).fillna("机构类型不详")
    grade = units["hosp_lv"].map(_GRADES).fillna("未定级").where(kind != "药店", "")
    special = units["medins_type"].map(_SPECIALITY).fillna("").where(kind != "药店", "")
    large = _large(units)
    out = pd.DataFrame({0: kind + grade + special + large, 1: kind + grade + special, 2: kind + grade, 3: kind},
                       index=units.index)
    out[4] = EVERYBODY
    return out


def _large(units: pd.DataFrame) -> pd.Series:
    by_county = units.groupby("county")["rows"].sum()
    return units["county"].map(by_county >= by_county.median()).map({True: "·大县", False: "·小县"}).fillna("")


def chosen(labels: pd.DataFrame, held: dict[str, int], minimum: int) -> pd.Series:
    """The finest cell of each institution with at least `minimum` members in the frozen reference."""
    out = pd.Series(EVERYBODY, index=labels.index)
    for level in sorted(labels.columns, reverse=True):
        enough = labels[level].map(held).fillna(0) >= minimum
        out = out.where(~enough, labels[level])
    return out

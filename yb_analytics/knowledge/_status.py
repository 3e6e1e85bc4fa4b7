"""What the store holds: points by class and batch, against the published counts, and single points."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from yb_analytics.knowledge import _store
from yb_analytics.knowledge._encoding import STATES
from yb_analytics.knowledge._layouts import plain
from yb_analytics.knowledge._merging import UNREAD, batches
from yb_analytics.schema import Refusal


class Status(NamedTuple):
    """A sentence; points by class and batch; batches against what was published; conflicts; remarks."""

    text: str
    classes: pd.DataFrame
    batches: pd.DataFrame
    conflicts: pd.DataFrame
    remarks: pd.DataFrame


COLUMNS = ("rule_class", "batch", "points", "live", "superseded", "later", *STATES, "codes", "dates")


def status(store: Path | str, on: date | str) -> Status:
    """Points live, superseded and not encoded, by class and batch, on a day.

    Parameters
    ----------
    store
        The city's store.
    on
        The day the validity is asked for.

    Returns
    -------
    Status
        `classes` has the columns :data:`COLUMNS`: of `points`, `live` on the day, `superseded` before it, or valid
        from `later`; the five states of encoding count all points. `batches` compares with the published counts and
        says why they differ.
    """
    place = _store.home(store)
    assert place is not None
    made = _store.built(place)
    at = date.fromisoformat(on) if isinstance(on, str) else on
    held = made.held
    held = held.assign(superseded=held["valid_until"] < at, later=held["valid_from"] > at, points=1)
    held = held.assign(live=~held["superseded"] & ~held["later"], **{s: held["state"] == s for s in STATES})
    by = held.groupby(["rule_class", "batch"], sort=True)
    sums = ["points", "live", "superseded", "later", *STATES, "codes"]
    classes = by[sums].sum().astype("int64").reset_index()
    classes["dates"] = by["dates"].first().tolist()
    compared = _compared(held, made.remarks)
    problems = made.remarks[made.remarks["kind"] == "problem"]
    remarks = made.remarks[made.remarks["kind"] == "remark"]
    text = (f"{at}：库中知识点{len(held)}个（{held['rule_class'].nunique()}个规则），有效{int(held['live'].sum())}，"
            f"已被替代{int(held['superseded'].sum())}，尚未生效{int(held['later'].sum())}；已编码"
            f"{int(held[STATES[0]].sum())}，部分编码{int(held[STATES[1]].sum())}，待地方取值{int(held[STATES[2]].sum())}，"
            f"有争议{int(held[STATES[3]].sum())}，未编码{int(held[STATES[4]].sum())}；转录差异{len(made.conflicts)}处，"
            f"公布的说明{len(remarks)}条，问题清单{len(problems)}条（非知识点）")
    return Status(text, classes[list(COLUMNS)], compared, made.conflicts, remarks)


def _compared(held: pd.DataFrame, remarks: pd.DataFrame) -> pd.DataFrame:
    """Batches published against batches held, with the reason of every difference."""
    facts = batches()
    count = held.groupby("batch").size()
    noted = remarks[remarks["kind"] == "remark"].groupby("batch").size()
    lost = held[held["successor"].str.endswith("(not held)")]
    out = facts[["batch", "published", "rule_classes", "rows_published"]].copy()
    out["held"] = out["batch"].map(count).fillna(0).astype("int64")
    out["difference"] = out["held"] - out["rows_published"]
    gone = lost.groupby("successor").size()
    why = []
    for row in out.itertuples():
        remark = int(noted.get(row.batch, 0))
        told = []
        if row.published == date.min:
            told.append(UNREAD + "（日期未读到，自始有效）")
        if not row.held:
            told.append("not imported（未导入）")
        elif row.difference == -remark and remark:
            told.append(f"{remark} published row is a remark on the class, not a point（说明行，非知识点）")
        elif row.difference:
            told.append("differs: see conflicts and the rows left out（与公布数不符）")
        behind = int(gone.get(f"{row.batch} (not held)", 0))
        if behind:
            told.append(f"{behind} held points were superseded by it; no successor here（被其替代，后继未导入）")
        why.append("；".join(told))
    out["text"] = why
    return out.assign(published=[d.isoformat() if d > date.min else "" for d in out["published"]])


def show(asked: str, store: Path | str) -> pd.DataFrame:
    """Points of a rule class, of an item code, or with a point id; with their text and what became of it.

    Raises
    ------
    Refusal
        If nothing of that name is held.
    """
    place = _store.home(store)
    assert place is not None
    made = _store.built(place)
    held = made.held
    coded = set(made.codes.loc[made.codes["item_code"] == asked, "point_id"])
    coded |= set(held.loc[(held["item_code"] == asked) | (held["other_code"] == asked), "point_id"])
    named = held["item_name"].map(plain) == plain(asked)
    listed = held["refs"].str.split(";").map(lambda refs: asked in refs)
    told = (held["rule_class"] == asked) | (held["point_id"] == asked) | named | listed
    found = held[told | held["point_id"].isin(coded)]
    if found.empty:
        known = "、".join(sorted(set(held["rule_class"])))
        raise Refusal(f"no knowledge point {asked!r}", f"name a code, an item, a point or a class: {known}", "empty")
    return found.drop(columns=["key"]).reset_index(drop=True)

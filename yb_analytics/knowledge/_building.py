"""From the files taken to the table rules read: merge, encode, apply what persons decided, retire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from yb_analytics.knowledge._encoding import CONFLICT, NONE, PART, VALUE, WHOLE, encoded
from yb_analytics.knowledge._layouts import RECORD
from yb_analytics.knowledge._merging import CONFLICT as CONFLICT_COLUMNS
from yb_analytics.knowledge._merging import GIVEN, HELD, merged
from yb_analytics.knowledge._points import TABLE, TEXT
from yb_analytics.knowledge._taking import OWN, RECORDS, REVIEW

STATE = ("state", "conditions", "rest", "by", "why", "reviewer", "codes")
REVIEWED = ("point_id", "condition", "value", "unit", "other_code", "rest", "reviewer", "date", "note", "file")
CLASS = "class:"
"""A review of `class:<rule class>` gives the value all points of the class wait for."""


@dataclass(frozen=True)
class Built:
    """What a store holds: points as rules read them, every point held with its state, conflicts, remarks, problems."""

    points: pd.DataFrame
    held: pd.DataFrame
    codes: pd.DataFrame
    conflicts: pd.DataFrame
    remarks: pd.DataFrame


def build(files: Sequence[tuple[str, str, pd.DataFrame]]) -> Built:
    """Everything derived from the files taken (name, family, rows), the same whatever the order of import."""
    files = sorted(files, key=lambda f: f[0])
    parts = [rows.assign(file=name) for name, family, rows in files if family == RECORDS]
    records = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*RECORD, "file"], dtype="str")
    reviews = [rows.assign(file=name) for name, family, rows in files if family == REVIEW]
    nobody = pd.DataFrame(columns=list(REVIEWED), dtype="str")
    signed = _latest(pd.concat(reviews, ignore_index=True)) if reviews else nobody
    held, codes, conflicts = merged(records)
    states = encoded(held)
    conditions = _conditions(states)
    states, conditions = _class_values(states, conditions, held, signed)
    states, conditions = _signed(states, conditions, signed)
    held = held.merge(states, on="point_id")
    held["codes"] = held["point_id"].map(codes.groupby("point_id").size()).fillna(0).astype("int64")
    used = _usable(conditions, held, codes)
    own = pd.concat([rows for _, family, rows in files if family == OWN] or [pd.DataFrame(columns=list(TABLE))])
    mine = own.assign(encoded=WHOLE, rest="")[list(TABLE)]
    points = pd.concat([used, mine[mine["condition"] != TEXT]], ignore_index=True)
    points = points.sort_values(["point_id", "item_code", "condition", "other_code"], kind="stable", ignore_index=True)
    disputed = held[held["state"] == CONFLICT].assign(kind="encodings differ", detail=lambda t: t["why"])
    conflicts = pd.concat([conflicts, disputed[list(CONFLICT_COLUMNS)]], ignore_index=True)
    remarks = records[records["kind"].isin(["remark", "problem"])]
    told = remarks[["kind", "rule_class", "batch", "item_name", "text", "logic", "ref", "file"]]
    every = pd.concat([held, _own(own)], ignore_index=True)
    return Built(_texts(points), _texts(every), _texts(codes), _texts(conflicts), _texts(told))


def _texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Every column of text as text, whether built now or read back."""
    other = ("valid_from", "valid_until", "codes")
    return frame.astype({c: "str" for c in frame.columns if c not in other}).reset_index(drop=True)


def _conditions(states: pd.DataFrame) -> pd.DataFrame:
    """One row per point and condition read by the table of encodings."""
    rows = states.loc[states["conditions"].map(len) > 0, ["point_id", "conditions"]].explode("conditions")
    three = pd.DataFrame(rows["conditions"].tolist(), columns=["condition", "value", "unit"], index=rows.index)
    return pd.concat([rows[["point_id"]], three], axis=1).assign(other_code="")


def _latest(reviews: pd.DataFrame) -> pd.DataFrame:
    """The last decision on every point: all rows of its newest day."""
    newest = reviews.groupby("point_id")["date"].transform("max")
    return reviews[reviews["date"] == newest].reindex(columns=list(REVIEWED)).fillna("")


def _class_values(states: pd.DataFrame, conditions: pd.DataFrame, held: pd.DataFrame,
                  signed: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the points of a class that wait for a local value the value a person stated for the class."""
    given = signed[signed["point_id"].str.startswith(CLASS)]
    given = given.assign(rule_class=given["point_id"].str.removeprefix(CLASS)).set_index("rule_class")
    rule = states["point_id"].map(held.set_index("point_id")["rule_class"])
    mine = (states["state"] == VALUE) & rule.isin(given.index)
    states = states.assign(reviewer=rule.map(given["reviewer"]).where(mine, "").fillna(""),
                           state=states["state"].mask(mine & (states["rest"] == ""), WHOLE)
                           .mask(mine & (states["rest"] != ""), PART))
    values = conditions["point_id"].map(held.set_index("point_id")["rule_class"]).map(given["value"])
    filled = conditions["point_id"].isin(states.loc[mine, "point_id"]) & (conditions["value"] == "")
    return states, conditions.assign(value=conditions["value"].mask(filled, values))


def _signed(states: pd.DataFrame, conditions: pd.DataFrame,
            signed: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What a person decided replaces what the table reads."""
    mine = signed[~signed["point_id"].str.startswith(CLASS)]
    kept = conditions[~conditions["point_id"].isin(mine["point_id"])]
    given = mine.loc[mine["condition"] != TEXT, ["point_id", "condition", "value", "unit", "other_code"]]
    first = mine.drop_duplicates("point_id").set_index("point_id")
    decided = states["point_id"].isin(first.index)
    of = {name: states["point_id"].map(first[name]).fillna("").astype("str")
          for name in ("condition", "rest", "reviewer", "date", "note")}
    state = pd.Series(WHOLE, index=states.index).mask(of["rest"] != "", PART).mask(of["condition"] == TEXT, NONE)
    states = states.assign(
        state=states["state"].mask(decided, state), rest=states["rest"].mask(decided, of["rest"]),
        reviewer=states["reviewer"].mask(decided, of["reviewer"]), why=states["why"].mask(decided, of["note"]),
        by=states["by"].mask(decided, "reviewed " + of["date"]))
    conditions = pd.concat([kept, given], ignore_index=True)
    shown = conditions.assign(said=conditions["condition"] + "=" + conditions["value"] + conditions["unit"])
    said = shown.groupby("point_id")["said"].agg(lambda s: ";".join(dict.fromkeys(s)))
    return states.assign(conditions=states["point_id"].map(said).fillna("")), conditions


def _usable(conditions: pd.DataFrame, held: pd.DataFrame, codes: pd.DataFrame) -> pd.DataFrame:
    """Points that may be evaluated, in the columns rules read."""
    live = held[held["state"].isin([WHOLE, PART])]
    columns = ["point_id", "rule_class", "item_name", "other_name", "valid_from", "valid_until", "batch", "layouts",
               "state", "rest"]
    rows = live[columns].assign(paired=live["other_code"]).merge(conditions, on="point_id").merge(codes, on="point_id")
    rows["other_code"] = rows["other_code"].where(rows["condition"] != "pair", rows["paired"])
    rows["source"] = "国家医保局智能监管知识点 " + rows["batch"] + "（" + rows["layouts"] + "）"
    rows = rows.assign(supersedes="", note="", encoded=rows["state"])
    return rows.loc[(rows["condition"] != "pair") | (rows["other_code"] != ""), list(TABLE)]


def _own(own: pd.DataFrame) -> pd.DataFrame:
    """Rows of our own CSV as points held."""
    if own.empty:
        return pd.DataFrame(columns=[*HELD, *STATE])
    text = own["condition"] == TEXT
    out = own.assign(
        dates=[GIVEN if d > date.min else "open" for d in own["valid_from"]], window="", logic="", given="", refs="",
        layouts="own", key=own["point_id"], text=own["value"].where(text, ""), successor="", by="own CSV", reviewer="",
        why="", rest="", state=pd.Series(WHOLE, index=own.index).mask(text, NONE), codes=1,
        conditions=(own["condition"] + "=" + own["value"] + own["unit"]).where(~text, ""))
    return out[[*HELD, *STATE]]

"""Records of all transcriptions → one row per knowledge point, its codes, and where the transcriptions disagree."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta

import pandas as pd

from yb_analytics.knowledge._layouts import GROUPED, PAIRED, plain
from yb_analytics.knowledge._rows import FOLDER, day, rows

ORDER = ("official", "reorganised", "workbook")
"""Transcriptions in the order in which they are believed where they differ; every difference is reported."""

COMPARED = ("text", "given", "window")
HELD = ("point_id", "rule_class", "batch", "item_name", "item_code", "other_name", "other_code", "given", "window",
        "text", "logic", "valid_from", "valid_until", "dates", "successor", "layouts", "refs", "key")
CONFLICT = ("kind", "rule_class", "batch", "item_name", "detail")
BATCH_COLUMNS = ("batch", "published", "rule_classes", "rows_published", "announcement", "status", "source")
READ, UNREAD, GIVEN = "published", "date not read", "given"
"""What stands behind `valid_from`: the batch's day of publication, nothing (valid from open), a date in the file."""


def batches() -> pd.DataFrame:
    """Batches as announced, in order: classes, rows and day of publication (`NaT` where it was not read).

    Examples
    --------
    >>> batches().set_index("batch").loc["batch_02", "rows_published"]
    np.int64(378)
    """
    path = FOLDER / "batches.csv"
    found = rows(path, BATCH_COLUMNS, ("batch", "rule_classes", "rows_published", "status", "source"))
    out = pd.DataFrame([{**row, "published": day(path, line, row["published"], date.min)} for line, row in found])
    return out.astype({"rows_published": "int64"})


def merged(records: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Points held, their codes, and conflicts.

    Parameters
    ----------
    records
        Rows of every file taken, in the columns of `_layouts.RECORD` and `file`.

    Returns
    -------
    tuple of pandas.DataFrame
        Points (:data:`HELD`), codes (`point_id`, `item_code`), conflicts (:data:`CONFLICT`).
    """
    points = records[records["kind"] == "point"]
    codes = records[records["kind"] == "code"]
    if points.empty:
        waiting = _unmatched(codes, pd.DataFrame(columns=["file", "row"], dtype="str"))
        nothing = pd.DataFrame(columns=["point_id", "item_code"], dtype="str")
        wait = waiting[0] if waiting else pd.DataFrame(columns=list(CONFLICT), dtype="str")
        return pd.DataFrame(columns=list(HELD), dtype="str"), nothing, wait
    points = _second_codes(points, codes)
    points = points.assign(name=points["item_name"].map(plain))
    points = points.assign(key=_keys(points), rank=points["layout"].map(ORDER.index))
    points = points.sort_values(["key", "rank", "file", "row"], kind="stable").reset_index(drop=True)
    held, conflicts = _joined(points)
    known = _codes(points, codes, held)
    told = [conflicts, _code_conflicts(known, held), _misfiled(points), _uncoded(points, codes),
            *_unmatched(codes, known)]
    held, late = _dated(held, points)
    pairs = known[["point_id", "item_code"]].drop_duplicates().sort_values(["point_id", "item_code"])
    every = [t for t in (*told, late) if len(t)]
    out = pd.concat(every, ignore_index=True) if every else pd.DataFrame(columns=list(CONFLICT))
    return held, pairs.reset_index(drop=True), out.sort_values(list(CONFLICT)).reset_index(drop=True)


def _second_codes(points: pd.DataFrame, codes: pd.DataFrame) -> pd.DataFrame:
    """The second code of an official pair, which stands in the file of codes only."""
    official = codes[(codes["ref"] != "") & (codes["rule_class"] == PAIRED)][["ref", "item_code"]]
    both = points[["ref", "item_code"]].merge(official, on="ref", suffixes=("", "_b"))
    both = both[both["item_code"] != both["item_code_b"]].drop_duplicates("ref")
    second = points["ref"].map(both.set_index("ref")["item_code_b"]).fillna("")
    return points.assign(other_code=points["other_code"].where(points["other_code"] != "", second))


def _keys(points: pd.DataFrame) -> pd.Series:
    """What makes a point the same in two transcriptions: class, batch, and code of a service or name of a drug."""
    service = points["item_code"].str.match(r"\d")
    thing = points["item_code"].where(service, points["name"])
    thing = thing.where(points["rule_class"] != GROUPED, thing + "|" + points["given"].map(plain))
    other = points["other_code"].where(points["other_code"] != "", points["other_name"].map(plain))
    thing = thing.where(points["rule_class"] != PAIRED, thing + "×" + other)
    return points["rule_class"] + "|" + points["batch"] + "|" + thing


def _joined(points: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row per key: the first transcription that says something; where another says otherwise, a conflict."""
    columns = ["rule_class", "batch", "item_name", "item_code", "other_name", "other_code", *COMPARED, "logic"]
    first = points[["key", *columns]].replace("", None).groupby("key", sort=True).first().fillna("")
    listed = points.groupby("key")["layout"].agg(lambda s: "、".join(dict.fromkeys(s)))
    refs = points[points["ref"] != ""].groupby("key")["ref"].agg(lambda s: ";".join(dict.fromkeys(s)))
    held = first.assign(layouts=listed, refs=refs).fillna({"refs": ""}).reset_index()
    held["point_id"] = ["ZS" + hashlib.sha256(k.encode()).hexdigest()[:14] for k in held["key"]]
    return held, pd.concat([_differing(points, column) for column in COMPARED], ignore_index=True)


def _differing(points: pd.DataFrame, column: str) -> pd.DataFrame:
    said = points[points[column] != ""].assign(plain=lambda t: t[column].map(plain).str.rstrip("。"))
    many = said.groupby("key")["plain"].nunique()
    said = said[said["key"].isin(many[many > 1].index)].drop_duplicates(["key", "plain"])
    told = said.assign(detail=said["layout"] + "：" + said[column])
    out = told.groupby("key").agg(rule_class=("rule_class", "first"), batch=("batch", "first"),
                                  item_name=("item_name", "first"), detail=("detail", " ≠ ".join)).reset_index()
    return out.assign(kind=f"{column} differs")[list(CONFLICT)]


def _codes(points: pd.DataFrame, codes: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """Codes of every point with the transcription that says so (`point_id`, `item_code`, `layout`)."""
    ids = held.set_index("key")["point_id"]
    points = points.assign(point_id=points["key"].map(ids))
    own = points[points["item_code"] != ""][["point_id", "item_code", "layout"]]
    by_ref = codes[codes["ref"] != ""].merge(points.loc[points["ref"] != "", ["ref", "point_id", "other_code"]],
                                             on="ref", suffixes=("", "_p"))
    by_ref = by_ref[by_ref["item_code"] != by_ref["other_code_p"]]
    named = codes[codes["ref"] == ""]
    named = named.assign(name=named["item_name"].map(plain), rule_class=named["rule_class"].str.split("|"))
    named = named.explode("rule_class").drop(columns="item_name")
    who = points[["rule_class", "batch", "name", "point_id"]].drop_duplicates()
    named = named.merge(who, on=["rule_class", "batch", "name"])
    columns = ["point_id", "item_code", "layout", "file", "row"]
    parts = [own.assign(file="", row=""), by_ref[columns], named[columns]]
    return pd.concat(parts, ignore_index=True)


def _code_conflicts(known: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """Points whose code lists differ between transcriptions that list codes (the union is used)."""
    listed = known[known["file"] != ""][["point_id", "item_code", "layout"]].drop_duplicates()
    if listed.empty:
        return pd.DataFrame(columns=list(CONFLICT))
    by = listed.groupby("point_id")["layout"].nunique()
    counted = listed.groupby(["point_id", "item_code"])["layout"].nunique().reset_index()
    short = counted[counted["layout"] < counted["point_id"].map(by)].groupby("point_id")["item_code"].agg(";".join)
    out = held.set_index("point_id").join(short.rename("detail"), how="inner")
    return out.assign(kind="codes differ", detail="not in every transcription: " + out["detail"])[list(CONFLICT)]


def _misfiled(points: pd.DataFrame) -> pd.DataFrame:
    """Published attachments whose file name names another class than the rows they are said to hold."""
    named = points["attachment"].str.extract(r"“([^”]+)”", expand=False)
    other = points[named.notna() & (named != points["rule_class"])]
    out = other.groupby(["rule_class", "batch", "attachment"]).size().rename("n").reset_index()
    return out.assign(kind="attachment names another class", item_name="",
                      detail=out["attachment"] + "：" + out["n"].astype("str") + "行")[list(CONFLICT)]


def _uncoded(points: pd.DataFrame, codes: pd.DataFrame) -> pd.DataFrame:
    """Official points whose file of codes is not held: only their first code is known."""
    lost = points[(points["ref"] != "") & ~points["ref"].isin(codes["ref"])]
    out = lost.groupby(["rule_class", "batch"]).size().rename("n").reset_index()
    return out.assign(kind="codes not imported", item_name="",
                      detail=out["n"].astype("str") + " points with their first code only")[list(CONFLICT)]


def _unmatched(codes: pd.DataFrame, known: pd.DataFrame) -> list[pd.DataFrame]:
    """Codes whose points are not held: kept, waiting for them."""
    used = known[["file", "row"]].drop_duplicates().assign(used=True)
    lost = codes.merge(used, on=["file", "row"], how="left")
    lost = lost[lost["used"].isna() & (lost["rule_class"] != PAIRED)]
    if lost.empty:
        return []
    out = lost.groupby(["rule_class", "batch", "item_name"]).size().rename("detail").reset_index()
    return [out.assign(kind="codes without a point", detail=out["detail"].astype(str) + " codes")[list(CONFLICT)]]


def _dated(held: pd.DataFrame, points: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Validity: from the publication of the batch to the day before a later batch of the same point."""
    facts = batches()
    order = {b: n for n, b in enumerate(facts["batch"])}
    days = dict(zip(facts["batch"], facts["published"], strict=True))
    said = points[points["published"] != ""].groupby("key")["published"].first().map(date.fromisoformat)
    given = held["key"].map(said)
    begin = [g if isinstance(g, date) else days.get(b, date.min) for g, b in zip(given, held["batch"], strict=True)]
    held = held.assign(valid_from=begin, valid_until=date.max, successor="")
    held["dates"] = [READ if d > date.min else UNREAD for d in begin]
    held = _replaced(held, points, order)
    flagged = set(points.loc[points["superseded"].str.lower() == "true", "key"])
    return _flagged(held, flagged, facts, order)


def _replaced(held: pd.DataFrame, points: pd.DataFrame, order: Mapping[str, int]) -> pd.DataFrame:
    """End points that a held point of a later batch replaces: the same class and item, or named in `supersedes`."""
    same = held["key"].str.split("|", n=2).str[0] + "|" + held["key"].str.split("|", n=2).str[2]
    at = held["batch"].map(order).fillna(len(order))
    line = held.assign(same=same, at=at).sort_values(["same", "at", "valid_from"], kind="stable")
    later = line.groupby("same")[["point_id", "valid_from", "batch"]].shift(-1)
    follows = later["point_id"].notna() & (later["batch"] != line["batch"])
    ends = {p: (q, d) for p, q, d in zip(line.loc[follows, "point_id"], later.loc[follows, "point_id"],
                                         later.loc[follows, "valid_from"], strict=True)}
    ref = points[points["ref"] != ""].merge(held[["key", "point_id"]], on="key").set_index("ref")["point_id"].to_dict()
    new = held.set_index("point_id")["valid_from"]
    by_key = held.set_index("key")["point_id"]
    for key, olds in points.loc[points["supersedes"] != "", ["key", "supersedes"]].itertuples(index=False):
        for old in olds.split(";"):
            if old in ref:
                ends[ref[old]] = (by_key[key], new[by_key[key]])
    until = [min(u, _before(ends[p][1])) if p in ends else u
             for p, u in zip(held["point_id"], held["valid_until"], strict=True)]
    return held.assign(valid_until=until, successor=[ends.get(p, ("",))[0] for p in held["point_id"]])


def _before(first: date) -> date:
    return first - timedelta(days=1) if first > date.min else date.min


def _flagged(held: pd.DataFrame, flagged: set[str], facts: pd.DataFrame,
             order: Mapping[str, int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """End points that a file says are superseded though their successor is not held: by the next batch of the class."""
    open_ = held["key"].isin(flagged) & (held["successor"] == "")
    until, successor, lost = held["valid_until"].tolist(), held["successor"].tolist(), []
    for n in held.index[open_]:
        rule, batch = str(held.at[n, "rule_class"]), str(held.at[n, "batch"])
        later = facts[[rule in c.split(";") and order[b] > order.get(batch, -1)
                       for c, b in zip(facts["rule_classes"], facts["batch"], strict=True)]]
        dated = later[later["published"] > date.min]
        until[n] = min(until[n], _before(dated["published"].iloc[0])) if len(dated) else date.min
        successor[n] = f"{dated['batch'].iloc[0] if len(dated) else 'a later batch'} (not held)"
        if not len(dated):
            lost.append(n)
    missing = held.loc[lost].assign(kind="superseded, by no batch known",
                                    detail="said to be superseded; never used until a date is given")
    return held.assign(valid_until=until, successor=successor)[list(HELD)], missing[list(CONFLICT)]

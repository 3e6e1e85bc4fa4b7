"""Importing knowledge points and reviews: all files or none, the same file twice is nothing, differences are told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from yb_analytics.knowledge import _store
from yb_analytics.knowledge._building import CLASS, Built
from yb_analytics.knowledge._encoding import encodings
from yb_analytics.knowledge._points import COLUMNS, NUMBERS, check_condition
from yb_analytics.knowledge._registers import national_rules
from yb_analytics.knowledge._taking import OWN, REVIEW, REVIEW_COLUMNS, Taken, files_of, take
from yb_analytics.schema import Refusal

KINDS = ("point", "code", "remark", "left out", "problem", "class")


@dataclass(frozen=True)
class Imported:
    """What an import did: a sentence, one row per file, and where transcriptions disagree."""

    text: str
    table: pd.DataFrame
    conflicts: pd.DataFrame


def import_points(source: Path | str, into: Path | str, on: date | str = "", batch: str = "") -> Imported:
    """Take published or own knowledge points into the city's store.

    Parameters
    ----------
    source
        A CSV file, a workbook, or a folder of them (with its subfolders).
    into
        The store; made if it does not exist. `<warehouse>.knowledge` is found by every screening of the warehouse.
    on
        Day of the import, written in the list of imports only; no answer depends on it.
    batch
        Batch of workbooks whose file name does not say it.

    Returns
    -------
    Imported
        Every row of every file is a point, a code, a remark, a problem, a rule class or left out, and counted.

    Raises
    ------
    Refusal
        For an unknown layout, a bad row, or a review (see `import_reviews`); then nothing is stored.
    """
    store = Path(into)
    files = [take(path, batch) for path in files_of(Path(source))]
    reviews = [f.name for f in files if f.family == REVIEW]
    if reviews:
        raise Refusal(f"{reviews[0]}: reviewed encodings, not points", "use yb knowledge encode FILE", "usage")
    return _publish(store, files, _day(on))


def _day(on: date | str) -> str:
    try:
        return on.isoformat() if isinstance(on, date) else date.fromisoformat(on).isoformat() if on else ""
    except ValueError:
        raise Refusal(f"not a date: {on!r}", "write 2026-11-24", "usage") from None


def _publish(store: Path, files: Iterable[Taken], on: str) -> Imported:
    with _store.locked(store):
        known = {f["sha256"] for f in _store.current(store)["files"]}
        listed = list({f.sha256: f for f in files}.values())
        new = [f for f in listed if f.sha256 not in known]
        _once(store, new)
        made = _store.publish(store, new, on) if new else _store.built(store)
    table = pd.DataFrame([_counts(f, f in new) for f in listed])
    return Imported(_told(made, table, len(new)), table, made.conflicts)


def _once(store: Path, new: Iterable[Taken]) -> None:
    """A point id of our own CSV stands in one file only."""
    held = {f["name"]: set(_store.taken(store, f)["point_id"]) for f in _store.current(store)["files"]
            if f["family"] == OWN}
    for one in (f for f in new if f.family == OWN):
        for name, ids in held.items():
            twice = sorted(ids & set(one.rows["point_id"]))
            if twice:
                raise Refusal(f"{one.name}: point {twice[0]} was imported with {name}",
                              "give it another point_id, and name the old one in supersedes", "schema")
        held[one.name] = set(one.rows["point_id"])


def _counts(file: Taken, new: bool) -> dict:
    counts = {kind: file.count(kind) for kind in KINDS}
    counts["point"] += len(file.rows) if file.family == OWN else 0
    told = _catalogue_differences(file) if counts["class"] else ""
    return {"file": file.name, "layout": file.layout, "rows": len(file.rows), **counts,
            "state": "imported" if new else "already imported", "text": told}


def _catalogue_differences(file: Taken) -> str:
    """A catalogue of rule classes is compared with the packaged one, which rules are written against."""
    mine, theirs = set(national_rules()["name"]), set(file.rows["rule_class"])
    differ = sorted(theirs ^ mine)
    return f"与内置目录不同：{'、'.join(differ)}" if differ else "与内置目录一致"


def _told(made: Built, table: pd.DataFrame, new: int) -> str:
    usable = made.points["point_id"].nunique()
    rows = int(table["rows"].sum())
    kinds = int(table[list(KINDS)].sum().sum())
    return (f"导入{new}个文件（{len(table) - new}个此前已导入）：{rows}行＝知识点{int(table['point'].sum())}＋编码"
            f"{int(table['code'].sum())}＋说明{int(table['remark'].sum())}＋问题清单{int(table['problem'].sum())}＋目录"
            f"{int(table['class'].sum())}＋无条目{int(table['left out'].sum())}"
            f"{'' if rows == kinds else '（行数不符）'}；库中知识点{len(made.held)}个，可用{usable}个，"
            f"转录差异{len(made.conflicts)}处")


def import_reviews(source: Path | str, store: Path | str, on: date | str = "") -> Imported:
    """Take encodings that a person reviewed; they replace what the packaged table reads of these points.

    Parameters
    ----------
    source
        CSV or workbook with `point_id`, `condition`, `value`, `reviewer`, `date` and any other column of the export
        of `unencoded`. Rows without a condition are skipped. Several rows of one point are several conditions.
        `class:<rule class>` as point gives the value all points of the class wait for (a discount, say).

    Raises
    ------
    Refusal
        For an unknown point, named; a condition outside the vocabulary; a row without reviewer or date; a point
        decided twice on one day in two files. Then nothing is stored.
    """
    place = _store.home(store)
    assert place is not None
    file = take(Path(source))
    if file.family != REVIEW:
        raise Refusal(f"{file.name}: knowledge points, not reviewed encodings", "use yb knowledge import FILE", "usage")
    rows = file.rows.reindex(columns=list(REVIEW_COLUMNS)).fillna("").map(str.strip)
    rows = rows[rows["condition"] != ""].reset_index(drop=True)
    _reviewed(Path(source), rows, _store.built(place))
    _undecided(place, file, rows)
    signed = Taken(file.name, file.sha256, file.layout, REVIEW, rows)
    return _publish(place, [signed], _day(on))


def _reviewed(path: Path, rows: pd.DataFrame, made: Built) -> None:
    """Refuse a review that does not say of which point, by whom, when, or in known words."""
    published = made.held[made.held["layouts"] != "own"]
    known = set(published["point_id"]) | {CLASS + c for c in published["rule_class"]}
    if rows.empty:
        raise Refusal(f"{path.name}: no row has a condition", "fill condition, value, reviewer and date", "input")
    twice = rows[rows.duplicated(["point_id", "condition", "unit", "other_code"])]
    if len(twice):
        raise Refusal(f"{path.name}: {twice['point_id'].iloc[0]} stands twice", "keep one of the rows", "schema")
    for line, (_, row) in enumerate(rows.iterrows(), 1):
        if row["point_id"] not in known:
            raise Refusal(f"{path.name} condition {line}: unknown point {row['point_id']}",
                          "use the point_id of yb knowledge encode --export", "schema")
        if not row["reviewer"]:
            raise Refusal(f"{path.name}: {row['point_id']} has no reviewer", "name who reviewed it", "schema")
        if _day(row["date"]) != row["date"] or not row["date"]:
            raise Refusal(f"{path.name}: {row['point_id']}: not a date: {row['date']!r}", "write 2026-11-24", "schema")
        _worded(path, line, {str(k): str(v) for k, v in row.items()})


def _worded(path: Path, line: int, row: dict[str, str]) -> None:
    """The condition is one of the vocabulary; a class is given only the value its points wait for."""
    if row["point_id"].startswith(CLASS):
        rule = row["point_id"].removeprefix(CLASS)
        waits = [e["condition"] for e in encodings().get(rule, ()) if e["condition"] in NUMBERS and not e["value"]]
        if row["condition"] not in waits:
            raise Refusal(f"{path.name}: no point of {rule} waits for {row['condition']}",
                          f"{rule} waits for {', '.join(waits) or 'nothing'}", "schema")
        row = {**row, "unit": "class"}
    paired = {"other_code": row["other_code"] or "pair"} if row["condition"] == "pair" else {}
    check_condition(path, line, {**dict.fromkeys(COLUMNS, ""), **row, **paired})


def _undecided(place: Path, file: Taken, rows: pd.DataFrame) -> None:
    for old in _store.current(place)["files"]:
        if old["family"] == REVIEW and old["sha256"] != file.sha256:
            before = _store.taken(place, old)
            twice = rows.merge(before, on=["point_id", "date"])
            if len(twice):
                raise Refusal(f"{file.name}: {twice['point_id'][0]} was decided on {twice['date'][0]} in {old['name']}",
                              "date the later decision later", "schema")


def unencoded(store: Path | str, rule_class: str = "") -> pd.DataFrame:
    """Points nobody has encoded, or that are encoded in part, in dispute or wait for a value: a sheet to fill.

    Returns
    -------
    pandas.DataFrame
        Columns of a review (`import_reviews` reads it back); `condition` and `unit` are filled where only the value
        is missing, otherwise they are empty.
    """
    place = _store.home(store)
    assert place is not None
    held = _store.built(place).held
    held = held[held["state"] != "encoded"]
    if rule_class:
        held = held[held["rule_class"] == rule_class]
    waiting = held["state"] == "needs a local value"
    said = held["conditions"].str.extract(r"^(?P<condition>\w+)=(?P<unit>.*)$").fillna("")
    out = held.assign(condition=said["condition"].where(waiting, ""), unit=said["unit"].where(waiting, ""))
    order = out.sort_values(["state", "rule_class", "point_id"], kind="stable")
    return order.reindex(columns=list(REVIEW_COLUMNS)).fillna("").reset_index(drop=True)

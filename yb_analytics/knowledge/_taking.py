"""Reading the files a city imports: the layout is known by its columns; anything else is refused by name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from yb_analytics.knowledge._layouts import LAYOUTS, Layout, batch_of
from yb_analytics.knowledge._points import COLUMNS, read_points
from yb_analytics.knowledge._registers import national_rules
from yb_analytics.knowledge._workbooks import SHEETS, sheets
from yb_analytics.schema import Refusal

OWN, REVIEW, RECORDS = "own", "review", "records"
"""Families of files: our own CSV, encodings reviewed by a person, and all published layouts."""

REVIEW_COLUMNS = ("point_id", "rule_class", "batch", "item_name", "other_name", "text", "given", "logic", "state",
                  "rest", "condition", "value", "unit", "other_code", "reviewer", "date", "note")
_SIGNED = {"point_id", "condition", "value", "reviewer", "date"}


@dataclass(frozen=True)
class Taken:
    """One file as read: its name, SHA-256, layout, family and rows."""

    name: str
    sha256: str
    layout: str
    family: str
    rows: pd.DataFrame

    def count(self, kind: str) -> int:
        """Rows of a kind (`point`, `code`, `remark`, `left out`, `problem`, `class`)."""
        return int((self.rows["kind"] == kind).sum()) if self.family == RECORDS else 0


def files_of(source: Path) -> list[Path]:
    """The CSV files and workbooks of a folder, or the one file."""
    if not source.exists():
        raise Refusal(f"no such file or folder: {source}", "check the path", "input")
    if source.is_file():
        return [source]
    found = sorted(p for p in source.rglob("*") if p.suffix.lower() in (".csv", ".xlsx") and p.name[0] not in ".~")
    if not found:
        raise Refusal(f"{source}: neither CSV nor XLSX in it", "name a folder of knowledge points", "input")
    return found


def take(path: Path, batch: str = "") -> Taken:
    """Read one file; nothing is stored.

    Raises
    ------
    Refusal
        An unknown layout (naming what was found and what is known), a workbook whose batch nobody says, or a fault in
        a row, naming file and line.
    """
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    if path.suffix.lower() == ".xlsx":
        layout, family, rows = _workbook(path, batch)
    elif path.suffix.lower() == ".csv":
        layout, family, rows = _table(path, batch)
    else:
        raise Refusal(f"{path.name}: neither CSV nor XLSX", "save it as one of them", "input")
    if family == RECORDS:
        _classes(path, rows)
    return Taken(path.name, sha256, layout, family, rows)


def _table(path: Path, batch: str) -> tuple[str, str, pd.DataFrame]:
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal(f"{path.name}: not UTF-8", "save the table as UTF-8", "input") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as problem:
        raise Refusal(f"{path.name}: not a CSV table: {str(problem).strip()}", "correct the file", "input") from None
    if set(frame.columns) == set(COLUMNS):
        return "our own CSV", OWN, read_points([path])
    if _SIGNED <= set(frame.columns) <= set(REVIEW_COLUMNS):
        return "reviewed encodings", REVIEW, frame
    layout = _layout_of(path.name, frame.columns, LAYOUTS)
    return layout.title, RECORDS, _normal(layout.read(frame.apply(lambda c: c.str.strip()), path.name, batch))


def _workbook(path: Path, batch: str) -> tuple[str, str, pd.DataFrame]:
    found = sheets(path)
    if not found:
        raise Refusal(f"{path.name}: no sheet holds a table", "check the workbook", "input")
    if len(found) == 1 and _SIGNED <= set(found[0][1].columns) <= set(REVIEW_COLUMNS):
        return "reviewed encodings", REVIEW, found[0][1]
    known = [(title, frame, _layout_of(f"{path.name} [{title}]", frame.columns, SHEETS)) for title, frame in found]
    said = batch or batch_of(path.name)
    if not said:
        raise Refusal(f"{path.name}: neither its name nor --batch says which batch it is",
                      "say --batch batch_01 or updates_2026-01", "input")
    parts = []
    for title, frame, layout in known:
        rows = layout.read(frame, f"{path.name} {title}", said)
        parts.append(rows.assign(row=title + "!" + rows["row"]))
    titles = "、".join(dict.fromkeys(layout.title for _, _, layout in known))
    return f"工作簿 · workbook ({titles})", RECORDS, _normal(pd.concat(parts))


def _normal(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.astype("str").reset_index(drop=True)


def _layout_of(name: str, columns: Iterable[str], known: Iterable[Layout]) -> Layout:
    found = set(columns)
    for layout in known:
        if layout.columns == found:
            return layout
    near = max(known, key=lambda one: len(one.columns & found))
    titles = "; ".join(sorted({one.title for one in known} | {"our own CSV"}))
    raise Refusal(f"{name}: unknown layout with the columns {', '.join(map(str, columns))}",
                  f"known layouts: {titles}; the nearest has {', '.join(sorted(near.columns))}", "schema")


def _classes(path: Path, rows: pd.DataFrame) -> None:
    """Every rule class named must be a national one."""
    national = set(national_rules()["name"])
    kinds = rows[rows["kind"].isin(["point", "code", "class"])]
    named = {c for cell in set(kinds["rule_class"]) for c in cell.split("|")}
    strange = sorted(named - national)
    if strange:
        raise Refusal(f"{path.name}: no national rule class {'、'.join(strange[:5]) or '(empty)'}",
                      "the national classes stand in knowledge/national_rules.csv", "schema")

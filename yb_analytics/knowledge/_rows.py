"""Strict reading of the knowledge tables: every refusal names the file and the line."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

from yb_analytics.schema import Refusal

FOLDER = Path(__file__).parent
"""Where the knowledge tables lie."""

STATUS = ("read in source", "read in secondary source", "unverified", "proposal")
"""The words a fact may carry about itself."""

Row = dict[str, str]


def place(path: Path, line: int = 0) -> str:
    """File (and line) as a refusal names it."""
    name = f"{path.parent.name}/{path.name}"
    return f"{name} line {line}" if line else name


def refuse(path: Path, line: int, cause: str, remedy: str = "correct the row") -> Refusal:
    """A refusal that names file and line."""
    return Refusal(f"{place(path, line)}: {cause}", remedy, "schema")


def rows(path: Path, columns: tuple[str, ...], required: tuple[str, ...]) -> list[tuple[int, Row]]:
    """Rows of a CSV with their line numbers; exactly `columns`, none of `required` empty."""
    if not path.exists():
        raise Refusal(f"no such file: {place(path)}", "write the table or check its name", "input")
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            reader = csv.DictReader(source)
            _header(path, tuple(reader.fieldnames or ()), columns)
            return [(reader.line_num, _checked(path, reader.line_num, row, required)) for row in reader]
    except UnicodeDecodeError:
        raise Refusal(f"{place(path)}: not UTF-8", "save the table as UTF-8", "input") from None


def _header(path: Path, found: tuple[str, ...], columns: tuple[str, ...]) -> None:
    unknown = [c for c in found if c not in columns]
    missing = [c for c in columns if c not in found]
    if unknown or missing:
        told = [f"unknown column {c}" for c in unknown] + [f"missing column {c}" for c in missing]
        raise refuse(path, 1, ", ".join(told), f"the columns are {','.join(columns)}")


def _checked(path: Path, line: int, row: dict, required: tuple[str, ...]) -> Row:
    if None in row or None in row.values():
        raise refuse(path, line, "the number of cells differs from the header", "quote cells that hold a comma")
    clean = {k: v.strip() for k, v in row.items()}
    for name in required:
        if not clean[name]:
            raise refuse(path, line, f"{name} is empty")
    if "status" in clean and clean["status"] not in STATUS:
        raise refuse(path, line, f"unknown status {clean['status']!r}", f"use one of: {', '.join(STATUS)}")
    return clean


def day(path: Path, line: int, text: str, otherwise: date) -> date:
    """An ISO date; empty means open (`otherwise`)."""
    if not text:
        return otherwise
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise refuse(path, line, f"not a date: {text!r}", "write 2025-12-31") from None


def span(path: Path, line: int, row: Row) -> tuple[date, date]:
    """First and last day a row is valid, both included."""
    first = day(path, line, row["valid_from"], date.min)
    last = day(path, line, row["valid_until"], date.max)
    if last < first:
        raise refuse(path, line, f"valid until {last} before valid from {first}")
    return first, last


def no_overlap(path: Path, spans: Iterable[tuple[object, int, date, date]],
               name: Callable[[object], str] = str) -> None:
    """Refuse two rows of one key whose validity overlaps."""
    last: dict[object, tuple[int, date]] = {}
    for key, line, first, until in sorted(spans, key=lambda s: (str(s[0]), s[2], s[1])):
        if key in last and first <= last[key][1]:
            raise refuse(path, line, f"validity of {name(key)} overlaps line {last[key][0]}",
                         "end the earlier row the day before the later one begins")
        last[key] = (line, until)

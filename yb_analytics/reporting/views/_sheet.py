"""A sheet: a table with the kind and unit of each column, shown as text and exported as numbers."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

from yb_analytics.schema.text import MISSING, number, rounded, share, show

RISKY = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a spreadsheet read a text as a formula."""

_MONEY_STEPS = {"zh": ((1e8, "亿元"), (1e4, "万元"), (1.0, "元")), "en": ((1e6, "million yuan"), (1.0, "yuan"))}
_NUMBERS = frozenset({"yuan", "share", "points", "number", "count", "value"})


@dataclass(frozen=True)
class Col:
    """One column: key in the rows, label `中文 · English`, kind.

    Kinds: `text`, `short` (a word that is not broken), `name` and `long` (wider columns), `yuan` (one unit for
    the whole table), `share`, `points` (two decimals), `number`, `count`, `value` (in the unit named by the
    row's `unit`), `light` (a shape and a word).
    """

    key: str
    label: str
    kind: str = "text"
    foreign: bool = False

    def name(self, lang: str) -> str:
        """The label in a language."""
        zh, _, en = self.label.partition(" · ")
        return zh if lang == "zh" or not en else en

    @property
    def numeric(self) -> bool:
        """Whether the cells are numbers."""
        return self.kind in _NUMBERS


@dataclass(frozen=True)
class Sheet:
    """Rows ready to show and to export.

    `rows` are dictionaries; `_link` holds the address a row's first cell opens, `_hint` its definition,
    `_mark` the light of the row. `exact` shows money in yuan to the fen.
    """

    name: str
    title: str
    cols: Sequence[Col]
    rows: list[dict[str, Any]] = field(default_factory=list)
    lang: str = "zh"
    exact: bool = False

    @cached_property
    def money_unit(self) -> tuple[float, str]:
        """The one unit of all money in the table."""
        sizes = [abs(float(row[c.key] or 0)) for c in self.cols if c.kind == "yuan" for row in self.rows
                 if not missing(row.get(c.key))]
        steps = _MONEY_STEPS[self.lang]
        largest = 0.0 if self.exact else max(sizes, default=0.0)
        return next(((step, unit) for step, unit in steps if largest >= step), steps[-1])

    @cached_property
    def head(self) -> list[tuple[Col, str]]:
        """Columns with their headings, units of money included."""
        unit = self.money_unit[1]
        return [(c, bracket(c.name(self.lang), unit, self.lang) if c.kind == "yuan" else c.name(self.lang))
                for c in self.cols]

    def cells(self, row: dict[str, Any]) -> list[tuple[Col, str]]:
        """The cells of a row as text."""
        return [(c, self._text(c, row)) for c in self.cols]

    def _text(self, col: Col, row: dict[str, Any]) -> str:
        value = row.get(col.key)
        if missing(value):
            return MISSING
        if col.kind == "yuan":
            return rounded(float(value or 0) / self.money_unit[0], 2)
        if col.kind == "share":
            return share(value)
        if col.kind == "points":
            return rounded(float(value or 0), 2)
        if col.kind in ("number", "count"):
            return number(value)
        return show(value, str(row.get("unit", "")), self.lang) if col.kind == "value" else str(value)

    def plain(self) -> tuple[list[str], list[list[Any]]]:
        """Headings and cells for export: numbers unrounded, money in yuan, shares as fractions."""
        yuan = "元" if self.lang == "zh" else "yuan"
        heads = [bracket(c.name(self.lang), yuan, self.lang) if c.kind == "yuan" else c.name(self.lang)
                 for c in self.cols]
        return heads, [[_plain(c, row.get(c.key)) for c in self.cols] for row in self.rows]


def records(frame: Any) -> list[dict[str, Any]]:
    """The rows of a frame as dictionaries."""
    return cast(list[dict[str, Any]], frame.to_dict("records"))


def missing(value: Any) -> bool:
    """Whether there is no value."""
    return value is None or value != value or (isinstance(value, float) and not math.isfinite(value))


def bracket(label: str, unit: str, lang: str) -> str:
    """A label with its unit."""
    return f"{label}（{unit}）" if lang == "zh" else f"{label} ({unit})"


def _plain(col: Col, value: Any) -> Any:
    if missing(value):
        return None
    if col.numeric:
        return int(value) if col.kind == "count" else float(value)
    return str(value)


def safe(value: Any) -> Any:
    """A cell no spreadsheet reads as a formula.

    Examples
    --------
    >>> safe("=1+1"), safe(-3.5), safe("嘉善县")
    ("'=1+1", -3.5, '嘉善县')
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(RISKY) else value


def csv_bytes(sheet: Sheet, notes: Sequence[str] = ()) -> bytes:
    """A sheet as CSV with a byte-order mark, notes below."""
    out = io.StringIO()
    writer = csv.writer(out)
    heads, rows = sheet.plain()
    writer.writerow([safe(h) for h in heads])
    writer.writerows([["" if v is None else safe(v) for v in row] for row in rows])
    writer.writerows([[safe(note)] for note in ("", *notes)] if notes else [])
    return out.getvalue().encode("utf-8-sig")


def xlsx_bytes(sheet: Sheet, notes: Sequence[str] = ()) -> bytes:
    """A sheet as a workbook; text stays text, notes stand on a sheet of their own."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False,
                                   "strings_to_urls": False, "nan_inf_to_errors": True}) as book:
        page = book.add_worksheet("数据" if sheet.lang == "zh" else "Data")
        bold = book.add_format({"bold": True})
        formats = {"yuan": book.add_format({"num_format": "#,##0.00"}), "share": book.add_format(
            {"num_format": "0.00%"}), "points": book.add_format({"num_format": "0.00"})}
        heads, rows = sheet.plain()
        for at, head in enumerate(heads):
            page.write_string(0, at, head, bold)
        for line, row in enumerate(rows, 1):
            for at, value in enumerate(row):
                _write(page, line, at, value, formats.get(sheet.cols[at].kind))
        page.freeze_panes(1, 0)
        page.autofit()
        side = book.add_worksheet("说明" if sheet.lang == "zh" else "Notes")
        for line, note in enumerate((sheet.title, *notes)):
            side.write_string(line, 0, note)
    return out.getvalue()


def _write(page: Any, line: int, at: int, value: Any, fmt: Any) -> None:
    if value is None:
        page.write_blank(line, at, None)
    elif isinstance(value, str):
        page.write_string(line, at, value)
    else:
        page.write_number(line, at, value, fmt)

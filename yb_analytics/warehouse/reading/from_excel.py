"""Excel workbooks, sheet by sheet, row by row: what a cell shows becomes a text.

- Numbers are floating in Excel and true to 15 digits: they are written with 15, and columns with longer ones
  are told, because identifiers among them have lost their last digits.
- Cells formatted as dates become ISO dates; times keep their seconds.
- Error cells (`#N/A`) and formulas put their row aside: the one is no value, and of the other the value was
  worked out by another programme, if at all. `="330…"`, a way to keep digits, is that text.
"""

from __future__ import annotations

import datetime as dt
import re
import warnings
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
from openpyxl.reader.excel import ExcelReader

from yb_analytics.schema import Refusal
from yb_analytics.warehouse.reading.batches import Raw, Sink, damaged, headed, raw_file
from yb_analytics.warehouse.reading.encodings import Tick

_ROWS = 20_000
_SAFE = 10**15
_CELL = re.compile(rb"<(?:\w+:)?c[\s>]")
_BEGINNING = 1 << 20
_OLD = bytes.fromhex("d0cf11e0a1b11ae1")  # how files of Excel up to 2003 begin, and those with a password
_QUOTED = re.compile(r'="([^"]*)"')


class _Unreadable(Exception):  # noqa: N818  (it is no error: the row is put aside)
    """A cell that holds no value."""


def _reader(path: Path) -> ExcelReader:
    return ExcelReader(path, read_only=True, keep_vba=False, data_only=False, keep_links=False)


def sheets(path: Path, name: str) -> list[str]:
    """Names of the worksheets of a workbook that hold anything, in order."""
    _refuse_old(path, name)
    try:
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader = _reader(file)  # type: ignore[arg-type]
            reader.read_manifest()
            reader.read_workbook()
            return [s.name for s, rel in reader.parser.find_sheets()
                    if _CELL.search(reader.archive.open(rel.target).read(_BEGINNING))]
    except Exception as error:  # openpyxl has no error of its own: a broken archive or XML may raise anything
        raise _broken(name, error) from None


def _refuse_old(path: Path, name: str) -> None:
    """Refuse what Excel itself would open, but is no `.xlsx`: an old workbook under a new name, or one locked."""
    with path.open("rb") as file:
        if file.read(len(_OLD)) == _OLD:
            raise Refusal(
                f"{name} 是旧式 Excel（.xls）或带打开密码的工作簿 · "
                f"{name} is an old Excel workbook (.xls) or protected by a password",
                "去掉密码，另存为 .xlsx 或 CSV（UTF-8）再交付 · "
                "save it without password as .xlsx or CSV, then deliver that", "schema")


def _broken(name: str, error: Exception) -> Refusal:
    return error if isinstance(error, Refusal) else damaged(name, "Excel", error)


def _number(value: float) -> str:
    return format(Decimal(f"{value:.15g}"), "f")


def _text(cell) -> str | None:
    """What a cell holds, as text; refuses cells that hold none."""
    value = cell.value
    if value is None:
        return None
    if cell.data_type == "e":
        raise _Unreadable(f"cell error {value}")
    if cell.data_type == "f":
        quoted = _QUOTED.fullmatch(str(value))
        if not quoted:
            raise _Unreadable("formula where a value should be")
        return quoted[1] or None
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="seconds" if not value.microsecond else "microseconds")
    return str(value) or None


def _rows(sheet) -> Iterator[tuple[int, tuple]]:
    """Line number and cells of every row that is not empty."""
    sheet.reset_dimensions()  # what the file says of its size may be wrong: rows beyond it would be lost
    for number, row in enumerate(sheet.iter_rows(), 1):
        if any(c.value not in (None, "") for c in row):
            yield number, row


class _Table:
    """Rows of one sheet on their way to Parquet."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.columns: list[list[str | None]] = [[] for _ in names]
        self.numbers: list[int] = []
        self.malformed: list[tuple[int, str]] = []
        self.long: set[str] = set()

    def add(self, number: int, cells: tuple) -> None:
        """One row."""
        beyond = [c for c in cells[len(self.names):] if c.value not in (None, "")]
        try:
            texts = [_text(c) for c in cells[:len(self.names)]]
        except _Unreadable as reason:
            self.malformed.append((number, str(reason)))
            return
        if beyond:
            self.malformed.append((number, f"a value beyond the {len(self.names)} columns of the header"))
            return
        texts += [None] * (len(self.names) - len(texts))
        for name, cell, text, column in zip(self.names, (*cells, *[None] * len(texts)), texts, self.columns,
                                            strict=False):
            value = cell.value if cell is not None else None
            if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= _SAFE:
                self.long.add(name)
            column.append(text)
        self.numbers.append(number)

    def flush(self, sink: Sink) -> None:
        """Write what is held."""
        sink.write([pa.array(c, pa.string()) for c in self.columns], np.array(self.numbers, dtype="int64"))
        self.columns, self.numbers = [[] for _ in self.names], []


def _plain(row: tuple) -> list[str | None]:
    return [None if c.value is None else str(c.value) for c in row]


def _header(row: tuple) -> list[str]:
    texts = [t or "" for t in _plain(row)]
    while texts and not texts[-1].strip():
        texts.pop()
    return texts


def read_sheet(path: Path, staging: Path, sha256: str, name: str, sheet: str, tick: Tick | None = None) -> Raw:
    """One sheet of a workbook as Parquet of texts."""
    target = raw_file(staging, sha256)
    _refuse_old(path, name)
    try:
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader = _reader(file)  # type: ignore[arg-type]
            reader.read()
            _refuse_damaged_members(file)
            rows = _rows(reader.wb[sheet])
            header, first = next(rows, (0, ())), next(rows, None)
            names = headed(_header(header[1]), name, _plain(first[1]) if first else None)
            table = _Table(names)
            schema = pa.schema([(n, pa.string()) for n in names])
            with Sink(target, schema, name, sha256) as sink:
                for number, row in ([first] if first else []):
                    table.add(number, row)
                for number, row in rows:
                    table.add(number, row)
                    if len(table.numbers) >= _ROWS:
                        table.flush(sink)
                table.flush(sink)
    except Exception as error:  # see `sheets`
        raise _broken(name, error) from None
    if tick:
        tick(path.stat().st_size)
    return Raw(path, target, sink.rows + len(table.malformed), sha256, str(schema), table.malformed, name=name,
               long_numbers=frozenset(table.long))


def _refuse_damaged_members(file) -> None:
    """Every part of a workbook against its checksum: openpyxl stops reading a part where its XML ends."""
    with zipfile.ZipFile(file) as archive:
        bad = archive.testzip()
    if bad:
        raise zipfile.BadZipFile(f"part {bad} does not have the content it had")

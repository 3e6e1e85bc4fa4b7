"""Which table a file, a folder or a sheet is named after: platform names and Chinese names, dates beside them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import PurePosixPath

from yb_analytics.schema import TABLES, Table

_PREFIX = r"(?:.*\.|(?:ods|dwd|dwb|dws|dw|stg|src|tmp|tbl|tb|t|exp|export|hx|yb)_)*"
_DECORATION = re.compile(r"第?[一二三四]季度?|"
                         r"[\d_\-.\s()（）【】\[\]年月日至份第期批次季度上下半截止]|副本|导出|全量|增量|数据|表$")
_UNIT = re.compile(r"[（(]元[)）]$")
_DEFAULT_SHEET = re.compile(r"(?i)^(?:sheet|工作表)\s*\d*$")


@cache
def _chinese() -> dict[str, Table]:
    """Chinese names of tables that no other table shares."""
    names = [(_bare(t.zh), t) for t in TABLES.values()]
    labels = [n for n, _ in names]
    return {n: t for n, t in names if labels.count(n) == 1}


def _bare(text: str) -> str:
    return _DECORATION.sub("", text)


@cache
def _names() -> list[tuple[str, Table, dict[str, str]]]:
    """Every name of a table, longest first, with what its rows have in common under that name."""
    own: list[tuple[str, Table, dict[str, str]]] = [(t.name, t, {}) for t in TABLES.values()]
    own += [(name.lower(), t, common) for t in TABLES.values() for name, common in t.known_as.items()]
    return sorted(own, key=lambda n: len(n[0]), reverse=True)


def _found(text: str) -> tuple[Table, dict[str, str]] | None:
    lower = text.lower()
    for name, table, common in _names():
        if re.fullmatch(rf"{_PREFIX}{re.escape(name)}(?:[-_.=\s(（].*)?", lower):
            return table, common
    chinese = _chinese().get(_bare(text))
    return (chinese, {}) if chinese else None


def table_named(text: str) -> Table | None:
    """The table a single name tells: `setl_d`, `ODS_SETL_D_202501`, `2025年1月结算信息表`.

    Examples
    --------
    >>> [getattr(table_named(n), "name", "") for n in ("SETL_D_202503", "2025年一季度结算信息", "setl_di")]
    ['setl_d', 'setl_d', '']
    """
    found = _found(text)
    return found[0] if found else None


def _parts(name: str, top: str, sheet: str, alone: bool) -> list[str]:
    """Names that may tell the table, in order."""
    path = PurePosixPath(name)
    stem = re.sub(r"(?i)\.(csv|tsv|parquet|xlsx|jsonl|ndjson)(\.gz)?$", "", path.name)
    others = [stem, *reversed(path.parts[:-1]), top]
    if not sheet:
        return others
    return [sheet, *(others if alone or _DEFAULT_SHEET.match(sheet) else [])]


def table_of(name: str, top: str = "", sheet: str = "", alone: bool = True) -> Table | None:
    """The table of a file: by its sheet, else by its name, else by its folders from the inner to the outer.

    Parameters
    ----------
    name, top
        Name with folders (`batch/setl_d/1.parquet`); the folder the source is.
    sheet, alone
        Sheet of a workbook, and whether it is the only one. Among several, a sheet with a name of its own is
        not taken for what the workbook is called.
    """
    tables = (table_named(part) for part in _parts(name, top, sheet, alone) if part)
    return next((t for t in tables if t), None)


def common_values(table: Table, name: str, sheet: str = "") -> dict[str, str]:
    """Column → value all rows share because of what their file is called (see `Table.known_as`)."""
    found = (_found(part) for part in _parts(name, "", sheet, True) if part)
    return next((f[1] for f in found if f and f[0] is table), {})


def labels_of(table: Table) -> dict[str, str]:
    """Chinese labels only one column of a table has → the column."""
    labels = [c.zh for c in table.columns]
    return {c.zh: c.name for c in table.columns if labels.count(c.zh) == 1}


def without_unit(label: str) -> str:
    """A heading without the unit of money behind it: 医疗费总额（元）."""
    return _UNIT.sub("", label)

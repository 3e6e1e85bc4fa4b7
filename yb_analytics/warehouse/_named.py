"""Which table a file, a folder or a sheet is named after: platform names and Chinese names, dates beside them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import PurePosixPath

from yb_analytics.schema import TABLES, Table

_PREFIX = r"(?:.*\.|(?:ods|dwd|dwb|dws|dw|stg|src|tmp|tbl|tb|t|exp|export|hx|yb)_)*"
_DECORATION = re.compile(r"[\d_\-.\s()（）【】\[\]年月日至份第期批次季度上下半截止]|副本|导出|全量|增量|数据|表$")
_DEFAULT_SHEET = re.compile(r"(?i)^(?:sheet|工作表)\s*\d*$")


@cache
def _chinese() -> dict[str, Table]:
    """Chinese names of tables that no other table shares."""
    names = [(_bare(t.zh), t) for t in TABLES.values()]
    labels = [n for n, _ in names]
    return {n: t for n, t in names if labels.count(n) == 1}


def _bare(text: str) -> str:
    return _DECORATION.sub("", text)


def table_named(text: str) -> Table | None:
    """The table a single name tells: `setl_d`, `ODS_SETL_D_202501`, `2025年1月结算信息表`.

    Examples
    --------
    >>> [getattr(table_named(n), "name", "") for n in ("SETL_D_202503", "ods_setl_d", "结算信息（2025年）", "setl_diag")]
    ['setl_d', 'setl_d', 'setl_d', '']
    """
    lower = text.lower()
    for name in sorted(TABLES, key=len, reverse=True):
        if re.fullmatch(rf"{_PREFIX}{name}(?:[-_.=\s(（].*)?", lower):
            return TABLES[name]
    return _chinese().get(_bare(text))


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
    if sheet:
        own = table_named(sheet)
        if own or not (alone or _DEFAULT_SHEET.match(sheet)):
            return own
    path = PurePosixPath(name)
    stem = re.sub(r"(?i)\.(csv|parquet|xlsx|jsonl|ndjson)(\.gz)?$", "", path.name)
    for part in (stem, *reversed(path.parts[:-1]), top):
        table = table_named(part) if part else None
        if table:
            return table
    return None

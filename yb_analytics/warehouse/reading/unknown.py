"""What a delivery holds and nobody knows: data among it are refused, notes are listed.

A file under an unforeseen name is the quietest way to lose a month. So a file that looks like data and feeds no table
stops the delivery, unless it was said that it is not wanted; descriptions (`.txt`, `.pdf`, `.docx`, a sheet 说明) are
only listed.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from yb_analytics.schema import Refusal
from yb_analytics.warehouse.reading.files import KINDS
from yb_analytics.warehouse.reading.named import table_named

OTHER_BOOKS = (".xls", ".xlsb", ".xlsm", ".xlt", ".et", ".ods", ".wps")
"""Workbooks that are not read: their values differ by the programme that opens them."""

OTHER_DATA = (
    ".json", ".xml", ".dat", ".dbf", ".mdb", ".accdb", ".db", ".sqlite", ".sqlite3", ".duckdb", ".sql", ".dmp",
    ".feather", ".arrow", ".ipc", ".orc", ".avro", ".sas7bdat", ".sav", ".dta", ".rds", ".rdata", ".npy",
    ".rar", ".7z", ".tar", ".tgz", ".bz2", ".xz", ".zst", ".z", ".gz",
)
_TEXTS = (".txt", ".dat", ".tab", ".asc", ".unl", ".del")
_NOTES = re.compile(r"(?i)说明|目录|封面|备注|字典|码表|代码表|read ?me|notes?$|cover|contents")
_SHOWN = 5


def _bare(name: str) -> str:
    lower = PurePosixPath(name).name.lower()
    packed = lower.removesuffix(".gz")
    return packed if PurePosixPath(packed).suffix else lower


def _ends(name: str) -> str:
    return PurePosixPath(_bare(name)).suffix


def looks_like_data(name: str) -> bool:
    """Whether a file or sheet (`book.xlsx#1月`) under this name may hold rows.

    Examples
    --------
    >>> [n for n in ("a.csv", "b.JSON.gz", "readme.txt", "setl_d.txt", "k.xlsx#填表说明", "k.xlsx#Sheet2", "x.pdf")
    ...  if looks_like_data(n)]
    ['a.csv', 'b.JSON.gz', 'setl_d.txt', 'k.xlsx#Sheet2']
    """
    file, _, sheet = name.partition("#")
    if sheet:
        return not _NOTES.search(sheet)
    ends = _ends(file)
    named = ends in _TEXTS and table_named(_bare(file).removesuffix(ends)) is not None
    return named or ends in KINDS or ends in OTHER_BOOKS or ends in OTHER_DATA


def is_unwanted(name: str, patterns: Iterable[str]) -> bool:
    """Whether a file or sheet was said not to be wanted: by its name, or its name with folders, as a glob."""
    own = (name, PurePosixPath(name.partition("#")[0]).name, PurePosixPath(name).name)
    return any(fnmatch.fnmatch(n, p) for n in own for p in patterns)


def refuse_other_book(name: str) -> None:
    """Refuse a workbook of another kind than `.xlsx`, by its name."""
    if _ends(name) in OTHER_BOOKS:
        raise other_book(name, _ends(name))


def other_book(name: str, kind: str) -> Refusal:
    """The refusal of a workbook that is not read."""
    return Refusal(
        f"{name} 是不支持的表格格式（{kind}） · {name} is a workbook of a kind that is not read ({kind})",
        "用 Excel 或 WPS 打开后另存为 .xlsx 或 CSV（UTF-8）再交付 · "
        "open it and save it as .xlsx or CSV, then deliver that", "schema")


def refuse_unknown(names: list[str]) -> None:
    """Refuse what looks like data and feeds no table."""
    data = [n for n in names if looks_like_data(n)]
    if not data:
        return
    shown = ", ".join(data[:_SHOWN]) + (" …" if len(data) > _SHOWN else "")
    raise Refusal(
        f"有 {len(data)} 个数据文件不知属于哪张表：{shown} · {len(data)} data files feed no table: {shown}",
        "按表名命名（如 setl_d.csv、结算信息.xlsx）或用 --mapping 说明；确实不要的，用 --ignore 文件名 略去 · "
        "name them after their table or map them with --mapping; leave out what is not wanted with --ignore NAME",
        "schema")

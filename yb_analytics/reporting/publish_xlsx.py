"""XLSX editions: a cover sheet and one sheet per table; no cell can become a formula."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import Any

from yb_analytics.reporting.cells import header
from yb_analytics.reporting.compose import Composition, grid

_HOSTILE = ("=", "+", "-", "@", "\t", "\r")
_FORMATS = {"yuan": "#,##0.00", "share": "0.00%", "growth": '+0.0%;-0.0%;0.0%', "count": "#,##0", "score": "0.0",
            "number": "#,##0.00", "days": "#,##0.00", "months": "#,##0.00", "ratio": "#,##0.00", "per_100": "#,##0.00",
            "per_10k": "#,##0.00"}
_WIDEST = 60


def xlsx(edition: Composition, about: dict[str, Any]) -> bytes:
    """An edition as a workbook: cover with definitions, one sheet per table and per figure's data."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                                     "strings_to_numbers": False})
    head = edition.head
    book.set_properties({"title": f"{head['title']}（{head['period_label']}）", "author": "yb_analytics",
                         "created": _moment(head["as_of"])})
    styles = _styles(book)
    names = _names([b for b in edition.blocks if b["kind"] in ("table", "figure")])
    _cover(book.add_worksheet("封面"), edition, about, names, styles)
    for block, name in names:
        _sheet(book.add_worksheet(name), block, styles)
    book.close()
    return out.getvalue()


def _moment(as_of: str) -> datetime:
    """Time written into the file: the data's, so the same edition gives the same bytes."""
    try:
        return datetime.fromisoformat(str(as_of)[:10])
    except ValueError:
        return datetime(2000, 1, 1)  # noqa: DTZ001


def _styles(book) -> dict[str, Any]:
    base = {"font_name": "宋体", "font_size": 11, "valign": "top"}
    styles = {kind: book.add_format({**base, "num_format": fmt}) for kind, fmt in _FORMATS.items()}
    styles["text"] = book.add_format({**base, "text_wrap": True})
    styles["quoted"] = book.add_format({**base, "text_wrap": True, "quote_prefix": True})
    styles["title"] = book.add_format({**base, "font_name": "黑体", "font_size": 16})
    styles["head"] = book.add_format({**base, "bold": True, "bg_color": "#E8EEF3", "bottom": 1, "text_wrap": True})
    styles["right"] = book.add_format({**base, "align": "right"})
    return styles


def _write(sheet, row: int, column: int, value: object, styles: dict[str, Any], style: str = "text") -> None:
    """A text cell; what a spreadsheet could take for a formula is marked as text."""
    words = str(value)[:32000]
    hostile = words.lstrip().startswith(_HOSTILE) and style in ("text", "right")
    sheet.write_string(row, column, words, styles["quoted" if hostile else style])


def _names(blocks: list[dict]) -> list[tuple[dict, str]]:
    """Every block with its sheet's name: at most 31 characters, none that a sheet may not have, none twice."""
    out: list[tuple[dict, str]] = []
    seen: set[str] = set()
    for block in blocks:
        words = re.sub(r"[\[\]:*?/\\']", " ", f"{block['number']} {block['caption']}").strip()[:31].strip()
        while words.lower() in seen:
            words = words[:29] + f"~{len(seen) % 10}"
        seen.add(words.lower())
        out.append((block, words))
    return out


def _cover(sheet, edition: Composition, about: dict[str, Any], names: list[tuple[dict, str]], styles: dict) -> None:
    head = edition.head
    facts = [("期间", head["period_label"]), ("数据截至", head["as_of"]), ("数据版本", head["data_version"]),
             ("程序版本", about["code_version"]), ("发送范围", about["audience"])]
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 96)
    sheet.hide_gridlines(2)
    _write(sheet, 0, 0, head["title"], styles, "title")
    lines = [*facts, *(("摘要", b["text"]) for b in edition.summary), ("", ""),
             *((b["number"], b["caption"]) for b, _ in names), ("", ""),
             *(("说明", b["text"]) for b in edition.of("note")),
             ("说明", "金额工作表以表头所列单位计；因四舍五入，分项之和与合计可能略有出入。"),
             *(("提示", n) for n in about["notices"])]
    for row, (left, right) in enumerate(lines, 2):
        _write(sheet, row, 0, left, styles)
        _write(sheet, row, 1, right, styles)
    for row, (left, _) in enumerate(lines, 2):
        target = next((name for b, name in names if b["number"] == left), None)
        if target:
            sheet.write_url(row, 0, f"internal:'{target}'!A1", styles["text"], string=left)


def _sheet(sheet, block: dict, styles: dict[str, Any]) -> None:
    table = block if block["kind"] == "table" else block["data"]
    ready = grid(table)
    seen = [(i, c) for i, c in enumerate(table["columns"]) if not c["hidden"]]
    _write(sheet, 0, 0, f"{block['number']} {block['caption']}", styles, "title")
    for at, (_, column) in enumerate(seen):
        _write(sheet, 2, at, _header(column, table), styles, "head")
        longest = max((_width(r[at]) for r in ready["rows"]), default=8)
        sheet.set_column(at, at, min(_WIDEST, max(_width(ready["heads"][at]), longest) + 3))
    for row, values in enumerate(table["rows"]):
        for at, (i, column) in enumerate(seen):
            _cell(sheet, (row + 3, at), values[i], column, (table, ready["rows"][row][at], styles))
    sheet.freeze_panes(3, 1 if len(seen) > 3 else 0)
    notes = filter(None, (block.get("reason", ""), block.get("note", ""), block.get("alt", "")))
    for row, words in enumerate(notes, len(table["rows"]) + 4):
        sheet.write_string(row, 0, words)


def _header(column: dict, table: dict) -> str:
    """Header of a sheet's column: percent stands in the number format, not in the header."""
    return column["name"] if column["kind"] in ("share", "growth") else header(column, table["money"])


def _cell(sheet, at: tuple[int, int], value: Any, column: dict, context: tuple[dict, str, dict]) -> None:
    table, words, styles = context
    kind = "share" if column["kind"] == "by" and words.endswith("%") else column["kind"]
    if value is None or kind in ("text", "date", "by", "change"):
        _write(sheet, *at, words, styles, "right" if kind not in ("text", "date") else "text")
        return
    number = float(value) / table["money"]["divisor"] if kind == "yuan" else value
    sheet.write_number(*at, number, styles.get(kind, styles["number"]))


def _width(words: str) -> int:
    """Width in characters; a Chinese character takes two."""
    return sum(2 if ord(c) > 0x2E80 else 1 for c in words)

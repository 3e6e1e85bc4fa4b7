"""PDF editions by Typst: A4 in the geometry of GB/T 9704, Chinese fonts embedded, text selectable."""

from __future__ import annotations

import json
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from yb_analytics.reporting.compose import Composition, grid
from yb_analytics.reporting.publish_html import TEMPLATES
from yb_analytics.reporting.surroundings import NO_BROWSER, find_fonts
from yb_analytics.schema import Refusal

_AREA = 442.0  # points: 156 mm
_SIZES = (10.5, 9.5, 8.5, 8.0, 7.5)
_LONG, _LEAST, _INSET, _TOGETHER = 18, 30, 4, 14
_LATIN = 1.12


def pdf(edition: Composition, about: dict[str, Any]) -> bytes:
    """An edition as PDF.

    Raises
    ------
    Refusal
        Kind `environment` where no Chinese font is installed, `failed` where Typst does not compile.
    """
    fonts = find_fonts()
    if not fonts:
        raise Refusal("本机没有中文字体 · no Chinese font on this machine",
                      "安装 Debian 软件包 fonts-noto-cjk · install the Debian package fonts-noto-cjk",
                      "environment")
    import typst

    with tempfile.TemporaryDirectory(prefix="yb-pdf-") as folder:
        root = Path(folder)
        shutil.copy(TEMPLATES / "edition.typ", root / "edition.typ")
        content = _content(edition, about, root)
        (root / "edition.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        shelf = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True,
                            font_paths=sorted({str(f.parent) for f in fonts}))
        try:
            compiler = typst.Compiler(root / "edition.typ", root=root, font_paths=shelf)
            made = compiler.compile(format="pdf", timestamp=_moment(edition.head["as_of"]))
        except typst.TypstError as problem:
            raise Refusal(f"PDF 未能生成 · the PDF was not made: {problem.message}",
                          "请附执行后的笔记本上报 · report this with the executed notebook", "failed") from problem
    assert isinstance(made, bytes)
    return made


def _moment(as_of: str) -> datetime:
    """Time written into the file: the data's, so the same edition gives the same bytes."""
    try:
        return datetime.fromisoformat(str(as_of)[:10]).replace(tzinfo=UTC)
    except ValueError:
        return datetime(2000, 1, 1, tzinfo=UTC)


def _content(edition: Composition, about: dict[str, Any], root: Path) -> dict[str, Any]:
    """What the template reads; SVG files of the figures are written beside it."""
    body = []
    for block in edition.body:
        if block["kind"] == "table":
            body.append({**_bare(block), "grid": _measured(block)})
        elif block["kind"] == "figure":
            body.append({**_bare(block), "grid": _measured(block["data"]), "svg": _svg(block, root)})
        else:
            body.append(block)
    head = edition.head
    closing = [f"数据截至 {head['as_of']}；数据版本 {head['data_version']}；程序版本 {about['code_version']}。",
               f"发送范围：{about['audience']}。单位见各表表头；因四舍五入，分项之和与合计可能略有出入。",
               *about["notices"]]
    return {"head": head, "summary": edition.summary, "body": body, "closing": closing, "no_figures": NO_BROWSER}


def _bare(block: dict) -> dict:
    return {k: v for k, v in block.items() if k not in ("figure", "data", "columns", "rows", "svg")}


def _svg(block: dict, root: Path) -> str:
    if not block.get("svg"):
        return ""
    name = f"figure-{block['number'][1:]}.svg"
    (root / name).write_bytes(block["svg"])
    return name


def _width(words: str) -> float:
    """Width in half ems: the fonts set a Chinese character on one em, digits and Latin letters on 0.56."""
    return sum(2 if ord(c) > 0x2E80 else _LATIN for c in words)


def _measured(table: dict) -> dict[str, Any]:
    """The grid with widths of its columns and the largest size of type at which it fits.

    Columns of numbers and of short text take what they need; columns of long text share the rest.
    """
    ready = grid(table)
    need = [_needed(head, [r[at] for r in ready["rows"]]) for at, head in enumerate(ready["heads"])]
    long = [not ready["numeric"][at] and n > _LONG for at, n in enumerate(need)]
    size = next((s for s in _SIZES if _taken(need, long, s) <= _AREA), _SIZES[-1])
    over = _taken(need, long, size) - _AREA
    short = sum(_points(n, size) for n, flex in zip(need, long, strict=True) if not flex)
    if over > 0 and (short > 0.7 * _AREA or not any(long)):
        widths = [{"fr": float(min(n, 2 * _LEAST) if flex else n)} for n, flex in zip(need, long, strict=True)]
    else:
        room = 0.0 if any(long) else -over / len(need)
        widths = [{"fr": float(min(n, 4 * _LONG))} if flex else {"pt": _points(n, size) + room}
                  for n, flex in zip(need, long, strict=True)]
    heads = [_broken(h, n) for h, n in zip(ready["heads"], need, strict=True)]
    return {**ready, "heads": heads, "widths": widths, "size": size, "whole": len(ready["rows"]) <= _TOGETHER}


def _needed(head: str, cells: list[str]) -> float:
    """Characters a column needs: its widest cell, its name, or its unit."""
    name, _, unit = head.partition("（")
    return max([*map(_width, cells), min(_width(name), 16), _width(unit) + 2 if unit else 0])


def _points(characters: float, size: float) -> float:
    return characters * size * 0.5 + 2 * _INSET


def _taken(need: list[float], long: list[bool], size: float) -> float:
    """Width of the table when long text gets the least it can be read in."""
    return sum(_points(min(n, _LEAST) if flex else n, size) for n, flex in zip(need, long, strict=True))


def _broken(head: str, need: float) -> str:
    """A header whose unit goes to a second line where one line is too long."""
    name, bracket, unit = head.partition("（")
    return f"{name}\n（{unit}" if bracket and _width(head) > need else head

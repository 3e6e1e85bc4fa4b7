"""The workbooks of the official batches: one class a file, points and codes on sheets of their own."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from yb_analytics.knowledge._layouts import (
    CLASSES,
    GROUPED,
    PAIRED,
    Layout,
    class_of,
    family,
    layout,
    records,
)
from yb_analytics.schema import Refusal


def _limited(frame: pd.DataFrame, where: str, batch: str) -> pd.DataFrame:
    """Points whose class stands in `限定类型`: drugs (with a code sheet) and services (with their code)."""
    thing = "药品" if "药品通用名" in frame else "项目"
    name = frame["药品通用名" if thing == "药品" else "项目名称"]
    value = frame[next(c for c in ("限定对象", "限定值域", "限定性别") if c in frame)]
    text = frame.get("药品说明", frame.get("项目说明", pd.Series("", index=frame.index)))
    four = zip(frame["限定类型"], value, text, strict=True)
    classes = pd.Series([class_of(thing, *row) for row in four], index=frame.index)
    grouped = classes == GROUPED
    return records(frame, kind="point", layout="workbook", rule_class=classes, batch=batch, item_name=name,
                   item_code=frame.get("国标代码", ""), given=value, text=text.where(~grouped, value),
                   logic=text.where(grouped, ""))


def _codes(frame: pd.DataFrame, where: str, batch: str) -> pd.DataFrame:
    code = frame["国标代码" if "国标代码" in frame else "药品代码"]
    return records(frame, kind="code", layout="workbook", rule_class=frame["限定类型"].map(family), batch=batch,
                   item_name=frame["药品通用名"], item_code=code)


def _pairs(frame: pd.DataFrame, where: str, batch: str) -> pd.DataFrame:
    return _services(frame, where, batch, name="主项名称", code="主项编码", rule_class=PAIRED, text=frame["备注"],
                     window=frame["频度"], other_name=frame["从项名称"], other_code=frame["从项编码"])


def _often(frame: pd.DataFrame, where: str, batch: str) -> pd.DataFrame:
    return _services(frame, where, batch, code="项目编码", rule_class=CLASSES["项目", "限定频次"],
                     given=frame["限制数量"] + "/" + frame["数量单位"])


def _cycle(frame: pd.DataFrame, where: str, batch: str) -> pd.DataFrame:
    return _services(frame, where, batch, rule_class=CLASSES["项目", "限定周期"], text=frame["备注"],
                     given=frame["频次上限"] + " per " + frame["疗程周期"] + " d")


def _remarked(frame: pd.DataFrame, where: str, batch: str) -> pd.DataFrame:
    """Name, code and a remark only: the title of the sheet or of the file names the class."""
    named = re.search(r"“([^”]+)”规则", where)
    heading = re.search(r"限定(疗程|年龄)", where)
    if not named and not heading:
        raise Refusal(f"{where}: neither the sheet nor the file names the rule class",
                      "name the sheet “<规则名称>”规则对应知识点明细", "schema")
    rule = named[1] if named else CLASSES["项目", heading[0]] if heading else ""
    return _services(frame, where, batch, rule_class=rule, text=frame["备注"])


def _services(frame: pd.DataFrame, where: str, batch: str, name: str = "项目名称", code: str = "项目代码",
              **more) -> pd.DataFrame:
    kind = pd.Series("point", index=frame.index).where(frame[code] != "", "left out")
    return records(frame, kind=kind, layout="workbook", batch=batch, item_name=frame[name], item_code=frame[code],
                   **more)


_VALUES = ("限定对象", "限定值域", "限定性别")
SHEETS: tuple[Layout, ...] = (
    *(layout("drugs", "药品限定", f"药品通用名 药品说明 限定类型 {v}", _limited) for v in _VALUES[:2]),
    *(layout("services", "项目限定", f"项目名称 国标代码 限定类型 {v}", _limited) for v in _VALUES),
    *(layout("described services", "项目限定", f"项目名称 项目说明 国标代码 限定类型 {v}", _limited)
      for v in _VALUES),
    *(layout("drug codes", "药品编码", f"药品通用名 序号 限定类型 {c}", _codes) for c in ("国标代码", "药品代码")),
    layout("pairs", "重复收费", "序号 频度 主项名称 主项编码 从项名称 从项编码 备注", _pairs),
    layout("frequency", "限定频次", "序号 项目名称 限制数量 数量单位 项目编码", _often),
    layout("cycle", "限定周期", "序号 项目名称 频次上限 疗程周期 备注 项目代码", _cycle),
    layout("remarked", "限定疗程、限年龄", "序号 项目名称 备注 项目代码", _remarked),
)
"""Layouts of the sheets."""


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def sheets(path: Path) -> list[tuple[str, pd.DataFrame]]:
    """Sheets of a workbook that hold anything, as text, by name; the first row is the header."""
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception:  # a damaged or renamed file raises whatever its parts raise
        raise Refusal(f"{path.name}: not a workbook that can be read", "save it again as .xlsx", "input") from None
    found = []
    for sheet in book.worksheets:
        lines = [[_text(v) for v in row] for row in sheet.iter_rows(values_only=True)]
        lines = [line for line in lines if any(line)]
        if lines:
            width = max(n + 1 for n, v in enumerate(lines[0]) if v)
            body = [(line + [""] * width)[:width] for line in lines[1:]]
            found.append((sheet.title, pd.DataFrame(body, columns=lines[0][:width], dtype="object")))
    book.close()
    return found

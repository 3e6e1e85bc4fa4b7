"""Small invented files in the layouts in which knowledge points are published, for the tests of the import."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

OFFICIAL = ["kp_id", "rule_class", "gz_code", "level1", "level2", "item_name", "constraint", "detect_logic", "batch",
            "batch_tag", "published_at", "supersedes", "med_code", "med_code_count", "announcement_url",
            "attachment_file", "row", "is_superseded"]


def official(folder: Path, *points: dict, name: str = "official.csv") -> Path:
    """Official layout with its file of codes beside it; `codes` of a point are joined by `;`."""
    rows, codes = [], []
    for n, given in enumerate(points, 1):
        one = {**dict.fromkeys(OFFICIAL, ""), "kp_id": f"KP-{n}", "is_superseded": "False", "batch_tag": "batch_01",
               **{k: v for k, v in given.items() if k != "codes"}}
        listed = [c for c in given.get("codes", "").split(";") if c]
        rows.append({**one, "med_code": listed[0] if listed else ""})
        codes += [{"kp_id": one["kp_id"], "rule_class": one["rule_class"], "item_name": one["item_name"],
                   "med_code": code} for code in listed]
    folder.mkdir(exist_ok=True)
    pd.DataFrame(rows, columns=OFFICIAL).to_csv(folder / name, index=False)
    pd.DataFrame(codes, columns=["kp_id", "rule_class", "item_name", "med_code"]).to_csv(
        folder / f"codes_of_{name}", index=False)
    return folder


def reorganised(folder: Path, *points: tuple, codes: tuple = ()) -> Path:
    """Third-party layout: (batch, object, rule, code, name, value, basis), and (batch, rule, name, code)."""
    folder.mkdir(exist_ok=True)
    columns = ["batch", "object", "rule", "code", "name", "value", "basis"]
    pd.DataFrame(points, columns=columns).to_csv(folder / "points.csv", index=False)
    if codes:
        columns = ["batch", "rule", "generic_name", "drug_code"]
        pd.DataFrame(codes, columns=columns).to_csv(folder / "drug_codes.csv", index=False)
    return folder


def workbook(path: Path, **sheets: list[list]) -> Path:
    """A workbook; the first row of a sheet is its header."""
    with pd.ExcelWriter(path) as book:
        for title, rows in sheets.items():
            pd.DataFrame(rows[1:], columns=rows[0]).to_excel(book, sheet_name=title, index=False)
    return path


SEX = {"rule_class": "药品区分性别使用", "item_name": "甲丸", "constraint": "用于月经不调。", "codes": "XA1;XA2"}
LEVEL = {"rule_class": "药品限医疗机构级别", "item_name": "乙针", "constraint": "限二级及以上医疗机构癌症患者。",
         "codes": "XB1", "kp_id": "KP-L"}
PAIR = {"rule_class": "医疗服务项目重复收费", "item_name": "监护×床位", "constraint": "含床位",
        "codes": "009000000000001;009000000000002", "batch_tag": "batch_07"}
"""Invented points of three classes."""

"""Layouts in which knowledge points are published and transcribed, each known by its columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from yb_analytics.schema import Refusal

RECORD = ("kind", "layout", "row", "ref", "rule_class", "batch", "item_name", "item_code", "other_name", "other_code",
          "given", "window", "text", "logic", "published", "superseded", "supersedes", "attachment")
"""Columns every layout is brought into, all text. `kind`: `point`, `code` (a code of a point), `remark` (a published
remark on a whole class), `left out` (a total or an empty row), `problem` (a published problem, not a point). `given` is
the value a layout states in a column of its own (男, 14天, 1/日), `text` the restriction in prose."""

CHILDREN = "药品儿童专用|药品限儿童使用"
"""The third-party layouts hold both classes under one heading; the text of the point says which."""

CLASSES = {
    ("药品", "限定性别对象"): "药品区分性别使用", ("项目", "限定性别对象"): "医疗服务项目区分性别使用",
    ("药品", "限定年龄对象"): CHILDREN, ("项目", "限定年龄对象"): "医疗服务项目儿童专用",
    ("药品", "限定机构等级"): "药品限医疗机构级别", ("药品", "限定支付疗程"): "药品限支付疗程",
    ("药品", "限定就医方式"): "药品限就医方式", ("项目", "限定主次操作"): "手术项目未按规定折价收费",
    ("项目", "重复收费"): "医疗服务项目重复收费", ("项目", "限定频次"): "医疗服务项目限定频次",
    ("项目", "限定周期"): "医疗服务项目周期超频次", ("项目", "限定疗程"): "医疗服务项目限支付疗程",
    ("项目", "限定年龄"): "医疗服务项目限年龄",
}
"""National class of (object, heading) in the third-party layouts; insurance types go by their value."""

INSURANCE = {"工伤": "药品限工伤保险", "生育": "药品限生育保险"}
GROUPED = "手术项目未按规定折价收费"
PAIRED = "医疗服务项目重复收费"
_DIGITS = {c: n for n, c in enumerate("一二三四五六七八九", 1)}


def plain(text: str) -> str:
    """Text as it is compared: one form of characters, without space and control characters.

    Examples
    --------
    >>> plain("葡萄糖（36%） 注射液"), plain("N\\x02M")
    ('葡萄糖(36%)注射液', 'NM')
    """
    joined = unicodedata.normalize("NFKC", text)
    return "".join(c for c in joined if not c.isspace() and unicodedata.category(c) not in ("Cc", "Cf"))


def batch_of(text: str) -> str:
    """Batch as the facts name it, from what a file or a column says; empty where it says none.

    Examples
    --------
    >>> batch_of("【第七批 】项目规则库（重复收费）.xlsx"), batch_of("第八批-1"), batch_of("第十一批"), batch_of("8.0")
    ('batch_07', 'batch_08', 'batch_11', 'batch_08')
    >>> batch_of("updates_2026-01"), batch_of("list")
    ('updates_2026-01', '')
    """
    if re.fullmatch(r"batch_\d\d|updates_\d{4}-\d\d", text):
        return text
    if re.fullmatch(r"\d{1,2}(\.0)?", text):
        return f"batch_{int(float(text)):02d}"
    found = re.search(r"第([一二三四五六七八九十]{1,3})批", text)
    if not found:
        return ""
    tens, ten, ones = found[1].rpartition("十")
    number = (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0)
    return f"batch_{number:02d}"


def records(frame: pd.DataFrame, **columns: str | pd.Series) -> pd.DataFrame:
    """Rows in the columns of :data:`RECORD`; what is not given is empty."""
    out = pd.DataFrame({"row": [str(n) for n in range(2, len(frame) + 2)]}, index=frame.index, dtype="object")
    for name in RECORD:
        if name != "row":
            out[name] = columns.get(name, "")
    return out[list(RECORD)]


def class_of(thing: str, heading: str, given: str, text: str) -> str:
    """National class of a third-party row; empty where it cannot be told.

    Examples
    --------
    >>> class_of("药品", "限定年龄对象", "儿童", "限儿童。"), class_of("药品", "限定保险类型", "工伤", "")
    ('药品限儿童使用', '药品限工伤保险')
    """
    if heading == "限定保险类型":
        return INSURANCE.get(given, "")
    known = CLASSES.get((thing, heading), "")
    if known == CHILDREN:
        return CHILDREN.split("|")[text.startswith("限")]
    return known


def _official(frame: pd.DataFrame, where: str, batch: str) -> pd.DataFrame:
    first, _, second = (frame["item_name"].str.partition("×")[n] for n in range(3))
    pair = frame["rule_class"] == PAIRED
    kind = pd.Series("point", index=frame.index).where(frame["med_code"] != "", "remark")
    group = frame["rule_class"] == GROUPED
    return records(
        frame, kind=kind, layout="official", ref=frame["kp_id"], rule_class=frame["rule_class"],
        batch=frame["batch_tag"], item_name=first.where(pair, frame["item_name"]), item_code=frame["med_code"],
        other_name=second.where(pair, ""), text=frame["constraint"], given=frame["constraint"].where(group, ""),
        logic=frame["detect_logic"], published=frame["published_at"], superseded=frame["is_superseded"],
        supersedes=frame["supersedes"], attachment=frame["attachment_file"])


def _official_codes(frame: pd.DataFrame, where: str, batch: str) -> pd.DataFrame:
    return records(frame, kind="code", layout="official", ref=frame["kp_id"], rule_class=frame["rule_class"],
                   item_name=frame["item_name"], item_code=frame["med_code"])


def _reorganised(frame: pd.DataFrame, where: str, batch: str) -> pd.DataFrame:
    """Third-party list of batches 1–8: explicit values; a pair is `window:code name` in `value`."""
    four = zip(frame["object"], frame["rule"], frame["value"], frame["basis"], strict=True)
    classes = pd.Series([class_of(*row) for row in four], index=frame.index)
    told = frame["name"] != ""
    _known(where, frame["object"] + " " + frame["rule"], classes.where(told, "-"))
    pair = frame["value"].str.extract(r"^(?P<window>[^:]+):(?P<code>\d+) (?P<name>.*)$").fillna("")
    paired, grouped = classes == PAIRED, classes == GROUPED
    return records(
        frame, kind=pd.Series("point", index=frame.index).where(told, "left out"), layout="reorganised",
        rule_class=classes, batch=frame["batch"].map(batch_of), item_name=frame["name"], item_code=frame["code"],
        other_name=pair["name"].where(paired, ""), other_code=pair["code"].where(paired, ""),
        window=pair["window"].where(paired, ""), given=frame["value"].where(~paired, ""),
        text=frame["basis"].where(~grouped, frame["value"]), logic=frame["basis"].where(grouped, ""))


def _reorganised_codes(frame: pd.DataFrame, where: str, batch: str) -> pd.DataFrame:
    classes = pd.Series([family(rule) for rule in frame["rule"]], index=frame.index)
    _known(where, frame["rule"], classes)
    return records(frame, kind="code", layout="reorganised", rule_class=classes, batch=frame["batch"].map(batch_of),
                   item_name=frame["generic_name"], item_code=frame["drug_code"])


def family(heading: str) -> str:
    """Classes a drug's code list under a heading may belong to, joined by `|`."""
    if heading == "限定保险类型":
        return "|".join(INSURANCE.values())
    return CLASSES.get(("药品", heading), "")


def _known(where: str, heads: pd.Series, classes: pd.Series) -> None:
    strange = sorted(set(heads[classes == ""]))
    if strange:
        raise Refusal(f"{where}: no national class for {'、'.join(strange)}",
                      f"known headings: {'、'.join(sorted({b for _, b in CLASSES}))}、限定保险类型", "schema")


def _problems(frame: pd.DataFrame, where: str, batch: str) -> pd.DataFrame:
    return records(frame, kind="problem", layout="problems", rule_class=frame["type"], item_name=frame["domain"],
                   text=frame["text"], logic=(frame["doc_no"] + " " + frame["version"]).str.strip())


def _catalogue(frame: pd.DataFrame, where: str, batch: str) -> pd.DataFrame:
    return records(frame, kind="class", layout="classes", item_code=frame["gz_code_1_0"], rule_class=frame["name"])


@dataclass(frozen=True)
class Layout:
    """A table layout: its columns, exactly, and how a row becomes a record."""

    name: str
    title: str
    columns: frozenset[str]
    read: Callable[[pd.DataFrame, str, str], pd.DataFrame]


def layout(name: str, title: str, columns: str, read: Callable) -> Layout:
    """A layout of the columns given, with spaces between."""
    return Layout(name, title, frozenset(columns.split()), read)


LAYOUTS = (
    layout("official", "国家公布批次知识点 · official batches",
            "kp_id rule_class gz_code level1 level2 item_name constraint detect_logic batch batch_tag published_at "
            "supersedes med_code med_code_count announcement_url attachment_file row is_superseded", _official),
    layout("official_codes", "国家公布批次编码 · codes of the official batches",
            "kp_id rule_class item_name med_code", _official_codes),
    layout("reorganised", "第三方整理知识点 · points reorganised by a third party",
            "batch object rule code name value basis", _reorganised),
    layout("reorganised_codes", "第三方整理药品编码 · drug codes of the reorganised points",
            "batch rule generic_name drug_code", _reorganised_codes),
    layout("problems", "自查自纠问题清单 · published lists of problems",
            "domain doc_no version no type text", _problems),
    layout("classes", "规则目录 · catalogue of rule classes",
            "seq tier1 tier2 name has_kp_detail gz_code_1_0 new_in_2025", _catalogue),
)
"""Layouts of CSV files; those of workbooks are in `_workbooks`, our own is `_points.COLUMNS`."""

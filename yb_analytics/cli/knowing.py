"""`yb knowledge`: import published knowledge points, see what is live, encode what is prose."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from yb_analytics.cli import app
from yb_analytics.cli._show import DEFAULT, AsJson, Warehouse, show
from yb_analytics.schema import Refusal

points = typer.Typer(name="knowledge", no_args_is_help=True, pretty_exceptions_enable=False,
                     help="知识点 · Knowledge points: import, status, show, encode.")
app.add_typer(points)

Store = Annotated[Path | None, typer.Option("--into", envvar="YB_KNOWLEDGE",
                                            help="The store; by default the warehouse's name and .knowledge.")]
Day = Annotated[str, typer.Option("--on", help="A day, as 2026-11-24; by default today.")]


_HEADS = {
    "rule_class": "规则", "batch": "批次", "points": "知识点", "live": "有效", "superseded": "被替代",
    "later": "未生效", "codes": "编码数", "dates": "生效日依据", "published": "公布日", "rows_published": "公布行数",
    "held": "库中", "difference": "差", "text": "说明", "file": "文件", "layout": "版式", "rows": "行",
    "point": "知识点", "code": "编码", "remark": "说明行", "left out": "无条目", "problem": "问题", "class": "目录",
    "state": "状态", "point_id": "知识点号", "item": "条目", "item_name": "条目", "conditions": "条件",
    "rest": "未核对", "valid_until": "至", "kind": "差异", "detail": "内容"}
_STATES = {"encoded": "已编码", "partly encoded": "部分编码", "needs a local value": "待地方取值", "conflict": "有争议",
           "not encoded": "未编码"}
_WORDS = _STATES | {
    "date not read": "未读到", "published": "公布", "imported": "导入", "already imported": "已导入",
    "text differs": "文字不同", "given differs": "取值不同", "window differs": "期间不同", "codes differ": "编码不同",
    "encodings differ": "取值与文字不同", "codes without a point": "编码无知识点", "codes not imported": "编码表未导入",
    "0001-01-01": "—",
    "9999-12-31": "—", "attachment names another class": "附件名为另一规则"}


def _print(text: str, frame, as_json: bool, rows: int) -> None:
    """The table with Chinese heads and words; JSON keeps the names of the columns."""
    out = frame if as_json else frame.replace(_WORDS).rename(columns=_HEADS | _STATES)
    show(text, out, as_json, rows)


def _store(into: Path | None, warehouse: Path) -> Path:
    return into or Path(f"{warehouse}.knowledge")


def _day(on: str) -> str:
    return on or datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()


def _differences(conflicts, as_json: bool) -> None:
    if len(conflicts) and not as_json:
        _print("转录差异 · Differences between transcriptions", conflicts, False, 15)


@points.command("import")
def import_(
    source: Annotated[Path, typer.Argument(help="CSV, XLSX, or a folder of them.")],
    warehouse: Warehouse = DEFAULT,
    into: Store = None,
    on: Day = "",
    batch: Annotated[str, typer.Option(help="Batch of a workbook whose name does not say it, as batch_01.")] = "",
    as_json: AsJson = False,
) -> None:
    """导入知识点 · Import knowledge points; all files or none, the same file twice is nothing."""
    from yb_analytics import knowledge

    store = _store(into, warehouse)
    done = knowledge.import_points(source, store, on=_day(on), batch=batch)
    _print(f"{done.text} → {store}", done.table.drop(columns="text"), as_json, 60)
    _differences(done.conflicts, as_json)


@points.command()
def status(warehouse: Warehouse = DEFAULT, into: Store = None, on: Day = "", as_json: AsJson = False) -> None:
    """知识点状态 · Points live, superseded and not encoded, by class and batch, against the published counts."""
    from yb_analytics import knowledge

    found = knowledge.status(_store(into, warehouse), _day(on))
    _print(found.text, found.classes, as_json, 200)
    if not as_json:
        _print("与公布批次对照 · Against the published batches", found.batches.drop(columns="rule_classes"), False, 60)
        for row in found.remarks.itertuples():
            typer.echo(f"说明 · {row.rule_class}（{row.batch}）：{row.item_name}{row.text}")
    _differences(found.conflicts, as_json)


@points.command("show")
def show_(
    asked: Annotated[str, typer.Argument(help="An item code, an item name, a point or a rule class.")],
    warehouse: Warehouse = DEFAULT, into: Store = None, as_json: AsJson = False,
) -> None:
    """查看知识点 · The points of a code or a class: text, condition, validity, what was not checked."""
    from yb_analytics import knowledge

    found = knowledge.show(asked, _store(into, warehouse))
    columns = ["point_id", "rule_class", "item", "text", "state", "conditions", "rest", "valid_until", "batch"]
    dated = found.assign(**{c: found[c].astype("str") for c in ("valid_from", "valid_until")})
    dated["item"] = dated["item_name"] + dated["other_name"].map(lambda other: other and " × " + other)
    _print(f"{asked}：知识点{len(found)}个", dated if as_json else dated[columns], as_json, 20)


@points.command()
def encode(
    file: Annotated[Path, typer.Argument(help="The reviewed sheet to read, or the one to write with --export.")],
    warehouse: Warehouse = DEFAULT,
    into: Store = None,
    export: Annotated[bool, typer.Option("--export", help="Write what is not (wholly) encoded, to be filled.")] = False,
    rule_class: Annotated[str, typer.Option("--class", help="With --export: one rule class only.")] = "",
    on: Day = "",
    as_json: AsJson = False,
) -> None:
    """编码 · Read encodings that a person reviewed (CSV or XLSX), or export what waits for one."""
    from yb_analytics import knowledge

    store = _store(into, warehouse)
    if not export:
        done = knowledge.import_reviews(file, store, on=_day(on))
        _print(done.text, done.table.drop(columns="text"), as_json, 20)
        return
    sheet = knowledge.unencoded(store, rule_class)
    if file.exists():
        raise Refusal(f"{file} 已存在 · {file} exists",
                      "请另取文件名；填好的表不会被覆盖 · name another file: a filled sheet is never overwritten",
                      "usage")
    if file.suffix.lower() == ".xlsx":
        sheet.to_excel(file, index=False, sheet_name="encode")
    elif file.suffix.lower() == ".csv":
        sheet.to_csv(file, index=False, encoding="utf-8-sig")
    else:
        raise Refusal(f"{file.name} 既不是 CSV 也不是 XLSX · {file.name}: neither CSV nor XLSX",
                      "文件名以 .csv 或 .xlsx 结尾 · name a file ending in .csv or .xlsx", "usage")
    show(f"{len(sheet)}个知识点待编码 → {file}", as_json=as_json)

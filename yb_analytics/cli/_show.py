"""How a command shows its answer: a short Chinese text and a table, or JSON."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from yb_analytics.schema import Period, Refusal, name_of

Warehouse = Annotated[Path, typer.Option("--warehouse", "-w", envvar="YB_WAREHOUSE", help="The warehouse.")]
PeriodText = Annotated[str, typer.Option("--period", "-p", help="e.g. 2025, 2025Q2, 2025-06.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
DEFAULT = Path("data/warehouse")


def opened(path: Path):
    """The warehouse, pinned to its newest manifest."""
    from yb_analytics.warehouse import open_warehouse

    return open_warehouse(path)


def period_of(w: Any, text: str) -> Period:
    """The period asked for, or the last whole year of the data; refuses a period outside the data."""
    held = w.periods
    if not text:
        years = sorted({m.start.year for m in held.months})
        whole = [y for y in years if held.start <= Period.parse(str(y)).start and Period.parse(str(y)).end <= held.end]
        return Period.parse(str(whole[-1])) if whole else held
    period = Period.parse(text)
    if period.end <= held.start or period.start >= held.end:
        raise Refusal(f"{period} 没有数据：仓库的数据为 {held} · no data in {period}: the warehouse holds {held}",
                      "请选其中的期间 · choose a period inside it", "empty")
    return period


HEADS = {
    "title": "名称", "unit_id": "地区", "county": "地区", "insutype": "险种", "acct_type": "账户", "value": "值",
    "warning": "预警", "text": "说明", "state": "状态", "findings": "发现", "amount": "涉及基金（元）",
    "reason": "原因", "check": "检查", "severity": "程度", "rows": "行数", "failed": "不通过", "share": "占比",
    "strategy_title": "做法", "gain": "得分变化", "noise": "自身噪声", "raw_gain": "不校正时的变化",
    "raw_noise": "不校正时的噪声", "beyond": "超出噪声", "method": "方法", "indicator": "指标",
    "stated": "名义权重", "effective": "有效权重", "change": "得分变化", "rank_change": "名次变化",
    "lost": "失分", "degree": "障碍度", "owner": "责任部门", "held": "有数据的县数", "distinct": "不同值",
    "at_target": "达标县数", "nearest": "最相关指标", "correlation": "相关系数", "flag": "提示",
    "choice": "选择", "first": "单独影响", "first_error": "误差", "total": "总影响",
    "total_error": "总影响误差",
    "number": "序号", "pillar": "六管", "lead": "牵头部门", "department": "牵头部门", "measures": "举措数",
    "indicators": "可评价指标",
    "reached": "达标指标", "without": "无法评价的举措",
    "file": "文件", "table": "数据表", "left_out": "按映射略去", "accepted": "接收", "quarantined": "隔离",
    "reconciled": "已核对", "made": "生成行数", "source": "文件", "line": "行号", "target": "数据表", "row_key": "主键",
    "kept_source": "保留行文件", "kept_line": "保留行行号", "differs": "不同的列",
    "lead_id": "线索号", "tier": "层级", "theme": "主题", "subject": "主体", "subject_id": "主体编号",
    "priority": "预期可追回（元）", "why": "理由", "score": "得分", "low": "下限", "high": "上限",
    "rank": "名次", "rank_low": "名次自", "rank_high": "名次至", "grade": "等级", "coverage": "覆盖率", "ym": "月份",
    "actual": "实际", "mean": "预测", **{f"{side}{share}": f"{share}%{word}限" for share in (50, 80, 95)
                                    for side, word in (("low", "下"), ("high", "上"))}}
"""Columns as they are printed; JSON keeps their own names."""

LISTS = {"unit_id": "ADMDVS", "county": "ADMDVS", "insutype": "INSUTYPE", "acct_type": "ACCT_TYPE",
         "subject": "SUBJECT"}
"""Columns of codes that are printed as names, and their lists."""

STATES = {"evaluated": "已评价", "not evaluable": "无法评价", "error": "出错", "ok": "正常", "attention": "关注",
          "warning": "预警", "fail": "不通过", "pass": "通过", "not applicable": "不适用",
          "read": "已读入", "known": "此前已接收"}


def named(frame):
    """A table as it is printed: names for codes, Chinese heads.

    Examples
    --------
    >>> import pandas as pd
    >>> shown = named(pd.DataFrame({"unit_id": ["330421"], "insutype": ["390"], "warning": ["ok"]}))
    >>> list(shown.columns), shown.values.tolist()
    (['地区', '险种', '预警'], [['嘉善县', '居民医保', '正常']])
    """
    out = frame.drop(columns=[c for c in ("found_by",) if c in frame and "title" in frame])
    for column, codes in LISTS.items():
        if column in out:
            out[column] = [name_of(codes, c) if isinstance(c, str) else "—" for c in out[column]]
    for column in {"state", "warning"} & set(out):
        out[column] = [STATES.get(str(s), name_of("LEAD_STATE", s)) for s in out[column]]
    if "title" in out:
        out["title"] = [str(t).partition(" · ")[0] for t in out["title"]]
    return out.rename(columns=HEADS | ({"name": "地区"} if "score" in out else {}))


def show(text: str, frame=None, as_json: bool = False, rows: int = 20) -> None:
    """Print the sentence and the first rows, or everything as JSON."""
    if as_json:
        records = [] if frame is None else json.loads(frame.to_json(orient="records", date_format="iso",
                                                                    force_ascii=False, default_handler=str))
        typer.echo(json.dumps({"text": text, "rows": records}, ensure_ascii=False))
        return
    typer.echo(text)
    if frame is not None and len(frame):
        _table(named(frame.head(rows)))
        if len(frame) > rows:
            typer.echo(f"… {len(frame) - rows} 行未列出（--json 列出全部）")


def _table(frame) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(show_edge=False, header_style="bold")
    for name in frame.columns:
        table.add_column(Text(str(name)), overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(*(Text(_cell(v)) for v in row))
    Console(width=max(80, int(os.environ.get("COLUMNS", "0")) or 140)).print(table)


def _cell(value: Any) -> str:
    if value is None or value != value:
        return "—"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.2f}"
    return str(value)

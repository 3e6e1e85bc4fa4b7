"""What was delivered: tables, months and rows, and which are missing for a period."""

from __future__ import annotations

from typing import Any

import pandas as pd

from yb_analytics.reporting.chapters._frames import framed, growth
from yb_analytics.schema import TABLES, Period


def delivered(w: Any, period: str | Period) -> pd.DataFrame:
    """Every table: 数据表, 期间覆盖, 本期行数, 上期行数, 较上期; tables never delivered stand below."""
    span = Period.parse(period)
    rows = w.coverage()
    out = [_row(w, name, span, rows[rows["table"] == name]) for name in TABLES]
    out.sort(key=lambda r: (r["到数情况"] == "未报送", r["数据表"]))
    return framed(out, {"期间覆盖": "share", "本期行数": "count:行", "上期行数": "count:行", "较上期": "growth"})


def _row(w: Any, name: str, span: Period, rows: pd.DataFrame) -> dict[str, Any]:
    table = TABLES[name]
    if rows.empty or not rows["rows"].sum():
        return {"数据表": table.zh, "到数情况": "未报送", "期间覆盖": 0.0, "本期行数": None, "上期行数": None,
                "较上期": None}
    if not table.month:
        return {"数据表": table.zh, "到数情况": "登记表，全量", "期间覆盖": 1.0, "本期行数": rows["rows"].sum(),
                "上期行数": None, "较上期": None}
    now, before = (_rows(rows, p) for p in (span, span.previous))
    covered = w.covers(name, span)
    state = "齐全" if covered >= 1 else "部分" if covered else "本期未报送"
    return {"数据表": table.zh, "到数情况": state, "期间覆盖": covered, "本期行数": now, "上期行数": before,
            "较上期": growth(now, before)}


def _rows(rows: pd.DataFrame, span: Period) -> int:
    return int(rows.loc[rows["ym"].isin([f"{m.start:%Y%m}" for m in span.months]), "rows"].sum())


def delivery_counts(table: pd.DataFrame) -> pd.DataFrame:
    """One row of the table of :func:`delivered`: how many tables are complete, partial, missing."""
    state = table["到数情况"].value_counts()
    row = {"范围": "全部数据表", "应有": len(table), "齐全": state.get("齐全", 0) + state.get("登记表，全量", 0),
           "部分": state.get("部分", 0), "缺报": state.get("未报送", 0) + state.get("本期未报送", 0)}
    return framed([row], dict.fromkeys(("应有", "齐全", "部分", "缺报"), "count:张"))

"""Evaluate and keep: the answers dashboards and reports read are computed once and stored by data version."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from yb_analytics import warehouse as store
from yb_analytics.schema import ANSWERS, Period
from yb_analytics.schema.finding import fen
from yb_analytics.warehouse import checks

FORECASTS = (("310", "expenditure"), ("310", "income"), ("390", "expenditure"), ("390", "income"))
"""Series the demo and the scheduled evaluation forecast: insurance type and ledger item."""

CHECKED = ("setl_d", "mdtrt_d", "fund_ledger")
"""Tables the demo checks after ingest; all of them take several times longer."""


def _keep(w: Any, name: str, frame: Any, period: str) -> None:
    if w.path is not None and len(frame):
        store.store(w.path, name, frame, period, w.data_version)


def keep_score(w: Any, period: Period, draws: int = 2000):
    """Indicators and index of a period, stored as `value`, `score`, `score_subject`, `score_part`."""
    from yb_analytics.indicators import shelf as indicators
    from yb_analytics.scores import score

    _keep(w, "value", indicators(w, period), period.text)
    result = score(w, period, draws=draws)
    for name, frame in (("score", result.table), ("score_subject", result.subjects), ("score_part", result.parts)):
        _keep(w, name, frame, period.text)
    return result


def keep_fund(w: Any, period: Period):
    """Fund metrics and the monthly series, stored as `fund_metric` and `fund_series`."""
    from yb_analytics.fund import fund

    result = fund(w, period)
    _keep(w, "fund_metric", result.table, period.text)
    _keep(w, "fund_series", result.series, period.text)
    return result


def keep_forecast(w: Any, insutype: str = "310", item: str = "expenditure", horizon: int = 24):
    """One forecast with its back-test, stored as `forecast_310_expenditure`, `forecast_backtest_310_expenditure` …"""
    from yb_analytics.forecast import forecast

    result = forecast(w, horizon=horizon, insutype=insutype, item=item)
    for name, frame in (("forecast", result.table), ("forecast_backtest", result.backtest)):
        _keep(w, f"{name}_{insutype}_{item}", frame.assign(insutype=insutype, item=item), w.periods.text)
    return result


def write_answers(folder: Path, **frames: Any) -> None:
    """Write answers as Parquet in the columns of their shapes, each file whole or not at all.

    Parameters
    ----------
    folder
        Made when absent.
    frames
        `findings`, `leads`, `coverage`: data frames in the columns of `ANSWERS`.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        shape = ANSWERS[name.rstrip("s") if name != "coverage" else name]
        fields = [pa.field(c.name, _arrow(c.type)) for c in shape.columns]
        money = [c.name for c in shape.columns if c.kind == "money"]
        rows = frame[shape.names].astype(dict.fromkeys(money, object))
        rows[money] = rows[money].map(_money)
        table = pa.Table.from_pandas(rows, schema=pa.schema(fields), preserve_index=False)
        part = folder / f".{name}.parquet.part"
        pq.write_table(table, part)
        part.replace(folder / f"{name}.parquet")


def _money(value: Any):
    """Money to the fen, whether it came as a number or exact."""
    return None if value is None or value != value else fen(value)


def _arrow(kind: str):
    import ibis.expr.datatypes as dt

    return dt.dtype(kind).to_pyarrow()


def _city(folder: Path, persons: int) -> str:
    """Make the demo city beside its place and move it there whole, or say that it is there already."""
    from yb_analytics.city import make_city

    if folder.exists():
        return f"沿用已有的演示城市 {folder}"
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    made = make_city(part, persons=persons, start="2024-01", months=24, seed=7)
    part.rename(folder)
    return made.text.replace(str(part), str(folder))


def demonstration(folder: Path, persons: int, reports: Path) -> Iterator[tuple[str, str]]:
    """The demo, step by step: yields a title and the result of each step.

    Parameters
    ----------
    folder
        The city and `warehouse/` are made inside; a finished city of the same size is used again, and taking it in
        again changes nothing.
    persons
        Insured persons of the demo city; 24 months from 2024-01, seed 7.
    reports
        Folder the two reports are published in.
    """
    from yb_analytics.leads import screen
    from yb_analytics.reporting import report

    city = folder / f"city-{persons}"
    yield "合成城市 · City", _city(city, persons)
    yield "接入数据 · Ingest", store.ingest(city / "data", folder / "warehouse").text
    w = store.open_warehouse(folder / "warehouse")
    yield "数据检查 · Checks", checks.run(w, tables=CHECKED).text + "全部数据表：`yb check`。"
    year, month = Period.parse("2025"), Period.parse("2025-12")
    for period in (year, month):
        yield f"筛查 {period.label} · Screen", screen(w, period).text
    yield "无骗保城市评价 · Index", keep_score(w, year).text
    yield "基金绩效 · Fund", keep_fund(w, year).text
    for insutype, item in FORECASTS:
        yield "基金预测 · Forecast", keep_forecast(w, insutype, item).text
    for name, period in (("monthly_monitor", month), ("city_evaluation", year)):
        edition = report(name, period.text, folder / "warehouse", reports)
        yield "报告 · Report", edition.text

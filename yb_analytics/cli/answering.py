"""Commands that answer: check, screen, score, fund, forecast."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yb_analytics.cli import app
from yb_analytics.cli._show import DEFAULT, AsJson, PeriodText, Warehouse, opened, period_of, show


@app.command()
def check(
    warehouse: Warehouse = DEFAULT,
    period: PeriodText = "",
    out: Annotated[Path | None, typer.Option(help="Also write answers and counts as Parquet here.")] = None,
    rows: Annotated[str, typer.Option(help="A check: keys of rows that fail it, at most 20.")] = "",
    limits: Annotated[Path | None, typer.Option(help="Judge kept counts by this file (like limits.csv).")] = None,
    as_json: AsJson = False,
) -> None:
    """数据检查 · Check the data: what fails, how much of it, where; counts are kept beside the data."""
    from yb_analytics import reporting
    from yb_analytics.warehouse import checks

    w = opened(warehouse)
    span = period_of(w, period) if period else None
    if rows:
        show(f"未通过 {rows} 的行（至多20行）", checks.failing(w, rows, span), as_json)
        return
    result = checks.kept(w, span, limits) if limits else checks.run(w, span, keep=True)
    if out is not None:
        reporting.write_answers(out, quality=result.table, counts=result.counts)
    bad = result.table[result.table["state"].isin(["fail", "error"])]
    columns = ["check", "severity", "state", "rows", "failed", "share", "text"]
    show(result.text, bad[columns].sort_values(["severity", "share"], ascending=[True, False]), as_json, rows=60)


@app.command()
def screen(
    warehouse: Warehouse = DEFAULT,
    period: PeriodText = "",
    out: Annotated[Path | None, typer.Option(help="Also write findings, leads, coverage as Parquet here.")] = None,
    as_json: AsJson = False,
) -> None:
    """筛查 · Run all rules and detectors, count the money once, make leads."""
    from yb_analytics import reporting
    from yb_analytics.leads import screen

    w = opened(warehouse)
    result = screen(w, period_of(w, period))
    if out is not None:
        reporting.write_answers(out, findings=result.findings, leads=result.leads, coverage=result.coverage)
    columns = ["found_by", "title", "state", "findings", "amount", "reason"]
    show(result.text, result.coverage[columns], as_json, rows=60)


@app.command()
def score(
    warehouse: Warehouse = DEFAULT,
    period: PeriodText = "",
    gaming: Annotated[bool, typer.Option("--gaming", help="What ways to look better would gain a county.")] = False,
    county: Annotated[str, typer.Option(help="With --gaming: only this county, e.g. 330421.")] = "",
    ask: Annotated[
        str, typer.Option(help="screening, comparison, effective_weights, remove_one, obstacles, sobol, "
                               "measures or departments.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """无骗保城市评价 · The no-fraud-city index with intervals; what it hangs on; whether it can be gamed."""
    from yb_analytics.reporting import keep_score
    from yb_analytics.scores import QUESTIONS, game

    w = opened(warehouse)
    if gaming:
        text, table = game(w, period_of(w, period), county)
        shown = table[["unit_id", "title", "gain", "noise", "raw_gain", "raw_noise", "beyond"]]
        show(text, shown.rename(columns={"title": "strategy_title"}), as_json, rows=80)
        return
    if ask in ("measures", "departments"):
        _measures(w, period_of(w, period), ask, as_json)
        return
    result = keep_score(w, period_of(w, period))
    if ask:
        show(f"{QUESTIONS.get(ask, ask)}（{result.text.partition('：')[0]}）", result.question(ask), as_json, rows=60)
        return
    columns = ["name", "score", "low", "high", "rank", "rank_low", "rank_high", "grade", "coverage"]
    show(result.text, result.table[columns], as_json)


def _measures(w, period, ask: str, as_json: bool) -> None:
    """The sixteen measures of the plan, or the league of the departments that lead them."""
    from yb_analytics.indicators import shelf
    from yb_analytics.scores import departments, measures

    table = measures(shelf(w, period, by=("city",)))
    judged = table["state"].isin(["reached", "not reached"]).sum()
    text = f"{period.label}嘉兴市方案16项举措：可评价{judged}项，达到{(table['state'] == 'reached').sum()}项。"
    shown = table[["number", "pillar", "title", "lead", "text"]] if ask == "measures" else departments(table)
    show(text, shown, as_json, rows=40)


@app.command()
def fund(warehouse: Warehouse = DEFAULT, period: PeriodText = "", as_json: AsJson = False) -> None:
    """基金绩效 · Fund performance with warning lines."""
    from yb_analytics.reporting import keep_fund

    w = opened(warehouse)
    result = keep_fund(w, period_of(w, period))
    show(result.text, result.table[["title", "unit_id", "insutype", "acct_type", "value", "warning", "text"]],
         as_json, rows=40)


@app.command()
def forecast(
    warehouse: Warehouse = DEFAULT,
    insutype: Annotated[str, typer.Option(help="310 employees, 390 residents.")] = "310",
    item: Annotated[str, typer.Option(help="income or expenditure.")] = "expenditure",
    horizon: Annotated[int, typer.Option(help="Months ahead.", min=1, max=60)] = 24,
    as_json: AsJson = False,
) -> None:
    """预测 · Where the fund is going, with back-test and intervals."""
    from yb_analytics.reporting import keep_forecast

    result = keep_forecast(opened(warehouse), insutype=insutype, item=item, horizon=horizon)
    show(result.text, result.table.tail(horizon), as_json, rows=horizon)

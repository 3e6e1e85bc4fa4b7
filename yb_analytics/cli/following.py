"""Commands that follow leads: the list, whom to verify, feedback, what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from yb_analytics.cli import app
from yb_analytics.cli._show import DEFAULT, AsJson, PeriodText, Warehouse, opened, period_of, show
from yb_analytics.schema import Refusal

feedback = typer.Typer(help="核查反馈 · Feedback on leads: the sheet to fill in, and what was filled in.",
                       no_args_is_help=True)
app.add_typer(feedback, name="feedback")
County = Annotated[str, typer.Option(help="County code, e.g. 330421.")]
COLUMNS = ["lead_id", "tier", "theme", "subject", "subject_id", "county", "amount", "priority", "state", "due", "why"]


@app.command()
def leads(
    warehouse: Warehouse = DEFAULT,
    period: PeriodText = "",
    county: County = "",
    top: Annotated[int, typer.Option(help="How many.", min=1)] = 20,
    explain: Annotated[str, typer.Option(help="A lead id: show its evidence.")] = "",
    capacity: Annotated[int, typer.Option(help="Draw whom to verify: so many subjects.", min=0)] = 0,
    random: Annotated[int, typer.Option(help="Of these, so many drawn by chance.", min=0)] = 0,
    seed: Annotated[int, typer.Option(help="Of the draw.")] = 1,
    overdue: Annotated[bool, typer.Option("--overdue", help="Leads whose clock has run out.")] = False,
    as_json: AsJson = False,
) -> None:
    """线索 · The stored leads, highest expected recovery first; the evidence of one; whom to verify; what is late."""
    w = opened(warehouse)
    if explain:
        from yb_analytics.leads import explain as evidence

        found = evidence(w, explain)
        show(found.text, found.lines, as_json, rows=40)
    elif capacity:
        _draw(w, period_of(w, period), (capacity, random, seed), as_json)
    elif overdue:
        _overdue(w, period_of(w, period) if period else None, county, as_json)
    else:
        _list(w, period_of(w, period) if period else None, county, top, as_json)


def _list(w: Any, period: Any, county: str, top: int, as_json: bool) -> None:
    from yb_analytics.leads import leads as stored

    frame = w.run(stored(w, period, county or None).limit(top))
    show(f"线索 {len(frame)} 条（数据版本 {w.data_version}，截至 {w.as_of}）", frame[COLUMNS], as_json, rows=top)


def _draw(w: Any, period: Any, how: tuple[int, int, int], as_json: bool) -> None:
    from yb_analytics.leads import draw

    made = draw(w, period, *how)
    columns = ["lead_id", "subject", "subject_id", "county", "stratum", "inclusion"]
    words = f"{made.text}抽取编号 {made.table['draw'].iloc[0]}，已记入台账，可按种子重抽。"
    show(words, made.table[columns], as_json, rows=40)


def _overdue(w: Any, period: Any, county: str, as_json: bool) -> None:
    from yb_analytics.leads import overdue

    late = overdue(w, period=period)
    late = late[late["county"] == county] if county else late
    show(f"逾期线索 {len(late)} 条（截至 {w.as_of}）", late[["lead_id", "state", "county", "due", "late_days", "why"]],
         as_json, rows=40)


@feedback.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="The workbook to write (.xlsx).")],
    warehouse: Warehouse = DEFAULT,
    period: PeriodText = "",
    county: County = "",
) -> None:
    """导出核查表 · The workbook to fill in: the drawn leads, or all where nothing was drawn."""
    from yb_analytics.leads import export_feedback

    if file.suffix.lower() != ".xlsx":
        raise Refusal(f"{file.name} 不是 .xlsx · {file.name} is no .xlsx",
                      "文件名写成 leads.xlsx · name the file like leads.xlsx", "usage")
    w = opened(warehouse)
    count = export_feedback(w, file, period_of(w, period), county)
    typer.echo(f"已写出 {count} 条线索的核查表：{file}")


@feedback.command("import")
def take(
    file: Annotated[Path, typer.Argument(help="The filled workbook.")],
    warehouse: Warehouse = DEFAULT,
) -> None:
    """导入核查结果 · What was filled in, whole or not at all; the same workbook twice changes nothing."""
    from yb_analytics.leads import take_feedback

    count = take_feedback(opened(warehouse), file)
    typer.echo(f"已记入 {count} 条核查结果。" if count else "没有新的核查结果。")


@feedback.command("yield")
def came_of_it(warehouse: Warehouse = DEFAULT, as_json: AsJson = False) -> None:
    """核查成效 · How good the list is and what it misses, with intervals, from the last draw's feedback."""
    from yb_analytics.leads import estimates

    found = estimates(opened(warehouse))
    show(found.text, found.table, as_json)


@feedback.command("savings")
def savings(
    warehouse: Warehouse = DEFAULT,
    period: PeriodText = "",
    by: Annotated[str, typer.Option(help="county, theme or tier.")] = "",
    as_json: AsJson = False,
) -> None:
    """挽回台账 · Where each yuan stands: identified, ruled out, confirmed, refused, recovered, prevented."""
    from yb_analytics.leads import savings as ledger

    if by not in ("", "county", "theme", "tier"):
        raise Refusal(f"不能按 {by!r} 分组 · no column {by!r} to part by",
                      "可选 county、theme、tier · use county, theme or tier", "usage")
    w = opened(warehouse)
    found = ledger(w, period_of(w, period) if period else None, by)
    show(found.text, found.table, as_json, rows=40)


@app.command()
def learn(warehouse: Warehouse = DEFAULT, period: PeriodText = "", as_json: AsJson = False) -> None:
    """学习 · Learn from feedback which leads are confirmed, beside the baseline of size; later screenings use it."""
    from yb_analytics.leads import learn as lesson

    w = opened(warehouse)
    told = lesson(w, period_of(w, period))
    show(told.text, told.table, as_json)

"""Commands that look: handbook, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yb_analytics.cli import app
from yb_analytics.cli._show import AsJson, show
from yb_analytics.schema import Refusal


@app.command()
def handbook(
    book: Annotated[str, typer.Argument(help="data, rules, detectors, indicators, parameters, checks or all.")] = "all",
    out: Annotated[Path | None, typer.Option(help="Write Markdown files here instead of printing.")] = None,
    lang: Annotated[str, typer.Option(help="zh or en.")] = "zh",
) -> None:
    """手册 · Data dictionary, rule book, detector book, indicator book, facts."""
    from yb_analytics import reporting

    books = reporting.handbook(book, lang)
    if out is None:
        typer.echo("\n\n".join(books.values()))
        return
    out.mkdir(parents=True, exist_ok=True)
    for name, text in books.items():
        (out / f"{name}.{lang}.md").write_text(text, encoding="utf-8")
        typer.echo(str(out / f"{name}.{lang}.md"))


@app.command()
def doctor(
    warehouse: Annotated[Path | None, typer.Option("--warehouse", "-w", help="Also look at a warehouse.")] = None,
    as_json: AsJson = False,
) -> None:
    """体检 · What this machine lacks, each with the remedy."""
    from yb_analytics import reporting

    found = reporting.doctor(warehouse)
    show("本机检查 · This machine", found, as_json, rows=60)
    if (found["state"] == "missing").any():
        names = "、".join(found.loc[found["state"] == "missing", "name"])
        raise Refusal(f"本机缺少：{names} · missing on this machine: {names}",
                      "办法见上表 · see the remedies above", "environment")

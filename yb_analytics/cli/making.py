"""Commands that make data: city, ingest, demo."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from yb_analytics.cli import app
from yb_analytics.cli._show import DEFAULT, AsJson, Warehouse, opened, show


@app.command()
def city(
    folder: Annotated[Path, typer.Argument(help="Where to write; must not exist or be empty.")],
    persons: Annotated[int, typer.Option(help="Insured persons.", min=500)] = 20_000,
    months: Annotated[int, typer.Option(help="Months of data.", min=1)] = 24,
    years: Annotated[int, typer.Option(help="Years of data instead of months.", min=0)] = 0,
    start: Annotated[str, typer.Option(help="First month.")] = "2024-01",
    seed: Annotated[int, typer.Option(help="Same seed, same city.")] = 7,
    schemes: Annotated[str, typer.Option(help="all, none, or names with commas.")] = "all",
    strength: Annotated[str, typer.Option(help="obvious, subtle or both.")] = "both",
    processes: Annotated[int, typer.Option(help="Processes, 0 for one per core; the city is the same.", min=0)] = 0,
    form: Annotated[str, typer.Option("--format", help="parquet or csv.")] = "parquet",
) -> None:
    """合成城市 · Make a synthetic city: `data/` to ingest, `truth/` beside it."""
    from yb_analytics.city import make_city

    chosen = schemes if schemes in ("all", "none") else tuple(s.strip() for s in schemes.split(","))
    report = make_city(folder, persons=persons, start=start, months=12 * years or months, seed=seed, schemes=chosen,
                       strength=strength, processes=processes, form=form)
    show(report.text, report.table, False, rows=80)


@app.command()
def ingest(
    source: Annotated[str, typer.Argument(help="A file, a folder, or a database (postgres://…).")],
    warehouse: Warehouse = DEFAULT,
    mapping: Annotated[str, typer.Option(help="A YAML mapping, or the name of one in data/mappings.")] = "",
    keep: Annotated[bool, typer.Option("--keep/--no-keep", help="Keep the delivered files, read-only.")] = True,
    ignore: Annotated[list[str] | None, typer.Option(help="A file or sheet that is not wanted, a glob; again for "
                                                                "more. Other data nobody knows refuse the delivery.")
                      ] = None,
    as_json: AsJson = False,
) -> None:
    """接入数据 · Take data in; rows in = rows accepted + rows quarantined."""
    from yb_analytics import warehouse as store

    report = store.ingest(source, warehouse, mapping=mapping or None, keep=keep, ignore=tuple(ignore or ()))
    told = opened(warehouse).refund_conventions if "setl_d" in set(report.stored["table"]) else ""
    show("\n".join(t for t in (report.text, told) if t), report.table, as_json, rows=40)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where the demo lives.")] = Path("data/demo"),
    persons: Annotated[int, typer.Option(help="Insured persons.", min=500)] = 20_000,
    reports: Annotated[Path, typer.Option(help="Where reports go.")] = Path("reports"),
) -> None:
    """演示 · City, warehouse, screening, evaluation and two reports, from nothing."""
    from yb_analytics.reporting import demonstration

    began = time.monotonic()
    for step, (title, result) in enumerate(demonstration(folder, persons, reports), 1):
        typer.secho(f"[{step}] {title}  （{time.monotonic() - began:.0f} s）", bold=True)
        typer.echo(f"    {result}")
    typer.echo(f"\n完成，用时 {time.monotonic() - began:.0f} 秒。`make serve` 打开看板：http://127.0.0.1:5006")

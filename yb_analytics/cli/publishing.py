"""Commands that publish: report list, run and verify; serve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yb_analytics.cli import app
from yb_analytics.cli._show import DEFAULT, AsJson, Warehouse, show

report = typer.Typer(no_args_is_help=True, help="报告 · List, run and verify reports.")
app.add_typer(report, name="report")
Folder = Annotated[Path, typer.Option("--folder", help="Where editions are published.")]


@report.command("list")
def list_reports(folder: Folder = Path("reports"), as_json: AsJson = False) -> None:
    """报告目录 · The reports there are, when each is due, and what was published."""
    from yb_analytics import reporting

    show("报告目录", reporting.reports(folder), as_json)


@report.command("run")
def run_report(
    name: Annotated[str, typer.Argument(help="Name of the report, see `yb report list`.")],
    period: Annotated[str, typer.Option("--period", "-p", help="e.g. 2025 or 2025-12.")],
    warehouse: Warehouse = DEFAULT,
    folder: Folder = Path("reports"),
    parameter: Annotated[list[str] | None, typer.Option("--set", help="name=value, repeatable.")] = None,
) -> None:
    """出具报告 · Run one report; it is published whole or not at all."""
    from yb_analytics import reporting

    given = reporting.parameters_from(parameter or [])
    edition = reporting.report(name, period, warehouse, folder, **given)
    typer.echo(edition.text)


@report.command("verify")
def verify_report(path: Annotated[Path, typer.Argument(help="Folder of an edition.")]) -> None:
    """校验报告 · Compare an edition with its passport."""
    from yb_analytics.cli.sealing import verify

    verify(path)


@app.command()
def serve(
    warehouse: Annotated[Path, typer.Argument(envvar="YB_WAREHOUSE", help="The warehouse.")] = DEFAULT,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.", min=1, max=65535)] = 5006,
    reports: Annotated[Path, typer.Option(help="Where editions are published.")] = Path("reports"),
) -> None:
    """看板 · Open the dashboards on loopback."""
    from yb_analytics.reporting import serve as serve_dashboards

    serve_dashboards(warehouse, port)

"""How a command shows its answer: a short Chinese text and a table, or JSON."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from yb_analytics.schema import Period, Refusal

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
        raise Refusal(f"no data in {period}: the warehouse holds {held}", "choose a period inside it", "empty")
    return period


def show(text: str, frame=None, as_json: bool = False, rows: int = 20) -> None:
    """Print the sentence and the first rows, or everything as JSON."""
    if as_json:
        records = [] if frame is None else json.loads(frame.to_json(orient="records", date_format="iso",
                                                                    force_ascii=False, default_handler=str))
        typer.echo(json.dumps({"text": text, "rows": records}, ensure_ascii=False))
        return
    typer.echo(text)
    if frame is not None and len(frame):
        _table(frame.head(rows))
        if len(frame) > rows:
            typer.echo(f"… {len(frame) - rows} more rows (--json shows all)")


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

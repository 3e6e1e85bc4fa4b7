"""The command that shows rows that are in no table: put into quarantine, or replaced by another of their key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yb_analytics.cli import app
from yb_analytics.cli._show import DEFAULT, AsJson, Warehouse, opened, show

_SHOWN = {False: ["source", "line", "target", "reason"],
          True: ["source", "line", "target", "row_key", "kept_source", "kept_line", "differs", "reason"]}


@app.command()
def aside(
    warehouse: Warehouse = DEFAULT,
    replaced: Annotated[bool, typer.Option("--replaced", help="Rows another row of the same delivery replaced, instead "
                                                              "of rows in quarantine.")] = False,
    table: Annotated[str, typer.Option(help="Only rows meant for this table.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write all of them as CSV, readable by its owner alone.")] = None,
    as_json: AsJson = False,
) -> None:
    """未入库的行 · Rows that could not be accepted, or were replaced: file, line, reason."""
    w = opened(warehouse)
    rows = w.replaced if replaced else w.quarantine
    rows = rows.filter(rows.target == table) if table else rows
    found = w.run(rows.order_by(["target", "source", "line"])).drop(columns="updt_time")
    what = "同一批内主键重复而被替代" if replaced else "隔离"
    counts = found.groupby("target").size()
    text = f"{what} {len(found):,} 行" + "：" * (len(found) > 0) + "，".join(f"{t} {n:,}" for t, n in counts.items())
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.touch(mode=0o600)
        found.to_csv(out, index=False, encoding="utf-8-sig")
        text += f"。已写入 {out}"
    show(f"{text}。", found if as_json else found[_SHOWN[replaced]], as_json, rows=40)

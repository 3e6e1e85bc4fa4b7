"""Commands that prove and tidy: verify, rebuild, vacuum."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from yb_analytics.cli import app
from yb_analytics.cli._show import DEFAULT, AsJson, Warehouse
from yb_analytics.schema import Refusal


@app.command()
def verify(
    path: Annotated[Path, typer.Argument(help="A warehouse or a report edition.")] = DEFAULT,
    version: Annotated[int | None, typer.Option(help="Only the files of this version.", min=1)] = None,
    deep: Annotated[bool, typer.Option("--deep", help="Also compute rows, sums and digests again.")] = False,
    as_json: AsJson = False,
) -> None:
    """校验 · Name any loss or change in a warehouse or a report edition; everything is read, nothing is trusted.

    Exit code 6 if anything is lost or changed. With the key file at hand the chain of manifests is proven; without
    it that is said (「未核对链」).
    """
    from yb_analytics import reporting
    from yb_analytics.warehouse import examine

    if (path / "passport.json").exists():
        told = [str(p) for p in reporting.verify_edition(path)]
        rows = [{"kind": "edition", "table": "", "part": "", "file": str(path), "text": t} for t in told]
        text = "有改动 · changed" if told else "完整，未发现丢失或改动 · whole, nothing lost or changed"
        state: dict = {"text": f"{path}：{text}", "whole": not told, "rows": rows}
    else:
        found = examine(path, version, deep)
        rows = found.as_rows()
        state = {"text": found.text, "whole": found.whole, "chain": found.chain, "versions": found.versions,
                 "files": found.files, "bytes": found.bytes, "notes": found.notes, "rows": rows}
    _say(state, as_json)
    if not state["whole"]:
        raise Refusal(f"{path}：有 {len(rows)} 处问题 · {path}: {len(rows)} problems",
                      "从备份恢复上列文件，或用 yb rebuild 由原始交付重建 · "
                      "restore the files named above from a backup, or run `yb rebuild` from the raw deliveries",
                      "damaged")


def _say(state: dict, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(state, ensure_ascii=False))
        return
    for row in state["rows"]:
        typer.echo(row["text"])
    for note in state.get("notes", ()):
        typer.echo(f"（{note}）")
    typer.echo(state["text"])


@app.command()
def rebuild(
    path: Annotated[Path, typer.Argument(help="The old warehouse (its folder may be gone), its raw deliveries, or the "
                                             "folder both lie in.")],
    into: Annotated[Path, typer.Argument(help="Folder of the new warehouse; must be empty or absent.")],
    as_json: AsJson = False,
) -> None:
    """重建 · Make a warehouse again from its raw deliveries, and say whether the content is the same."""
    from yb_analytics import warehouse as store

    made = store.rebuild(path, into)
    if as_json:
        typer.echo(json.dumps({"text": made.text, "same": made.same, "digest": made.digest, "expected": made.expected,
                               "versions": made.versions, "deliveries": made.deliveries}, ensure_ascii=False))
    else:
        typer.echo(made.text)
    if not made.same:
        raise Refusal(f"{into} 与 {path} 的内容不同 · {into} differs from {path}",
                      "是否由其他版本的软件建立？见 CHANGELOG.md · was it made by another release? see CHANGELOG.md",
                      "failed")


@app.command()
def vacuum(
    warehouse: Warehouse = DEFAULT,
    keep_days: Annotated[float, typer.Option(help="Keep versions replaced within so many days.", min=0)] = 30,
    remove: Annotated[bool, typer.Option("--remove", help="Do it; otherwise it is only told.")] = False,
    as_json: AsJson = False,
) -> None:
    """清理 · Give up versions that were replaced long ago, and remove the files only they name.

    The newest version and all that a kept one names stay; so do manifests, answers and raw deliveries.
    """
    from yb_analytics import warehouse as store

    found = store.vacuum(warehouse, keep_days, remove)
    if as_json:
        typer.echo(json.dumps({"text": found.text, "through": found.through, "files": [*map(str, found.files)],
                               "bytes": found.bytes, "removed": found.removed}, ensure_ascii=False))
    else:
        typer.echo(found.text)

"""Commands about persons: identity, keys."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from yb_analytics.cli import app
from yb_analytics.cli._show import DEFAULT, AsJson, Warehouse, opened, show

keys = typer.Typer(help="密钥 · Keys of the pseudonyms: shown, rotated, destroyed; a key itself is never shown.")
app.add_typer(keys, name="keys")
STATES = {"active": "使用中", "next": "更换中", "retired": "已停用", "destroyed": "已销毁"}


@keys.callback(invoke_without_command=True)
def listed(context: typer.Context, warehouse: Warehouse = DEFAULT, as_json: AsJson = False) -> None:
    """密钥 · Ids, dates and states of the keys, and the purposes derived from each."""
    if context.invoked_subcommand:
        return
    import pandas as pd

    from yb_analytics.warehouse import keys as store

    held = store.read_keys(warehouse.resolve())
    rows = [{"id": k.id, "made": k.made or "—", "state": k.state, "text": STATES[k.state]} for k in held]
    text = f"密钥文件 {store.key_file(warehouse.resolve())}；用途：{'、'.join(store.purposes())}。"
    show(text, pd.DataFrame(rows), as_json)


@keys.command()
def rotate(warehouse: Warehouse = DEFAULT) -> None:
    """更换密钥 · New key; all pseudonyms are made again from the raw deliveries."""
    from yb_analytics.warehouse import keys as store

    typer.echo(store.rotate(warehouse).text)


@keys.command()
def destroy(key: Annotated[str, typer.Argument(help="Id of a retired key.")], warehouse: Warehouse = DEFAULT) -> None:
    """销毁密钥 · Remove a retired key for good."""
    from yb_analytics.warehouse import keys as store

    store.destroy(warehouse.resolve(), key)
    typer.echo(f"密钥 {key} 已销毁；以它生成的旧版本假名从此无法还原或再生成。")


@app.command()
def identity(
    warehouse: Warehouse = DEFAULT,
    out: Annotated[Path | None, typer.Option(help="Write the pairs as CSV, readable by its owner alone.")] = None,
    threshold: Annotated[float | None, typer.Option(help="Probability of a match; by default the parameter.")] = None,
    as_json: AsJson = False,
) -> None:
    """疑似同一人 · Person numbers that probably belong to one person (重复参保), for a clerk to check."""
    from yb_analytics.knowledge import parameters
    from yb_analytics.warehouse.identity import link

    w = opened(warehouse)
    dated = w.coverage()["table"].isin(["setl_d", "mdtrt_d"]).any()  # a register alone has no day of its own
    day = w.as_of if dated else date.today()  # noqa: DTZ011
    pairs = link(w, parameters("identity", day), threshold)
    bands = pairs["band"].value_counts()
    text = (f"判为同一人 {bands.get('match', 0)} 对，需人工复核 {bands.get('review', 0)} 对；"
            f"其中两个编号同日在保 {int(pairs['insured_twice'].fillna(False).sum())} 对。数据截至 {day}。")
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.touch(mode=0o600)
        pairs.to_csv(out, index=False)
        text += f"已写入 {out}。"
    show(text, pairs if as_json else pairs[["text"]], as_json)

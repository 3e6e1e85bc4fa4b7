"""Commands of the first line of defence: precheck, hot."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from yb_analytics.cli import app
from yb_analytics.cli._show import DEFAULT, AsJson, Warehouse, opened, show
from yb_analytics.schema import Refusal

hot = typer.Typer(no_args_is_help=True, help="热库 · The store pre-check and day screening look persons up in.")
app.add_typer(hot, name="hot")


@app.command()
def precheck(
    file: Annotated[Path | None, typer.Argument(help="草稿报文（JSON） · A draft encounter; - reads standard input.")] = None,
    warehouse: Warehouse = DEFAULT,
    serve: Annotated[bool, typer.Option("--serve", help="在本机提供HTTP服务 · Answer over HTTP on this machine.")] = False,
    port: Annotated[int, typer.Option(help="端口 · Port.", min=1, max=65535)] = 8010,
    host: Annotated[str, typer.Option(help="监听地址 · Address to listen on.")] = "127.0.0.1",
    allow_outside: Annotated[bool, typer.Option("--allow-outside", help="允许其他机器访问（须自备防护） · Let other "
                                                "machines in; put access control before it.")] = False,
    as_json: AsJson = False,
) -> None:
    """事前提醒 · Check a draft prescription or settlement before it is billed; it reminds and never refuses.

    The draft is one encounter in the national interface's JSON: nodes feedetail (2204, 2301), mdtrtinfo and diseinfo
    (2203), setlinfo or data (2206, 2304). psn_no, fixmedins_code and, per line, med_list_codg, fee_ocur_time, cnt and
    det_item_fee_sumamt must be there.
    """
    from yb_analytics.rules.precheck import desk_of
    from yb_analytics.rules.precheck import precheck as check
    from yb_analytics.rules.precheck.serving import refuse_outside
    from yb_analytics.rules.precheck.serving import serve as serve_desk

    if serve == (file is not None):
        raise Refusal("给出一个报文文件，或者 --serve · name a file or --serve, one of the two", "yb precheck --help", "usage")
    if file is not None:
        given = typer.get_binary_stream("stdin").read() if str(file) == "-" else file
        answer = check(given, opened(warehouse))
        if as_json:
            show(answer.text, answer.table.assign(amount=[str(h.amount) for h in answer.hits]), True)
            return
        shown = answer.table[["tier", "title", "lines", "amount", "why"]]
        show(answer.text, shown.assign(lines=["、".join(h.lines) for h in answer.hits]))
        for line in answer.unchecked:
            typer.echo(f"未核对：{line}")
        return
    refuse_outside(host, allow_outside)
    typer.echo("正在装载规则、知识点和热库 … · loading")
    desk = desk_of(opened(warehouse), slots=max(2, os.cpu_count() or 2))
    typer.echo(f"事前提醒服务 · http://{host}:{port}  （{len(desk.classes)}类规则，{desk.number}个知识点；Ctrl+C 停止）")
    serve_desk(desk, host, port, allow_outside)


@hot.command("build")
def build(warehouse: Warehouse = DEFAULT, as_json: AsJson = False) -> None:
    """建热库 · Make the hot store of the newest data now, so that the first pre-check of the day does not wait."""
    from yb_analytics.rules.precheck import build_store

    store = build_store(opened(warehouse))
    size = store.file.stat().st_size / 2**20 if store.file else 0
    show(f"热库就绪：{store.file}（{size:,.0f} MB，数据版本 {store.data_version}，既往记录自{store.since.isoformat()}）",
         None, as_json)

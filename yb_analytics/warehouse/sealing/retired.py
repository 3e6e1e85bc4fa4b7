"""Which old versions were given up on purpose: their files may be gone, and that is no loss.

The record is sealed and has a head like the others, so files cannot be removed under its cover without the key.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from yb_analytics.warehouse.sealing.records import (
    UNSEALED,
    read_head,
    read_record,
    refuse,
    replace_whole,
    sealed,
    text_of,
    write_head,
)

HEAD = "retired"
WHAT = "清理记录|record of retired versions"


def _file(path: Path) -> Path:
    return path / "retired.json"


def _record(path: Path) -> dict[str, Any]:
    head, file = read_head(path, HEAD), _file(path)
    if not file.is_file():
        if head:
            raise refuse(WHAT, file, "缺失|is missing")
        return {"serial": 0, "through": 0}
    record = read_record(path, file, WHAT)
    if record.state == UNSEALED:
        raise refuse(WHAT, file, "没有封印|bears no seal")
    if head and head.body["serial"] > record.body["serial"]:
        raise refuse(WHAT, file, "被回退|was turned back")
    if head and head.body["serial"] == record.body["serial"] and head.body["record"] != record.chain:
        raise refuse(WHAT, file, "不是最后写下的那一份|is not the one that was written last")
    return record.body


def retired_through(path: Path) -> int:
    """The newest version that was given up; 0 if none was."""
    return int(_record(path)["through"])


def retire(path: Path, through: int) -> None:
    """Give up all versions up to one; before any of their files is removed."""
    before = _record(path)
    body = sealed(path, {"serial": before["serial"] + 1, "through": max(through, int(before["through"]))})
    replace_whole(_file(path), text_of(body))
    write_head(path, HEAD, {"serial": body["serial"], "record": body["chain"]})

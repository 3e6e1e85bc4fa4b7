"""The register of stored answers and models: their SHA-256, each entry and the whole sealed.

A file is entered before it is put in place (`was` keeps what it replaces), so a crash between the two leaves either
file acceptable; the entry is completed afterwards. Each entry has a seal of its own: who writes without the key cannot
be covered by the next writer who has it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yb_analytics.schema import Refusal
from yb_analytics.warehouse._lock import writing
from yb_analytics.warehouse.privacy.key_file import key_file
from yb_analytics.warehouse.sealing import seen as _seen
from yb_analytics.warehouse.sealing.damage import Damage, confirmed
from yb_analytics.warehouse.sealing.records import (
    FORGED,
    UNSEALED,
    Record,
    file_sha256,
    head_folder,
    read_head,
    read_record,
    refuse,
    replace_whole,
    sealed,
    sealing_keys,
    state_of_seal,
    text_of,
    write_head,
)

HEAD = "answers"
WAIT = 30.0  # seconds for another writer of answers
NOTHING = "nothing"  # what an entry says of `was` if there was no file before
WHAT = "结果登记簿|register of stored answers"
AGAIN = ("在密钥文件在手时重新生成（yb screen、yb score、yb fund），或运行 yb verify · "
         "make it again (`yb screen`, `yb score`, `yb fund`) with the key file at hand, or run `yb verify`")


@dataclass(frozen=True)
class Entry:
    """A stored file as the register names it."""

    bytes: int
    sha256: str
    was: str
    state: str


_HELD: dict[Path, tuple[str, dict[Path, Entry]]] = {}


def register_file(path: Path) -> Path:
    """Where the register lies."""
    return path / "answers" / "register.json"


def read_register(path: Path) -> Record | None:
    """The register, `None` if nothing was ever stored; refuses one that is missing, changed or turned back."""
    head, file = read_head(path, HEAD), register_file(path)
    if not file.is_file():
        if head:
            raise refuse(WHAT, file, "缺失|is missing")
        return None
    record = read_record(path, file, WHAT)
    serial, known = record.body["serial"], head.body if head else {"serial": 0}
    if known["serial"] > serial:
        raise refuse(WHAT, file, f"被回退（第 {known['serial']} 号之后变为第 {serial} 号）|was turned back from number "
                     f"{known['serial']} to {serial}")
    if known["serial"] == serial and known["register"] != record.chain:
        raise refuse(WHAT, file, "不是最后写下的那一份|is not the one that was written last")
    return record


def _write(path: Path, files: dict[str, Any], serial: int) -> None:
    body = sealed(path, {"serial": serial, "files": dict(sorted(files.items()))})
    replace_whole(register_file(path), text_of(body))
    write_head(path, HEAD, {"serial": serial, "register": body["chain"]})


def entries(path: Path) -> dict[Path, Entry]:
    """Every registered file, with the state of its own seal; refuses a forged entry."""
    marks = _marks(path)
    held = None if _seen.always() else _HELD.get(path)
    if held is None or held[0] != marks:
        held = _HELD[path] = marks, read_entries(path)
    return dict(held[1])


def _marks(path: Path) -> str:
    """What changes when the register, its head or the keys do."""
    files = (register_file(path), head_folder(path) / f"{HEAD}.json", key_file(path))
    return "|".join(_seen.signature(f) if f.is_file() else "" for f in files)


def read_entries(path: Path) -> dict[Path, Entry]:
    """The same, read now."""
    record, keys, out = read_register(path), sealing_keys(path), {}
    for name, raw in (record.body["files"] if record else {}).items():
        state = state_of_seal(path, raw, keys)
        if state == FORGED or raw.get("file") != name:
            raise refuse(WHAT, register_file(path), f"中 {name} 一项被改写|was rewritten: the entry of {name}")
        out[path / name] = Entry(raw["bytes"], raw["sha256"], raw["was"], state)
    return out


def enter(path: Path, file: Path, draft: Path, put: Callable[[], object]) -> None:
    """Enter what will be put in place of a file, put it there, and complete the entry; under the writer's lock."""
    record = read_register(path)
    files, serial = (record.body["files"], record.body["serial"]) if record else ({}, 0)
    name = file.relative_to(path).as_posix()
    was = file_sha256(file) if file.is_file() else NOTHING
    old = files.get(name)
    if old and was not in (old["sha256"], old["was"]):
        raise Damage("missing" if was == NOTHING else "changed", str(file)).refusal()
    entry = {"file": name, "bytes": draft.stat().st_size, "sha256": file_sha256(draft), "was": was}
    _write(path, {**files, name: sealed(path, entry)}, serial + 1)
    put()
    _write(path, {**files, name: sealed(path, {**entry, "was": ""})}, serial + 2)


def refuse_changed(path: Path, files: list[Path], needed: bool = True) -> None:
    """Refuse stored files that are not what was entered, and (if `needed`) those that never were."""
    known = entries(path)
    for file in files:
        entry = known.get(file)
        if entry is None and needed:
            raise Refusal(f"结果文件 {file} 未登记 · stored file {file.name} is in no register", AGAIN, "damaged")
        if entry is None:
            continue
        if entry.state == UNSEALED:
            raise Refusal(f"结果文件 {file} 没有封印 · stored file {file.name} was written without the key", AGAIN,
                          "damaged")
        confirm(file, entry)


def lost(path: Path, folder: Path) -> list[Path]:
    """Registered files of a folder that are not there; one whose writer was killed before it came is none."""
    return [f for f, e in entries(path).items() if f.parent == folder and not f.is_file() and e.was != NOTHING]


def confirm(file: Path, entry: Entry) -> None:
    """Refuse a file that is neither what was entered nor (where the writer was killed) what it was to replace."""
    if entry.was and (file_sha256(file) if file.is_file() else NOTHING) == entry.was:
        return
    confirmed({file: entry})


def reseal(path: Path) -> None:
    """Seal every entry with the key in use; for a change of keys, while the old key is still held."""
    with writing(path / "answers", WAIT):
        record = read_register(path)
        if record is None:
            return
        for file, entry in entries(path).items():
            confirm(file, entry)
        files = {n: sealed(path, {k: v for k, v in raw.items() if k not in ("sealed_by", "seal", "chain")})
                 for n, raw in record.body["files"].items()}
        _write(path, files, record.body["serial"] + 1)

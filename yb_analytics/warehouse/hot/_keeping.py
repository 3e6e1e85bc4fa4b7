"""Files of hot stores: made whole or not at all, by one process at a time, recognised as damaged, swept."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yb_analytics.schema import Refusal
from yb_analytics.warehouse._lock import writing
from yb_analytics.warehouse.sealing.damage import confirmed
from yb_analytics.warehouse.sealing.records import file_sha256, read_record, replace_whole, sealed, text_of

_WAIT = 3600.0  # seconds: who asks while it is being made waits for it
_KEPT = 2  # versions: readers of the one before may be about to open it
_WHAT = "热库|hot store"


@dataclass(frozen=True)
class _Stored:
    bytes: int
    sha256: str


def folder(path: Path) -> Path:
    """Where the hot stores of a warehouse lie: `<warehouse>.hot` in `YB_HOT_DIR`, else beside it."""
    return Path(os.environ.get("YB_HOT_DIR") or path.parent) / f"{path.name}.hot"


def quoted(file: Path) -> str:
    """A path as it stands between quotes."""
    return str(file).replace("'", "''")


def _stem(facts: dict[str, Any]) -> str:
    return "-".join(str(facts[k]).replace("-", "") for k in ("data_version", "since", "layout"))


def sound(path: Path, facts: dict[str, Any]) -> Path | None:
    """The file of a store that is there and holds what was made; `None` otherwise."""
    file = folder(path) / f"{_stem(facts)}.duckdb"
    record = file.with_suffix(".json")
    if not record.is_file():
        return None
    try:
        told = read_record(path, record, _WHAT).body
        confirmed({file: _Stored(told["bytes"], told["sha256"])})
    except Refusal as refusal:
        if refusal.kind != "damaged":
            raise
        return None
    return file


def made(path: Path, facts: dict[str, Any], make: Callable[[Path], None]) -> Path:
    """The file of a store, made by `make` if it is missing or damaged."""
    found = sound(path, facts)
    if found is not None:
        return found
    home = folder(path)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with writing(home, _WAIT):
        return sound(path, facts) or _fresh(path, facts, make)


def _fresh(path: Path, facts: dict[str, Any], make: Callable[[Path], None]) -> Path:
    file = folder(path) / f"{_stem(facts)}.duckdb"
    _sweep(file)
    draft = file.with_name(f".{secrets.token_hex(6)}.draft")
    try:
        make(draft)
        draft.chmod(0o600)
        with draft.open("rb") as f:
            os.fsync(f.fileno())
        told = {**facts, "bytes": draft.stat().st_size, "sha256": file_sha256(draft)}
        file.with_suffix(".json").unlink(missing_ok=True)
        draft.replace(file)
        replace_whole(file.with_suffix(".json"), text_of(sealed(path, told)), 0o600)
    finally:
        for left in file.parent.glob(f"{draft.name}*"):
            left.unlink(missing_ok=True)
    return file


def _sweep(file: Path) -> None:
    """Remove what killed makers left and all but the newest stores; who has one open keeps it."""
    for left in file.parent.glob(".*.draft*"):
        left.unlink(missing_ok=True)
    stores = sorted((f for f in file.parent.glob("*.duckdb") if f != file), key=lambda f: f.stat().st_mtime_ns)
    for old in stores[:len(stores) - _KEPT + 1]:
        old.with_suffix(".json").unlink(missing_ok=True)
        old.unlink(missing_ok=True)

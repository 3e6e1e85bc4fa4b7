"""Raw deliveries, kept as they came: the warehouse can be made again from them.

They lie beside the warehouse (`<warehouse>.raw`, or under that name in `YB_RAW_DIR`), never inside: deliveries carry
names and certificate numbers in clear. `<sha256 of the bytes>/<original name>` is read-only and its owner's alone. The
journal (`journal/000007.json`) says what version 7 took in, in which order and by which mapping, so that `rebuild`
needs the raw folder and nothing of the warehouse.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yb_analytics.schema import Refusal
from yb_analytics.warehouse.sealing.records import (
    Record,
    bring_to_disk,
    file_sha256,
    read_head,
    read_record,
    refuse,
    replace_whole,
    sealed,
    text_of,
    write_head,
)

_CHUNK = 1 << 20
WHAT = "原始交付日志|journal of raw deliveries"
_PACKED = (".gz", ".zip")
RAW = ".raw"
"""What the folder of raw deliveries is called beside `<warehouse>`."""


@dataclass(frozen=True)
class Kept:
    """One kept delivery: SHA-256 of its bytes, where it lies, its size."""

    sha256: str
    file: Path
    bytes: int


def raw_folder(path: Path) -> Path:
    """Where the raw deliveries of a warehouse lie."""
    return Path(os.environ.get("YB_RAW_DIR") or path.parent) / f"{path.name}{RAW}"


def _owned(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _copy(file: Path, draft: Path) -> str:
    """Copy a file and give the SHA-256 of what was written."""
    done = hashlib.sha256()
    with file.open("rb") as source, os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb") as to:
        while piece := source.read(_CHUNK):
            done.update(piece)
            to.write(piece)
        to.flush()
        os.fsync(to.fileno())
    return done.hexdigest()


def keep(path: Path, file: Path, sha256: str = "", name: str = "") -> str:
    """Keep a delivered file, read-only.

    Parameters
    ----------
    path
        Folder of the warehouse.
    file
        The delivered file.
    sha256
        The hash the caller read; a file that has changed since is refused (compressed files are known by their
        unpacked content and are not compared).
    name
        What the sender called it; the file's own name by default.

    Returns
    -------
    str
        SHA-256 of the bytes kept: the name of the folder they lie in.
    """
    path, folder = Path(path).resolve(), _owned(raw_folder(Path(path).resolve()))
    if folder.resolve().is_relative_to(path):
        raise Refusal(f"{folder} 位于仓库之内，而原始交付含明文姓名 · "
                      f"{folder} lies inside the warehouse: deliveries carry names in clear",
                      "用 YB_RAW_DIR 指到仓库之外 · name a place outside with YB_RAW_DIR", "environment")
    shared = folder / file.parent.name / (name or file.name)
    if shared.is_file() and shared.samefile(file) and file_sha256(file) == file.parent.name:
        return file.parent.name  # a rebuild reads what the store already holds
    draft = folder / f".{secrets.token_hex(6)}.draft"
    try:
        found = _copy(file, draft)
        if sha256 and sha256 != found and file.suffix.lower() not in _PACKED:
            raise Refusal(f"{file} 在读取时被改动 · {file} changed while it was read",
                          "重新运行同一接收 · run the same ingest again", "input")
        target = _owned(folder / found) / (name or file.name).replace("/", "_")
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    bring_to_disk(target.parent)
    return found


def kept(path: Path) -> list[Kept]:
    """Every raw delivery of a warehouse."""
    files = sorted(f for f in raw_folder(Path(path).resolve()).glob("*/*")
                   if len(f.parent.name) == hashlib.sha256().digest_size * 2)
    return [Kept(f.parent.name, f, f.stat().st_size) for f in files]


def kept_file(path: Path, sha256: str, name: str) -> Path:
    """Where a delivery of this hash and name lies, or would lie."""
    return raw_folder(path) / sha256 / name.replace("/", "_")


def _pages(path: Path) -> list[Path]:
    return sorted((raw_folder(path) / "journal").glob("[0-9]*.json"))


def write_journal(path: Path, body: dict[str, Any]) -> None:
    """Say what a version takes in, before it is published; a version that never was is written over by the next."""
    folder = _owned(_owned(raw_folder(path)) / "journal")
    file = folder / f"{body['version']:06d}.json"
    older = [f for f in _pages(path) if f < file]
    previous = read_record(path, older[-1], WHAT).chain if older else ""
    page = sealed(path, {**body, "previous": previous})
    replace_whole(file, text_of(page), 0o400)
    write_head(path, "journal", {"version": body["version"], "page": page["chain"]})


def read_journal(path: Path) -> list[Record]:
    """What every version took in, oldest first; refuses a changed, forged or missing page."""
    head, files, before = read_head(path, "journal"), _pages(path), ""
    pages = [read_record(path, f, WHAT) for f in files]
    for file, page in zip(files, pages, strict=True):
        if int(file.stem) != page.body["version"] or page.body["previous"] != before:
            raise refuse(WHAT, file, "与前一页不相接|does not follow the page before")
        before = page.chain
    newest = head.body["version"] if head else 0
    found = {p.body["version"]: p.chain for p in pages}
    if head and found.get(newest) != head.body["page"]:
        file = raw_folder(path) / "journal" / f"{newest:06d}.json"
        raise refuse(WHAT, file, "不是当时写下的那一页|is not the page that was written" if newest in found
                     else "缺失|is missing")
    return pages


def share(path: Path, other: Path) -> None:
    """Give another warehouse the raw deliveries of this one without a second copy, where the disk allows."""
    for one in kept(path):
        target = _owned(raw_folder(other) / one.sha256) / one.file.name
        if not target.exists():
            try:
                os.link(one.file, target)
            except OSError:
                shutil.copy2(one.file, target)

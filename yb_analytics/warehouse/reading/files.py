"""A delivered file becomes Parquet with a line number, whatever its format; its identity is its bytes.

Every value stays what it is; what it means is decided in `_conform`. Formats have a reader each (`_from_csv`,
`_from_parquet`, `_from_excel`, `_from_lines`); packed files and databases become files before (`_arrivals`).
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from yb_analytics.schema import Refusal
from yb_analytics.warehouse.manifest import file_sha256
from yb_analytics.warehouse.reading.batches import DELIVERY, FILE, LINE, MARKS, RAW, Raw
from yb_analytics.warehouse.reading.encodings import Tick, pieces
from yb_analytics.warehouse.reading.from_csv import read_csv
from yb_analytics.warehouse.reading.from_excel import read_sheet
from yb_analytics.warehouse.reading.from_lines import read_lines
from yb_analytics.warehouse.reading.from_parquet import read_parquet, refuse_damaged

__all__ = ["DELIVERY", "FILE", "KINDS", "LINE", "MARKS", "RAW", "SUFFIXES", "Raw", "content_hash", "kind_of",
           "piece_hash", "read", "refuse_damaged", "unpacked"]

KINDS = {".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".xlsx": "excel", ".jsonl": "lines", ".ndjson": "lines"}
SUFFIXES = tuple(s + packed for s in KINDS for packed in ("", ".gz"))


def content_hash(path: Path) -> str:
    """Identity of a delivered file: its bytes (unpacked where it is compressed)."""
    if path.suffix.lower() != ".gz":
        return file_sha256(path)
    done = hashlib.sha256()
    for piece in pieces(path):
        done.update(piece)
    return done.hexdigest()


def piece_hash(sha256: str, sheet: str) -> str:
    """Identity of a file, or of one of its sheets."""
    return hashlib.sha256(f"{sha256}\n{sheet}".encode()).hexdigest() if sheet else sha256


def kind_of(file: Path) -> str:
    """Format of a file by its name, empty where it is none of ours."""
    name = file.name.lower().removesuffix(".gz")
    return KINDS.get(Path(name).suffix, "") if file.name.lower().endswith(SUFFIXES) else ""


def unpacked(path: Path, into: Path) -> Path:
    """A file that is not compressed: itself, or a copy."""
    if path.suffix.lower() != ".gz":
        return path
    with into.open("wb") as out:
        for piece in pieces(path):
            out.write(piece)
    return into


def read(path: Path, staging: Path, sha256: str, name: str = "", sheet: str = "", tick: Tick | None = None) -> Raw:
    """Any file of :data:`SUFFIXES`, or one sheet of it.

    Parameters
    ----------
    path, staging
        The file; the folder its rows are put into.
    sha256
        Identity of the piece (see `piece_hash`).
    name
        What the sender called it; the file's own name by default.
    tick
        Told the bytes that were read, as they are read.

    Raises
    ------
    Refusal
        Naming the file and what is wrong with it; no other error leaves a reader.
    """
    name, kind = name or path.name, kind_of(path)
    if shutil.disk_usage(staging).free < path.stat().st_size:
        raise Refusal(f"{staging} 放不下 {name} 的数据 · no room for the rows of {name} in {staging}",
                      "腾出空间后重新运行同一接收 · make room and run the same ingest again", "environment")
    if kind == "csv":
        return read_csv(path, staging, sha256, name, tick)
    if kind == "lines":
        return read_lines(path, staging, sha256, name, tick)
    copy = staging / f"{sha256}.unpacked"
    try:
        plain = unpacked(path, copy)
        if kind == "excel":
            return read_sheet(plain, staging, sha256, name, sheet, tick)
        return read_parquet(plain, staging, sha256, name)
    finally:
        copy.unlink(missing_ok=True)

"""What can be wrong with a stored file, in a sentence: Chinese first, English beside."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from yb_analytics.schema import Refusal
from yb_analytics.warehouse.sealing import seen as _seen
from yb_analytics.warehouse.sealing.records import file_sha256

REMEDY = ("运行 yb verify；从备份恢复该文件，或 yb rebuild 重建、重新接收 · "
          "run `yb verify`; restore the file from a backup, run `yb rebuild` or ingest again")
_TOLD = {
    "missing": ("缺失", "is missing"),
    "cut": ("被截断（现 {now} 字节，发布时 {then}）", "is cut ({now} bytes, published {then})"),
    "longer": ("变长（现 {now} 字节，发布时 {then}）", "is longer than published ({now} bytes, published {then})"),
    "changed": ("内容被改动", "was changed (its SHA-256 differs)"),
    "swapped": ("被换成另一个已发布的文件", "was changed: it holds the content of another published file"),
    "added": ("未经发布而出现", "was added: nothing published names it"),
    "sums": ("的行数、金额或行摘要与清单不符", "was changed: rows, sums or row digest differ from the manifest"),
}


class Sealed(Protocol):
    """A file as a manifest or register names it."""

    @property
    def bytes(self) -> int:
        """Its size."""

    @property
    def sha256(self) -> str:
        """Its SHA-256."""


@dataclass(frozen=True)
class Damage:
    """One loss or change: what kind, of which file, of which table and part (empty where it is none of a table).

    Examples
    --------
    >>> print(Damage("missing", "tables/setl_d/a.parquet", "setl_d", "202503").text)
    表 setl_d 分区 202503 文件 tables/setl_d/a.parquet 缺失 · table setl_d, part 202503: a.parquet is missing
    """

    kind: str
    file: str
    table: str = ""
    part: str = ""
    now: int = 0
    then: int = 0
    told: str = ""

    @property
    def text(self) -> str:
        """The sentence."""
        if self.told:
            return self.told
        zh, en = (t.format(now=self.now, then=self.then) for t in _TOLD[self.kind])
        log = "_delta_log/" in self.file
        of_zh = f"表 {self.table} " + (f"分区 {self.part} " if self.part else "") if self.table else ""
        of_en = f"table {self.table}" + (f", part {self.part}: " if self.part else ": ") if self.table else ""
        return (f"{of_zh}{'Delta 日志' if log else '文件'} {self.file} {zh} · "
                f"{of_en}{'Delta log ' if log else ''}{Path(self.file).name} {en}")

    def refusal(self) -> Refusal:
        """The same as a refusal."""
        return Refusal(self.text, REMEDY, "damaged")


def size_damage(file: Path, stored: Sealed, table: str = "", part: str = "") -> Damage | None:
    """What the name and size of a file alone tell."""
    try:
        now = file.stat().st_size if file.is_file() else None
    except OSError:
        now = None
    if now == stored.bytes:
        return None
    if now is None:
        return Damage("missing", str(file), table, part)
    return Damage("cut" if now < stored.bytes else "longer", str(file), table, part, now, stored.bytes)


def hashes(files: list[Path]) -> list[str]:
    """SHA-256 of files, several at once."""
    with ThreadPoolExecutor(int(os.environ.get("YB_THREADS") or os.cpu_count() or 1)) as pool:
        return list(pool.map(file_sha256, files))


def confirmed(found: dict[Path, Sealed], table: str = "", part_of=lambda _: "") -> dict[Path, str]:
    """Files that hold what was published, each with the signature it had when that was confirmed.

    What was confirmed before and did not change since is not read again (see `_seen`).

    Raises
    ------
    Refusal
        `damaged`, naming the first file that is missing, cut or changed.
    """
    for file, stored in found.items():
        if damage := size_damage(file, stored, table, part_of(stored)):
            raise damage.refusal()
    signatures = {f: _seen.signature(f) for f in found}
    known = _seen.seen_all([*found])
    fresh = [f for f in found if known.get(f) != found[f].sha256]
    for file, sha256 in zip(fresh, hashes(fresh), strict=True):
        if sha256 != found[file].sha256:
            raise Damage("changed", str(file), table, part_of(found[file])).refusal()
    _seen.remember_all([(f, signatures[f], found[f].sha256) for f in fresh])
    return signatures

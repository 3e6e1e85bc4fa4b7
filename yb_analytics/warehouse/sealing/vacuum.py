"""Room made again: files of versions nobody will go back to, and what killed writers left.

Publishing never removes a file, because somebody may read the version before. So a warehouse grows with every
correction until its old versions are given up. What a kept version names is never removed; manifests stay, because the
chain is followed to the first; raw deliveries and stored answers stay. A version that was given up can be made again
by `rebuild`, which takes all deliveries in one after the other.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

from yb_analytics.schema import Refusal
from yb_analytics.warehouse import manifest as manifests
from yb_analytics.warehouse._delta import folder_of, undo
from yb_analytics.warehouse._lock import writing
from yb_analytics.warehouse.sealing.records import sealing_keys
from yb_analytics.warehouse.sealing.retired import retire, retired_through

KEEP_DAYS = 30
_DAY = 86_400


@dataclass(frozen=True)
class Vacuumed:
    """What was removed, or would be.

    Attributes
    ----------
    path, through
        The warehouse; the newest version that is given up, 0 for none.
    files, bytes
        Data files only such versions name.
    removed
        Whether it was done.
    """

    path: Path
    through: int
    keep_days: float
    files: list[Path] = field(default_factory=list)
    bytes: int = 0
    removed: bool = False

    @property
    def text(self) -> str:
        """The outcome in a sentence."""
        if not self.files:
            return f"{self.path}：没有可清理的文件（保留最近 {self.keep_days:g} 天内用过的版本）。"
        size = f"{len(self.files):,} 个文件 {self.bytes / 2**20:,.1f} MB"
        if self.removed:
            return f"{self.path}：第 1–{self.through} 版已停用，清理 {size}；这些版本可由 yb rebuild 从原始交付重建。"
        return (f"{self.path}：第 1–{self.through} 版已被替代满 {self.keep_days:g} 天，可清理 {size}；"
                "未做任何改动，加 --remove 执行。")


def vacuum(path, keep_days: float = KEEP_DAYS, remove: bool = False) -> Vacuumed:
    """Remove the files of versions that were replaced long ago.

    Parameters
    ----------
    path
        Folder of the warehouse.
    keep_days
        Versions that were replaced within so many days are kept; so is the newest, always.
    remove
        Do it; without it, only what would be removed is told.

    Raises
    ------
    Refusal
        `empty` if there is no warehouse, `damaged` if its chain is broken, `environment` without the key file,
        `locked` while somebody writes.
    """
    path = Path(path).resolve()
    if not remove:
        return _found(path, keep_days)
    manifests.load(path)  # refuses before a lock is made where no warehouse is
    with writing(path):
        if not sealing_keys(path):
            raise Refusal("没有密钥文件，无法为清理记录加封 · without the key file no version can be given up",
                          "用 YB_KEY_FILE 指明密钥文件 · name the key file with YB_KEY_FILE", "environment")
        undo(path, manifests.latest(path))
        shutil.rmtree(path.with_name(path.name + ".staging"), ignore_errors=True)
        found = _found(path, keep_days)
        if found.files:
            retire(path, found.through)
            for file in found.files:
                file.unlink(missing_ok=True)
        return Vacuumed(path, found.through, keep_days, found.files, found.bytes, removed=True)


def _found(path: Path, keep_days: float) -> Vacuumed:
    """Versions that may be given up, and the files that go with them."""
    newest = manifests.load(path).version
    until = time.time() - keep_days * _DAY
    replaced = [v for v in range(1, newest) if manifests.file_of(path, v + 1).stat().st_mtime <= until]
    through = max([retired_through(path), *replaced])
    named: list[dict[Path, int]] = [{}, {}]
    for version in manifests.versions(path):
        for name, state in manifests.made_of(path, version).tables.items():
            named[version > through] |= {folder_of(path, name) / f.path: f.bytes for f in state.files}
    given_up, kept = named
    files = sorted(f for f in set(given_up) - set(kept) if f.is_file())
    return Vacuumed(path, through, keep_days, files, sum(given_up[f] for f in files))

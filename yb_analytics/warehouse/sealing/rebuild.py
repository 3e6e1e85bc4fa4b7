"""The warehouse made again from its raw deliveries."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from yb_analytics.schema import TABLES, Refusal
from yb_analytics.warehouse import manifest as manifests
from yb_analytics.warehouse._ingest import take
from yb_analytics.warehouse.privacy.key_file import key_file
from yb_analytics.warehouse.reading.mapping import Feed, Task
from yb_analytics.warehouse.sealing.damage import Damage
from yb_analytics.warehouse.sealing.raw import RAW, kept_file, raw_folder, read_journal, share
from yb_analytics.warehouse.sealing.records import UNSEALED, file_sha256, head_folder


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild made.

    Attributes
    ----------
    path
        The new warehouse.
    versions, deliveries
        How many were taken in again.
    digest, expected
        Of the new warehouse, and of the one it was made after.
    """

    path: Path
    versions: int
    deliveries: int
    digest: str
    expected: str

    @property
    def same(self) -> bool:
        """Whether the new warehouse holds exactly what the old one held."""
        return self.digest == self.expected

    @property
    def text(self) -> str:
        """The outcome in a sentence."""
        told = ("内容摘要一致 · the same content" if self.same else
                f"内容摘要不一致：应为 {self.expected[:12]}，得到 {self.digest[:12]} · the content differs")
        return f"由 {self.versions} 版共 {self.deliveries} 份原始交付重建于 {self.path}；{told}（{self.digest[:12]}）"


def rebuild(path, into, progress: bool = True) -> Rebuilt:
    """Make a warehouse again from its raw deliveries, in the order they were delivered.

    Nothing of the old warehouse is read: its raw store (deliveries and journal) is enough, and its key file if the
    pseudonyms are to be the same. Each delivery is compared with its SHA-256 first.

    Parameters
    ----------
    path
        The old warehouse (its folder may be gone), its raw store, or the folder they lie in.
    into
        Folder of the new one; must be empty or absent.

    Returns
    -------
    Rebuilt
        `same` says whether the content is that of the last version in the journal.

    Raises
    ------
    Refusal
        `empty` if nothing was kept; `damaged` naming the delivery or page of the journal that is missing or changed;
        `usage` if `into` is not empty.
    """
    path, into = _meant(Path(path).resolve()), Path(into).resolve()
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise Refusal(f"{into} 不是空文件夹 · {into} is not empty", "另取一个新文件夹名 · name a new folder", "usage")
    if raw_folder(into) == raw_folder(path) or head_folder(into) == head_folder(path):
        raise Refusal(f"{into} 会与 {path} 共用旁边的文件 · {into} would share what lies beside {path}",
                      "新文件夹另取名称 · give the new folder another name", "usage")
    pages = _pages(path)
    planned = [_tasks(path, page) for page in pages]
    _same_key(path, into)
    share(path, into)
    for tasks in planned:
        take(tasks, into, progress)
    made = manifests.load(into)
    return Rebuilt(into, len(pages), sum(map(len, planned)), made.digest, pages[-1]["digest"])


def _meant(path: Path) -> Path:
    """The warehouse a path stands for: itself, that of a raw store, or the only one that has its raw store there."""
    if raw_folder(path).is_dir():
        return path
    if path.name.endswith(RAW) and (path / "journal").is_dir():
        return path.with_name(path.name.removesuffix(RAW))
    inside = sorted(f.parent for f in path.glob(f"*{RAW}/journal")) if path.is_dir() else []
    if len(inside) > 1:
        names = ", ".join(f.name.removesuffix(RAW) for f in inside)
        raise Refusal(f"{path} 中有多个仓库：{names} · {path} holds several warehouses: {names}",
                      "写明是哪一个 · name one of them", "usage")
    return inside[0].with_name(inside[0].name.removesuffix(RAW)) if inside else path


def _pages(path: Path) -> list[dict]:
    """The journal, proven as far as the keys at hand can tell."""
    pages = read_journal(path)
    if not pages:
        raise Refusal(f"没有 {path} 的原始交付，找过 {raw_folder(path)} · "
                      f"no raw deliveries of {path}, looked for {raw_folder(path)}",
                      "写仓库文件夹，原件在别处时设 YB_RAW_DIR；以 --no-keep 接收的没有原件 · name the warehouse, "
                      "or the place with YB_RAW_DIR; what was taken in with --no-keep is not there", "empty")
    if unsealed := [p for p in pages if p.state == UNSEALED]:
        version = unsealed[0].body["version"]
        raise Refusal(f"第 {version} 版的交付日志没有封印 · the journal page of version {version} bears no seal",
                      "从备份恢复 · restore it from a backup", "damaged")
    return [p.body for p in pages]


def _tasks(path: Path, page: dict) -> list[Task]:
    """What one version took in, each delivery whole."""
    out = []
    for one in page["deliveries"]:
        if not one["kept"]:
            raise Refusal(f"第 {page['version']} 版接收的 {one['file']} 未保留原件 · "
                          f"version {page['version']} took in {one['file']} without keeping it",
                          "用 yb ingest 重新接收 · deliver it again with `yb ingest`", "empty")
        file = kept_file(path, one["kept"], one["kept_name"])
        if not file.is_file() or file_sha256(file) != one["kept"]:
            raise Damage("changed" if file.is_file() else "missing", str(file), one["table"]).refusal()
        feed = Feed.model_validate_json(page["mappings"][one["mapping"]]) if one["mapping"] else None
        out.append(Task(file, TABLES[one["table"]], feed, one["name"], one["sheet"]))
    return out


def _same_key(path: Path, into: Path) -> None:
    """The new warehouse knows persons by the same pseudonyms."""
    old, new = key_file(path), key_file(into)
    if old != new and old.is_file() and not new.exists():
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(old, new)

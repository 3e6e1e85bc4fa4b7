"""Another key for the pseudonyms of a warehouse.

A pseudonym cannot be turned into one of another key: that is its purpose. Chaining (an HMAC of the old pseudonym under
the new key) would keep old rows joined to new ones, but every new delivery would need the old key too, and it could
never be destroyed. The clear values stand in the raw deliveries, so the columns are made again from those: afterwards
nothing in the newest state depends on the old key, and `destroy` may remove it.

Only tables with keyed columns are written again, and only if the raw deliveries give exactly the rows the warehouse
holds (their digests do not cover keyed columns and must be equal). Readers keep the version they opened; versions
published before keep their old pseudonyms, which nobody can reverse any more once the old key is destroyed.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from yb_analytics.schema import TABLES, Refusal
from yb_analytics.warehouse import manifest as manifests
from yb_analytics.warehouse._delta import begin, commit, folder_of, state_of, undo
from yb_analytics.warehouse._disk import check_files, parquet
from yb_analytics.warehouse._engine import connect
from yb_analytics.warehouse._lock import writing
from yb_analytics.warehouse._merge import merge
from yb_analytics.warehouse._months import chunks, write
from yb_analytics.warehouse._staging import Job, read_all
from yb_analytics.warehouse.manifest import Manifest, TableState
from yb_analytics.warehouse.privacy.key_file import (
    ACTIVE,
    Key,
    begin_rotation,
    end_rotation,
    in_use,
    read_keys,
)
from yb_analytics.warehouse.reading.mapping import Feed, Task
from yb_analytics.warehouse.sealing.raw import kept_file
from yb_analytics.warehouse.sealing.records import file_sha256
from yb_analytics.warehouse.sealing.register import reseal

PERSONAL = tuple(name for name, table in TABLES.items() if any(c.personal == "hashed" for c in table.columns))
"""Tables with keyed columns."""


@dataclass(frozen=True)
class Rotated:
    """What a rotation did: the keys before and after, tables and rows written again, the version published."""

    before: str
    after: str
    tables: tuple[str, ...]
    rows: int
    version: int

    @property
    def text(self) -> str:
        """The outcome in a sentence."""
        return (f"密钥已由 {self.before or '（未记名）'} 更换为 {self.after}："
                f"重新生成 {len(self.tables)} 张表 {self.rows:,} 行的假名，已发布第 {self.version} 版，数据内容不变。"
                f"旧密钥可用 `yb keys destroy {self.before}` 销毁。")


def _tasks(path: Path, manifest: Manifest) -> list[Task]:
    """The kept deliveries of all tables with keyed columns; refuses if one was not kept or was changed."""
    out, lost = [], []
    for one in manifest.deliveries:
        if one["table"] not in PERSONAL:
            continue
        file = kept_file(path, one.get("kept", ""), one.get("kept_name", one["file"]))
        if not one.get("kept") or not file.is_file() or file_sha256(file) != one["kept"]:
            lost.append(one["file"])
            continue
        feed = Feed.model_validate_json(manifest.mappings[one["mapping"]]) if one["mapping"] else None
        out.append(Task(file, TABLES[one["table"]], feed, one["name"], one["sheet"]))
    if lost:
        raise Refusal(f"部分原始交付不在手头 · raw deliveries are not at hand: {', '.join(lost[:5])}",
                      "用 YB_RAW_DIR 指明位置；未保留原件的须重新交付到新仓库 · "
                      "name their place with YB_RAW_DIR; what was not kept must be delivered into a new warehouse",
                      "empty")
    return out


def _again(path: Path, scratch: Path, key: Key, manifest: Manifest,
           progress: bool) -> tuple[Job, dict[str, TableState]]:
    """The tables with keyed columns made from raw deliveries under another key, in a folder of their own."""
    (scratch / "staging").mkdir(parents=True, mode=0o700)
    job = Job(scratch, connect([scratch, path]), key.bytes, Manifest(), scratch / "staging")
    tasks = _tasks(path, manifest)
    if tasks:
        read_all(job, tasks, progress)
    made = {name: merge(job.con, scratch, TABLES[name], job.staged[name], job.manifest).state
            for name in sorted(job.staged) if name in PERSONAL}
    for name, state in made.items():
        if {k: p for k, p in state.parts.items() if p.rows} != {
                k: p for k, p in manifest.tables[name].parts.items() if p.rows}:
            raise Refusal(f"表 {name}：由原始交付得不到仓库现有的行 · "
                          f"table {name}: the raw deliveries do not give the rows the warehouse holds",
                          "先 yb verify，再 yb rebuild · run `yb verify`, then `yb rebuild`", "damaged")
        job.manifest.tables[name] = state
    return job, made


def _replace(job: Job, path: Path, manifest: Manifest, name: str) -> None:
    """The rows made again take the place of the old ones, as a new version of the table."""
    table, before = TABLES[name], manifest.tables[name]
    rows = parquet(job.con, check_files(job.path, job.manifest, name), table.ibis_schema())
    made: dict = {}
    begin(path, name)
    sizes = {k: p.rows for k, p in before.parts.items()}
    for chunk in chunks(sizes):
        mine = rows if not table.month else rows.filter(rows[table.month].strftime("%Y%m").isin(chunk))
        made |= write(job.con, mine.select(*table.names), table, folder_of(path, name), {p: sizes[p] for p in chunk})
    manifest.tables[name] = state_of(path, name, before, commit(path, table, made, before))


def rotate(path, progress: bool = True) -> Rotated:
    """Change the key of a warehouse; what was interrupted goes on where it was.

    Parameters
    ----------
    path
        Folder of the warehouse. Its raw deliveries must be at hand.

    Raises
    ------
    Refusal
        `empty` if a raw delivery is missing, `damaged` if they give other rows than the warehouse holds; the
        warehouse is then as it was and keeps its key.
    """
    path = Path(path).resolve()
    scratch = path.with_name(path.name + ".rotating")
    with writing(path):
        manifest = manifests.latest(path)
        if not manifest.version:
            raise Refusal(f"{path} 中没有数据仓库 · no warehouse in {path}",
                          "用 yb ingest 数据 -w 文件夹 建立 · make one with `yb ingest SOURCE -w FOLDER`",
                          "empty")
        _tasks(path, manifest)
        undo(path, manifest)
        old, used = manifest.key, in_use(read_keys(path))
        key = used if old and used.id != old else begin_rotation(path)
        shutil.rmtree(scratch, ignore_errors=True)
        try:
            job, made = _again(path, scratch, key, manifest, progress)
            for name in made:
                _replace(job, path, manifest, name)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        manifest.key = key.id
        if key.state != ACTIVE:
            end_rotation(path, key.id)
        manifests.publish(path, manifest)
    reseal(path)
    return Rotated(old, key.id, tuple(made), sum(s.rows for s in made.values()), manifest.version)

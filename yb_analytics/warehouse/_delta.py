"""The files of one table: a Delta commit, and what the manifest keeps of them.

Delta (delta-rs) gives atomic commits and history to Spark, Trino and others that read the same folder. What
counts as published is the manifest alone: a commit no manifest names is undone by the next writer. The files
themselves are written by `_months`, which costs less than half of what a stream into delta-rs does.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable, Schema
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, create_table_with_add_actions

from yb_analytics.schema import Refusal, Table
from yb_analytics.warehouse import manifest as manifests
from yb_analytics.warehouse._frames import arrow_schema
from yb_analytics.warehouse._months import NOTHING
from yb_analytics.warehouse.manifest import OPEN, Manifest, Part, Stored, TableState, file_sha256


def folder_of(path: Path, name: str) -> Path:
    """Folder of a table."""
    return path / "tables" / name


def settle(path: Path, name: str, state: TableState | None) -> None:
    """Bring a table back to its published version, ready to be written: what a killed writer left is undone."""
    folder = folder_of(path, name)
    if state is None and folder.exists():
        shutil.rmtree(folder)
    try:
        delta = DeltaTable(folder) if state else None
        if delta and state and delta.version() != state.delta_version:
            delta.restore(state.delta_version)
    except DeltaError as error:
        raise Refusal(f"表 {name} 的 Delta 日志无法读取 · table {name}: its Delta log cannot be read: {error}",
                      "运行 yb verify，并从备份恢复该文件夹 · run `yb verify` and restore the folder from a backup",
                      "damaged") from None
    begin(path, name)


def begin(path: Path, name: str) -> None:
    """Mark a table as being written, until the next publication: what no manifest names there is left over."""
    folder = folder_of(path, name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / OPEN).touch()


def undo(path: Path, manifest: Manifest) -> None:
    """Undo what a killed writer left in any table: commits and files that no manifest names."""
    for mark in sorted(path.glob(f"tables/*/{OPEN}")):
        name = mark.parent.name
        state = manifest.tables.get(name)
        settle(path, name, state)
        if state is not None:
            _sweep(path, name)
            manifest.tables[name] = state_of(path, name, state, {})


def _sweep(path: Path, name: str) -> None:
    """Remove the files of a table that no published state names; old states keep theirs."""
    folder = folder_of(path, name)
    states = (manifests.made_of(path, v).tables.get(name) for v in manifests.versions(path))
    named = {folder / f.path for state in states if state for f in state.files}
    for file in set(folder.glob("*/*.parquet")) - named:
        if file.parent.name != "_delta_log":
            file.unlink()


def _added(folder: Path, column: str, part: str, file: Path, rows: int) -> AddAction:
    state = file.stat()
    return AddAction(f"{column}={part}/{file.name}", state.st_size, {column: part}, state.st_mtime_ns // 10**6, True,
                     json.dumps({"numRecords": rows}))


def commit(path: Path, table: Table, made: dict[str, tuple[Path | None, Part]],
           before: TableState | None) -> dict[str, Part]:
    """Replace parts of a table by the files made for them (by none where no row is left), in one Delta commit.

    Returns what the parts that changed hold. A part that holds what it held keeps its file.
    """
    folder, column = folder_of(path, table.name), table.part or "part"
    old = before.parts if before else {}
    seen = not any(c.personal == "hashed" for c in table.columns)  # the digest does not cover pseudonyms
    same = {p for p, (_, held) in made.items() if held == old.get(p, NOTHING) and (seen or not held.rows)}
    for file, _ in (made[p] for p in same):
        if file:
            file.unlink()
    changed = {p: held for p, (_, held) in made.items() if p not in same}
    if not changed:
        return {}
    added = [_added(folder, column, p, file, held.rows) for p, (file, held) in made.items() if file and p in changed]
    schema = Schema.from_arrow(arrow_schema(table).append(pa.field(column, pa.string())))
    if not DeltaTable.is_deltatable(str(folder)):
        create_table_with_add_actions(str(folder), schema, added, partition_by=[column])
        return changed
    delta = DeltaTable(folder)
    known = {f.name for f in delta.schema().fields}
    if later := [f for f in schema.fields if f.name not in known]:
        delta.alter.add_columns(later)
        delta = DeltaTable(folder)
    delta.create_write_transaction([*added], "overwrite", delta.schema(), [column], [(column, "in", [*changed])])
    return changed


def state_of(path: Path, name: str, before: TableState | None, parts: dict[str, Part]) -> TableState:
    """The table as it now stands; files already known keep their recorded hash."""
    folder = folder_of(path, name)
    known = {f.path: f for f in before.files} if before else {}
    delta = DeltaTable(folder)
    prefix = str(folder.resolve())
    files = []
    for uri in delta.file_uris():
        relative = str(Path(unquote(uri.removeprefix("file://"))).resolve()).removeprefix(prefix).lstrip("/")
        file = folder / relative
        part = relative.split("/")[0].partition("=")[2]
        files.append(known.get(relative) or Stored(relative, part, file.stat().st_size, file_sha256(file)))
    old = before.parts if before else {}
    return TableState(delta.version(), sorted(files, key=lambda f: f.path), {**old, **parts}, _log_of(folder, before))


def _log_of(folder: Path, before: TableState | None) -> list[Stored]:
    """The Delta log as it stands. A commit never changes; the pointer to the last checkpoint does."""
    known = {f.path: f for f in before.log} if before else {}
    out = []
    for file in sorted((folder / "_delta_log").iterdir()):
        relative = f"_delta_log/{file.name}"
        if file.is_file() and not file.name.startswith("."):
            old = known.get(relative) if not file.name.startswith("_") else None
            out.append(old or Stored(relative, "", file.stat().st_size, file_sha256(file)))
    return out

"""Writing one month of one table: a Delta commit, and what the manifest keeps of it.

Delta (delta-rs) gives atomic commits and history to Spark, Trino and others that read the same folder. What
counts as published is the manifest alone: a commit no manifest names is undone by the next writer. The files
themselves are written by DuckDB, which costs half of what a stream into delta-rs does.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from pathlib import Path
from urllib.parse import unquote

import ibis
import pyarrow as pa
from deltalake import DeltaTable, Schema
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, create_table_with_add_actions

from yb_analytics.schema import Period, Refusal, Table
from yb_analytics.warehouse._digest import summary
from yb_analytics.warehouse._frames import arrow_schema
from yb_analytics.warehouse.manifest import Part, Stored, TableState, file_sha256

WHOLE = "all"  # the one part of a table without months
_UNDATED = "000000"
NOTHING = Part(0, "0", {})


def folder_of(path: Path, name: str) -> Path:
    """Folder of a table."""
    return path / "tables" / name


def part_of(table: Table, rows):
    """Month of each row (`YYYYMM`) as an Ibis column; a table without months is one part."""
    if not table.month:
        return ibis.literal(WHOLE)
    return rows[table.month].strftime("%Y%m").fill_null(_UNDATED)


def in_parts(table: Table, rows, parts: list[str]):
    """Rows of some months, by ranges that Parquet's own statistics can answer."""
    if not table.month:
        return rows
    month = rows[table.month]
    dated = [Period.parse(f"{p[:4]}-{p[4:]}") for p in parts if p != _UNDATED]
    tests = [(month >= p.start.isoformat()) & (month < p.end.isoformat()) for p in dated]
    return rows.filter(ibis.or_(*tests, *([month.isnull()] if _UNDATED in parts else [])))


def settle(path: Path, name: str, state: TableState | None) -> None:
    """Bring a table back to its published version: what a killed writer left is undone."""
    folder = folder_of(path, name)
    if not folder.exists():
        return
    if state is None:
        shutil.rmtree(folder)
        return
    try:
        delta = DeltaTable(folder)
        if delta.version() != state.delta_version:
            delta.restore(state.delta_version)
    except DeltaError as error:
        raise Refusal(f"table {name}: its Delta log cannot be read: {error}",
                      "run `yb verify` and restore the folder from a backup", "damaged") from None


def _fsync(path: Path) -> None:
    """What was written there survives a power failure."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_part(con, folder: Path, table: Table, part: str, rows) -> tuple[Path | None, Part]:
    """One month as one sorted Parquet file, and what it holds as read back; no file if it has no rows."""
    column = table.part or "part"
    file = folder / f"{column}={part}" / f"{uuid.uuid4().hex}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    order = [rows[c] for c in dict.fromkeys((*table.sort, *table.key))]
    mine = in_parts(table, rows, [part]).order_by(order)
    con.to_parquet(mine if list(rows.columns) == table.names else mine.select(*table.names), file)
    held = summary(file, table)
    if not held.rows:
        file.unlink()
        return None, NOTHING
    _fsync(file)
    return file, held


def _added(folder: Path, column: str, part: str, file: Path, rows: int) -> AddAction:
    state = file.stat()
    return AddAction(f"{column}={part}/{file.name}", state.st_size, {column: part}, state.st_mtime_ns // 10**6, True,
                     json.dumps({"numRecords": rows}))


def write_parts(con, path: Path, table: Table, parts: list[str], rows, before: TableState | None) -> dict[str, Part]:
    """Replace some parts of a table by the rows of an Ibis table, sorted, in one Delta commit.

    Returns what every part holds. A part that holds what it held is left as it is: no file, no commit.
    """
    folder, column = folder_of(path, table.name), table.part or "part"
    made, old = {}, before.parts if before else {}
    for part in parts:
        file, held = _write_part(con, folder, table, part, rows)
        if file and old.get(part) == held:
            file.unlink()
        else:
            made[part] = file, held
    changed = {p: held for p, (_, held) in made.items()}
    added = [_added(folder, column, p, file, held.rows) for p, (file, held) in made.items() if file]
    if not changed:
        return {}
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
    return TableState(delta.version(), sorted(files, key=lambda f: f.path), {**old, **parts})

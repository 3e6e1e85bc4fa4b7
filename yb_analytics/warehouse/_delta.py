"""Writing one month of one table: a Delta commit, and what the manifest keeps of it.

Delta (delta-rs) gives atomic commits and history to Spark, Trino and others that read the same folder. What
counts as published is the manifest alone: a commit no manifest names is undone by the next writer.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import unquote

import ibis
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError

from yb_analytics.schema import Period, Refusal, Table
from yb_analytics.warehouse._engine import row_hash
from yb_analytics.warehouse.manifest import Part, Stored, TableState, file_sha256

WHOLE = "all"  # the one part of a table without months
_UNDATED = "000000"


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


def summaries(con, table: Table, rows, by: str) -> dict[str, Part]:
    """Rows, sums of money and order-independent hash of every part.

    Keyed pseudonyms stay out of the hash (the SHA-256 of the file covers them): the same deliveries have the
    same data version under any key.
    """
    public = [c.name for c in table.columns if c.personal != "hashed"]
    money = [c.name for c in table.columns if c.kind == "money"]
    sums = {m: rows[m].sum().cast("decimal(38, 2)") for m in money}
    found = con.to_pyarrow(rows.group_by(by).aggregate(rows=rows.count(), hash=row_hash(rows, public), **sums))
    return {r[by]: Part(r["rows"], str(r["hash"] or 0), {m: str(r[m] or 0) for m in money})
            for r in found.to_pylist()}


def write_parts(con, path: Path, table: Table, parts: list[str], rows, by: str) -> None:
    """Replace some parts of a table by the rows of an Ibis table, sorted, in one Delta commit."""
    folder = folder_of(path, table.name)
    column = table.part or "part"
    order = [rows[c] for c in dict.fromkeys((by, *table.sort, *table.key))]
    stream = con.to_pyarrow_batches(rows.order_by(order).select(*table.names, **{column: rows[by]}),
                                    chunk_size=1 << 17)
    exists = DeltaTable.is_deltatable(str(folder))
    listed = ", ".join(f"'{p}'" for p in parts)  # YYYYMM made by `part_of`; Delta takes predicates as text only
    write_deltalake(str(folder), stream, mode="overwrite", partition_by=[column],
                    schema_mode="merge" if exists else None,
                    predicate=f"{column} IN ({listed})" if exists else None)


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

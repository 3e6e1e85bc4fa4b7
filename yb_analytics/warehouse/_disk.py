"""Tables on disk, pinned to one manifest.

Files are never changed or removed by a later publication, so a reader keeps its version for as long as it
likes. Small tables become DuckDB tables at first use: the planner then knows their size and joins them the
right way round (as Parquet views one check spilled 53 GB).
"""

from __future__ import annotations

from pathlib import Path

import ibis
import pandas as pd

from yb_analytics.schema import TABLES, Table
from yb_analytics.schema.column import Column
from yb_analytics.warehouse import manifest as manifests
from yb_analytics.warehouse._delta import folder_of
from yb_analytics.warehouse._engine import connect
from yb_analytics.warehouse.hot._keeping import folder as hot_folder
from yb_analytics.warehouse.reader import Warehouse
from yb_analytics.warehouse.sealing.damage import confirmed, size_damage
from yb_analytics.warehouse.sealing.register import refuse_changed
from yb_analytics.warehouse.sealing.seen import signature

_DIMENSION_ROWS = 8_000_000

QUARANTINE = Table(
    "quarantine", "隔离区 · Rows that could not be accepted", "warehouse", key=("delivery", "target", "line"),
    columns=(
        Column("delivery", "文件哈希 · SHA-256 of the delivered file", "code", required=True),
        Column("source", "文件 · File", required=True),
        Column("target", "目标表 · Table it was meant for", "code", required=True),
        Column("line", "行号 · Line in the file (Parquet: row)", "count", required=True),
        Column("reason", "原因 · Reason (never quotes personal values)", required=True),
        Column("updt_time", "数据更新时间 · Not used", "time"),
    ),
)
"""Kept beside the canonical tables, outside of the data version."""

REPLACED = Table(
    "replaced", "被替代的行 · Rows another row of the same delivery replaced", "warehouse",
    key=("delivery", "target", "line", "row_key"),
    columns=(
        Column("delivery", "文件哈希 · SHA-256 of the delivered file", "code", required=True),
        Column("source", "文件 · File", required=True),
        Column("target", "目标表 · Table", "code", required=True),
        Column("line", "行号 · Line in the file (Parquet: row)", "count", required=True),
        Column("row_key", "主键 · Key", required=True),
        Column("same_flag", "内容相同 · Says the same as the row that was kept", "flag"),
        Column("differs", "不同的列 · Columns in which it differs"),
        Column("kept_source", "保留行所在文件 · File of the row that was kept (empty: stored before)"),
        Column("kept_line", "保留行行号 · Line of the row that was kept", "count"),
        Column("reason", "原因 · Reason", required=True),
        Column("updt_time", "数据更新时间 · Not used", "time"),
    ),
)
"""As the quarantine: kept beside, outside of the data version."""

ASIDE = {t.name: t for t in (QUARANTINE, REPLACED)}
"""Tables of rows that are not in the canonical ones."""


def table_of(name: str) -> Table:
    """A stored table by name."""
    return ASIDE.get(name) or TABLES[name]


def parquet(con, files: list[Path], schema: dict[str, str], name: str | None = None):
    """Parquet files as one Ibis table with exactly the columns of `schema`."""
    raw = con.read_parquet([str(f) for f in files], table_name=name, union_by_name=True,
                           hive_partitioning=False)
    return shaped(raw, schema)


def shaped(raw, schema: dict[str, str]):
    """An Ibis table with exactly the columns of `schema`."""
    schema = {c: "timestamp(6)" if t == "timestamp" else t for c, t in schema.items()}
    columns = {c: raw[c].cast(t) if c in raw.columns else ibis.null(t) for c, t in schema.items()}
    return raw.select(**columns)


def check_files(path: Path, manifest: manifests.Manifest, name: str, parts: list[str] | None = None) -> list[Path]:
    """Files of a table (or of some months), each with the content that was published; refuses otherwise, by file."""
    return [*_confirmed(path, manifest, name, parts)]


def _confirmed(path: Path, manifest: manifests.Manifest, name: str, parts: list[str] | None = None) -> dict[Path, str]:
    """Files of a table with their signatures; the Delta log is looked at together with the whole table."""
    folder, state = folder_of(path, name), manifest.tables[name]
    if parts is None and manifest.newest:
        confirmed({folder / f.path: f for f in state.log}, name)
    files = {folder / f.path: f for f in state.files if parts is None or f.part in parts}
    return confirmed({**files}, name, lambda stored: stored.part)


class Disk:
    """The tables one manifest names, each confirmed when it is first asked for."""

    def __init__(self, path: Path, version: int | None, threads: int | None = None) -> None:
        self.path: Path | None = path.resolve()
        self.root = path.resolve()
        self.manifest = manifests.load(self.root, version)
        self._watched: dict[str, dict[Path, str]] = {}
        for name, state in self.manifest.tables.items():
            for stored in state.files:
                if damage := size_damage(folder_of(self.root, name) / stored.path, stored, name, stored.part):
                    raise damage.refusal()
        self.con = connect([self.root, hot_folder(self.root)], threads=threads)

    def table(self, name: str):
        """The canonical table; empty if it was never delivered."""
        table = table_of(name)
        schema = table.ibis_schema()
        state = self.manifest.tables.get(name)
        if state is None or not state.files:
            return self.con.create_table(name, schema=ibis.schema(schema), temp=True)
        files = self._watched[name] = _confirmed(self.root, self.manifest, name)
        rows = parquet(self.con, [*files], schema, f"{name}_files")
        if not table.month and state.rows <= _DIMENSION_ROWS:
            rows = self.con.create_table(name, rows, temp=True)
            self.recheck()
            del self._watched[name]  # from here on it is read from memory
        return rows

    def recheck(self) -> None:
        """Refuse an answer whose files changed under the hands of this reader; called before it is shown."""
        for name, files in self._watched.items():
            if any(not f.is_file() or signature(f) != was for f, was in files.items()):
                self._watched[name] = _confirmed(self.root, self.manifest, name)

    def confirm_stored(self, files: list[Path]) -> None:
        """Refuse stored answers that are not what was stored; a warehouse of the first release has no register."""
        refuse_changed(self.root, files, needed=self.manifest.format >= manifests.FORMAT)

    def counts(self) -> pd.DataFrame:
        """Rows by table and month, from the manifest."""
        rows = [(n, k if TABLES[n].month else "", p.rows)
                for n, t in self.manifest.tables.items() if n in TABLES
                for k, p in sorted(t.parts.items()) if p.rows]
        return pd.DataFrame(rows, columns=["table", "ym", "rows"])

    def damage(self) -> list[str]:
        """Tables and files whose content is not what was published; every file is read."""
        files = [(name, folder_of(self.root, name) / f.path, f.sha256)
                 for name, state in self.manifest.tables.items() for f in state.files]
        return [f"table {name}: file {file} was changed" for name, file, sha256 in files
                if not file.is_file() or manifests.file_sha256(file) != sha256]

    @property
    def data_version(self) -> str:
        """First 12 digits of the manifest's digest."""
        return self.manifest.data_version


def open_warehouse(path, version: int | None = None, threads: int | None = None) -> Warehouse:
    """Open a warehouse for reading, pinned to one published version.

    Parameters
    ----------
    path
        Folder of the warehouse.
    version
        Number of the manifest; the latest by default.
    threads
        Threads the engine uses; by default `YB_THREADS` or all processors.

    Raises
    ------
    Refusal
        `empty` if there is no warehouse; `damaged` if a manifest is not the one that was published, or a file is
        missing or cut, naming table and file. A changed file is refused when its table is first read.
    """
    return Warehouse(Disk(Path(path), version, threads))

"""Step 1 of an ingest: every new file decoded, typed and split, in a staging folder.

Files of one shape are conformed together: compiling an expression costs more than running it on a small
file. The account is still kept file by file. Parquet files that hold canonical types and no bad row are not
written a second time: the merge reads the private copy of the delivery.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from tqdm.auto import tqdm

from yb_analytics.schema import Refusal
from yb_analytics.warehouse._disk import QUARANTINE
from yb_analytics.warehouse._frames import arrow_schema
from yb_analytics.warehouse._resume import note, taken_over
from yb_analytics.warehouse.manifest import Manifest
from yb_analytics.warehouse.reading.conform import (
    REASON,
    conform,
    is_accepted,
    refuse_broken_ids,
    refuse_long_numbers,
)
from yb_analytics.warehouse.reading.encodings import Tick
from yb_analytics.warehouse.reading.files import (
    DELIVERY,
    FILE,
    LINE,
    MARKS,
    RAW,
    Raw,
    content_hash,
    piece_hash,
    read,
)
from yb_analytics.warehouse.reading.mapping import Task, shapes_of, values_of
from yb_analytics.warehouse.reading.survey import Survey, empty_columns, reported, survey
from yb_analytics.warehouse.reading.totals import check_sums, reconciled

_ROWS_AT_ONCE = 20_000_000
_ROWS_UNTYPED = 6_000_000  # months of more are found faster in a typed copy


@dataclass
class Staged:
    """Rows of one table that wait to be merged: staged files, and deliveries that are good as they are."""

    files: list[Path] = field(default_factory=list)
    plain: list[Any] = field(default_factory=list)
    sources: int = 0


@dataclass
class Job:
    """What the steps of one ingest share."""

    path: Path
    con: Any
    key: bytes
    manifest: Manifest
    staging: Path
    staged: dict[str, Staged] = field(default_factory=dict)
    raws: list[Raw] = field(default_factory=list)
    rows: list[dict] = field(default_factory=list)
    taken: list[tuple[Task, dict]] = field(default_factory=list)
    unknown: dict[str, list[str]] = field(default_factory=dict)
    coerced: list[dict] = field(default_factory=list)
    resumed: int = 0  # files a killed ingest had read

    def target(self, table: str) -> Path:
        """A new staged file of a table."""
        files = self.staged.setdefault(table, Staged()).files
        folder = self.staging / table
        folder.mkdir(exist_ok=True)
        files.append(folder / f"{len(files):06d}.parquet")
        return files[-1]


@dataclass
class _Pending:
    """A file that was read and waits to be conformed with others of its shape."""

    task: Task
    raw: Raw
    row: dict[str, Any]


def _identity(task: Task, sha256: str) -> str:
    """The same bytes for the same table by the same rules."""
    rules = task.feed.model_dump_json() if task.feed else ""
    name = Path(task.shown).name if task.feed else ""  # a mapping may read the file's name
    return hashlib.sha256(f"{sha256}\n{task.table.name}\n{rules}\n{name}".encode()).hexdigest()


def read_all(job: Job, tasks: list[Task], progress: bool) -> None:
    """Read and conform every file that was not taken in before; fills `job.staged` and `job.rows`."""
    known = {d["id"]: d["rows"] for d in job.manifest.deliveries}
    unproven = {d["id"] for d in job.manifest.deliveries if not d.get("reconciled")}
    pending: list[_Pending] = []
    hashes: dict[Path, str] = {}
    raws: dict[tuple[Path, str], Raw] = {}
    size = sum(t.file.stat().st_size for t in tasks)
    with tqdm(total=size, unit="B", unit_scale=True, desc="read", disable=not progress, delay=2) as bar:
        for task in tasks:
            begun = bar.n
            whole = hashes[task.file] = hashes.get(task.file) or content_hash(task.file)
            sha256 = piece_hash(whole, task.sheet)
            row: dict[str, Any] = {"file": task.shown, "table": task.table.name, "id": _identity(task, sha256),
                                   "state": "known", "left_out": 0, "accepted": 0, "quarantined": 0}
            job.rows.append(row)
            if row["id"] in known and not (task.totals and row["id"] in unproven):
                row["rows"] = known[row["id"]]
            else:
                if task.piece not in raws:
                    raws[task.piece] = _read(job, task, sha256, bar.update)
                    job.raws.append(raws[task.piece])
                raw = raws[task.piece]
                row |= {"state": "read", "rows": raw.rows, "sha256": whole, "reconciled": reconciled(task, raw)}
                unproven.discard(row["id"])
                job.taken.append((task, row))
                known[row["id"]] = raw.rows
                pending.append(_Pending(task, raw, row))
            bar.update(begun + task.file.stat().st_size - bar.n)  # readers tell of what they have read
            if sum(r.rows for r in raws.values()) > _ROWS_AT_ONCE and task is not tasks[-1]:
                _conform_all(job, pending, raws)
        _conform_all(job, pending, raws)


def _read(job: Job, task: Task, sha256: str, tick: Tick) -> Raw:
    """The rows of a file, as a killed ingest had read them or as they are read now."""
    raw = taken_over(job.staging, task.file, sha256, task.shown)
    if raw:
        job.resumed += 1
        return raw
    raw = read(task.file, job.staging, sha256, task.shown, task.sheet, tick)
    note(job.staging, raw)
    return raw


def _conform_all(job: Job, pending: list[_Pending], raws: dict[tuple[Path, str], Raw]) -> None:
    """Conform what waits, shape by shape, and let go of the raw files."""
    shapes: dict[tuple, list[_Pending]] = {}
    for one in pending:
        common = tuple(sorted(one.task.common.items()))
        alike = (one.task.table.name, id(one.task.feed), common, one.raw.marked, one.raw.shape)
        shapes.setdefault(alike, []).append(one)
    for group in shapes.values():
        _conform_group(job, group)
    for raw in raws.values():
        if raw.marked and not raw.awaited:
            raw.parquet.unlink(missing_ok=True)
    pending.clear()
    raws.clear()


def _whole(con, group: list[_Pending]):
    """The rows of a group with their marks."""
    raw = con.read_parquet([str(one.raw.parquet) for one in group], hive_partitioning=False,
                           **({} if group[0].raw.marked else {"filename": True, "file_row_number": True}))
    if group[0].raw.marked:
        return raw
    names = [(str(one.raw.parquet), one.task.shown) for one in group]
    marks = {LINE: raw.file_row_number + 1, FILE: raw.filename.cases(*names),
             DELIVERY: raw.filename.right(64 + len(RAW)).left(64)}
    return raw.mutate(**marks).drop("filename", "file_row_number")


def _is_plain(group: list[_Pending], values: dict[str, Any], found: Survey) -> bool:
    """Whether deliveries can be merged from their files: no row is bad, nothing is hashed, months are found fast."""
    task, table = group[0].task, group[0].task.table
    hashed = any(c.personal == "hashed" for c in table.columns if c.name in values)
    typed = not group[0].raw.marked or sum(one.raw.rows for one in group) <= _ROWS_UNTYPED
    return typed and not hashed and not (task.feed and task.feed.unpivot) and is_accepted(found, table, values)


def _staged(job: Job, group: list[_Pending], conformed, plain: bool) -> tuple[Any, list[dict]]:
    """Conformed rows, staged unless they are good as they are; and how many are bad, by delivery."""
    con, table, feed = job.con, group[0].task.table, group[0].task.feed

    def counted(rows) -> list[dict]:
        asked = rows.group_by(DELIVERY).aggregate(made=rows.count(), bad=rows[REASON].notnull().sum())
        return con.to_pyarrow(asked).to_pylist()

    if not plain:
        target = job.target(table.name)
        con.to_parquet(conformed, target)
        staged = con.read_parquet(str(target), hive_partitioning=False)
        return staged, counted(staged)
    waiting = job.staged.setdefault(table.name, Staged())
    waiting.plain.append(conformed.select(*table.names, *MARKS))
    waiting.sources += len(group)
    for one in group:
        one.raw.awaited = True
    if feed and feed.where:
        return conformed, counted(conformed)
    whole = [{DELIVERY: one.raw.sha256, "made": one.raw.rows - len(one.raw.malformed), "bad": 0} for one in group]
    return conformed, whole


def _conform_group(job: Job, group: list[_Pending]) -> None:
    """Conform files of one shape for one table, and account for each of them."""
    con, task, table = job.con, group[0].task, group[0].task.table
    whole = _whole(con, group)
    rows, values, unknown = values_of(whole, task)
    if unknown:
        job.unknown |= {one.task.shown: sorted(unknown) for one in group}
    for one in group:
        refuse_long_numbers(one.task.shown, table, values, one.raw.long_numbers)
    totals = {one.raw.sha256: one.task.totals for one in group if one.task.totals}
    if totals:
        check_sums(con, whole, table, values, totals)
    found = survey(con, rows, table, values, shapes_of(task))
    refuse_broken_ids(con, rows, table, values, found)
    empty = empty_columns([one.raw for one in group], values)
    job.coerced += reported(found, table, values, empty, sum(one.raw.rows for one in group))
    conformed = conform(rows, table, values, shapes_of(task), job.key, found)
    staged, counts = _staged(job, group, conformed, _is_plain(group, values, found))
    _set_aside(job, group, staged.filter(staged[REASON].notnull()) if any(c["bad"] for c in counts) else None)
    by_file = {c[DELIVERY]: c for c in counts}
    for one in group:
        _account(one, by_file.get(one.raw.sha256, {"made": 0, "bad": 0}))


def _account(one: _Pending, count: dict[str, int]) -> None:
    """Rows in = left out by the mapping + accepted + quarantined; anything else is an error of ours."""
    malformed, feed = len(one.raw.malformed), one.task.feed
    made, bad = count["made"] + malformed, count["bad"] + malformed
    left_out = 0 if feed and feed.unpivot else one.raw.rows - made
    one.row |= {"made": made, "accepted": made - bad, "quarantined": bad, "left_out": left_out}
    if left_out < 0 or (left_out and not (feed and feed.where)):
        raise Refusal(f"{one.task.shown} 的行数前后不符 · {one.task.shown}: {one.raw.rows} rows became {made}",
                      "请作为程序错误上报 · report this as an error", "failed")


def _set_aside(job: Job, group: list[_Pending], bad) -> None:
    """Quarantined rows, as rows of the quarantine table."""
    target = group[0].task.table.name
    columns = [QUARANTINE[c].name for c in ("delivery", "source", "line", "reason")]
    found: list[tuple] = []
    if bad is not None:
        frame = job.con.to_pyarrow(bad.select(DELIVERY, FILE, LINE, REASON))
        found += zip(*(c.to_pylist() for c in frame.columns), strict=True)
    found += [(one.raw.sha256, one.task.shown, line, why) for one in group for line, why in one.raw.malformed]
    if found:
        rows = [dict(zip(columns, r, strict=True), target=target) for r in found]
        schema = arrow_schema(QUARANTINE).append(pa.field(REASON, pa.string()))
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), job.target(QUARANTINE.name))

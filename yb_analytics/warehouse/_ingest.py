"""Deliveries in, one published state out.

1. *Read and conform.* Every file is decoded, typed and split into accepted and quarantined rows in a staging
   folder. Anything wrong with a file as a whole is refused here, before a row of any table is written.
2. *Merge.* Table by table and month by month into Delta (see `_merge`). Nothing of this is visible yet.
3. *Publish.* One manifest names the new state of all tables; its rename is the publication.

A crash in 1 or 2 leaves the last published state; the next ingest undoes what was left over and starts again
from the files, with the same outcome.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import duckdb
import pandas as pd
from deltalake.exceptions import DeltaError
from tqdm.auto import tqdm

from yb_analytics.schema import Refusal
from yb_analytics.warehouse import manifest as manifests
from yb_analytics.warehouse._account import IngestReport, coercions
from yb_analytics.warehouse._delta import undo
from yb_analytics.warehouse._disk import ASIDE, REPLACED, table_of
from yb_analytics.warehouse._engine import connect
from yb_analytics.warehouse._lock import writing
from yb_analytics.warehouse._merge import Merged, merge
from yb_analytics.warehouse._resume import clear
from yb_analytics.warehouse._staging import Job, read_all
from yb_analytics.warehouse.privacy.key_file import key_id, read_key, refuse_other_key
from yb_analytics.warehouse.reading.arrivals import arrivals, is_database
from yb_analytics.warehouse.reading.files import refuse_damaged
from yb_analytics.warehouse.reading.mapping import Mapping, Task, plan, read_mapping
from yb_analytics.warehouse.sealing.provenance import records

_MEMORY = 2 << 30  # for the engine: what is sorted and written beside it takes about as much
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_TOLD = ("No space left", "File too large", "quota exceeded", "max_temp_directory_size")
_STORED = ["table", "before", "after", "superseded", "same", "differing"]
_COLUMNS = ["file", "table", "state", "rows", "left_out", "accepted", "quarantined", "reconciled"]


def _merge_all(job: Job, progress: bool) -> list[dict]:
    """Step 2: staged rows into the stored tables."""
    out = []
    rows = sum(r["accepted"] + r["quarantined"] for r in job.rows if r["state"] == "read")
    with tqdm(total=rows, desc="write", unit="row", unit_scale=True, disable=not progress, delay=2) as bar:
        for name in sorted(set(job.staged) - {*ASIDE}):
            out.append(_merged(job, name, bar.update, lambda: job.target(REPLACED.name)))
        for name in sorted(set(job.staged) & {*ASIDE}):  # merging the others may have added to them
            out.append(_merged(job, name, bar.update))
    return out


def _merged(job: Job, name: str, tick: Callable[[int], object], note: Callable[[], Path] | None = None) -> dict:
    """One table merged, and its line of the account."""
    done: Merged = merge(job.con, job.path, table_of(name), job.staged[name], job.manifest, tick, note)
    if done.state.delta_version >= 0:
        job.manifest.tables[name] = done.state
    return {"table": name, "before": done.before, "after": done.after, "superseded": done.superseded,
            **asdict(done.together)}


def _run(job: Job, tasks: list[Task], progress: bool, keep: bool) -> list[dict]:
    try:
        read_all(job, tasks, progress)
        new = [r for r in job.rows if r["state"] == "read"]
        if not new:
            return []
        stored = _merge_all(job, progress)
    except duckdb.Error:
        refuse_damaged(job.raws)
        raise
    again = {r["id"] for r in new}  # delivered before, and now with control totals
    job.manifest.deliveries = [d for d in job.manifest.deliveries if d["id"] not in again]
    records(job.path, job.manifest, job.taken, keep)
    manifests.publish(job.path, job.manifest)
    return stored


def ingest(source, path, mapping=None, progress: bool = True, keep: bool = True,
           ignore: tuple[str, ...] = ()) -> IngestReport:
    """Take deliveries into a warehouse and publish its next state.

    Parameters
    ----------
    source
        A file or a folder: CSV, Parquet, Excel (`.xlsx`), JSON Lines (`.jsonl`, `.ndjson`), each also `.gz`, and
        `.zip` of them; or a database (`postgres://…`, `duckdb://…`, `sqlite://…`).
    path
        Folder of the warehouse, made if absent.
    mapping
        A YAML mapping (see `data/mappings/README.md`); without one, files are named like tables and columns
        carry platform or interface names.
    progress
        Show a progress bar for what takes longer than two seconds.
    keep
        Keep the delivered files, read-only, in the raw store beside the warehouse; without them it cannot be rebuilt.
    ignore
        Names (globs) of files and sheets that are not wanted: any other that looks like data and feeds no table
        refuses the delivery.

    Returns
    -------
    IngestReport
        Rows in = accepted + quarantined + left out by the mapping, per file.

    Raises
    ------
    Refusal
        Naming the file, column or table at fault; the warehouse is then as it was.
    """
    path = Path(path).resolve()
    rules: Mapping | None = read_mapping(Path(mapping)) if mapping else None
    wanted = frozenset(f.files for f in rules.sources) if rules else None
    with arrivals(source, path.parent, wanted, progress) as arrived:
        tasks, ignored = plan(arrived, rules, Path(str(source)).name if not is_database(source) else "", ignore)
        report = take(tasks, path, progress, keep)
    report.ignored, report.currency = ignored, rules.currency if rules else report.currency
    return report


def take(tasks: list[Task], path: Path, progress: bool = True, keep: bool = True) -> IngestReport:
    """Read, merge and publish what was planned."""
    try:
        with writing(path):
            job = _job(path)
            try:
                stored = _run(job, tasks, progress, keep)
            except BaseException:
                _clear_up(job)
                raise
            finally:  # deliveries lie there in clear
                job.con.disconnect()
                shutil.rmtree(job.staging, ignore_errors=True)
    except (OSError, MemoryError, duckdb.Error, DeltaError) as error:
        raise _told(error, path) from error
    table = pd.DataFrame(job.rows).reindex(columns=[*_COLUMNS, "made"])
    table["reconciled"] = table["reconciled"].eq(True)
    return IngestReport(table, pd.DataFrame(stored, columns=_STORED),
                        job.unknown, version=job.manifest.version, data_version=job.manifest.data_version,
                        coerced=coercions(job.coerced), resumed=job.resumed)


def _clear_up(job: Job) -> None:
    """Remove what a failed ingest has written, as far as the machine lets us; the next ingest does the rest."""
    shutil.rmtree(job.staging, ignore_errors=True)
    with suppress(OSError, DeltaError, Refusal):
        undo(job.path, manifests.latest(job.path))


def _job(path: Path) -> Job:
    manifest = manifests.latest(path)
    refuse_other_key(path, manifest.key)
    staging = path.with_name(path.name + ".staging")  # beside: not even after a crash is clear text in the warehouse
    clear(staging)
    undo(path, manifest)
    manifest.key = key_id(read_key(path))
    return Job(path, connect([path, staging], staging, _MEMORY), read_key(path), manifest, staging)


def _told(error: Exception, path: Path) -> Refusal:
    """A failure of the machine in one line."""
    first = (str(error).splitlines() or [type(error).__name__])[0]
    if getattr(error, "errno", None) in _FULL or any(told in str(error) for told in _FULL_TOLD):
        return Refusal(f"{path} 所在磁盘已满 · the disk of {path} is full: {first}",
                       "腾出空间后重新运行同一接收 · make room and run the same ingest again", "environment")
    if isinstance(error, (MemoryError, duckdb.OutOfMemoryException)):
        return Refusal(f"内存不足 · not enough memory: {first}",
                       "关闭其他程序或设 YB_MEMORY（如 4GB）后重新运行 · "
                       "close other programs or set YB_MEMORY (for example 4GB), and run the same ingest again",
                       "environment")
    return Refusal(f"接收未完成 · ingest failed: {first}",
                   "仓库未变，重新运行同一接收 · the warehouse is as it was; run the same ingest again",
                   "failed")


def delivered(path) -> pd.DataFrame:
    """Every file ever taken in: table, file, rows, accepted, quarantined."""
    return pd.DataFrame(manifests.load(Path(path)).deliveries).drop(columns="id", errors="ignore")

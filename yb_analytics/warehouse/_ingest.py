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
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pandas as pd
from deltalake.exceptions import DeltaError
from tqdm.auto import tqdm

from yb_analytics.schema import TABLES, Refusal
from yb_analytics.warehouse import manifest as manifests
from yb_analytics.warehouse._arrivals import arrivals, is_database
from yb_analytics.warehouse._conform import PLACEHOLDER, UNREAD
from yb_analytics.warehouse._delivery import refuse_damaged
from yb_analytics.warehouse._delta import undo
from yb_analytics.warehouse._disk import QUARANTINE
from yb_analytics.warehouse._engine import connect
from yb_analytics.warehouse._keys import key_id, read_key, refuse_other_key
from yb_analytics.warehouse._lock import writing
from yb_analytics.warehouse._mapping import Mapping, Task, plan, read_mapping
from yb_analytics.warehouse._merge import Merged, merge
from yb_analytics.warehouse._provenance import records
from yb_analytics.warehouse._staging import Job, read_all

_COLUMNS = ["file", "table", "state", "rows", "left_out", "accepted", "quarantined"]


@dataclass
class IngestReport:
    """What an ingest did.

    Attributes
    ----------
    table
        One row per file and table: `rows` in the file, `left_out` by the mapping's filter, `accepted`,
        `quarantined`; `made` where a mapping makes several rows of one. `rows = left_out + accepted +
        quarantined`, checked.
    stored
        One row per table: rows `before` and `after`, `superseded` (same key, earlier or equal).
    unknown
        Columns that were not known and are ignored, by file.
    ignored
        Files nothing is known about.
    noted
        Values not taken as they stand, by table and kind: placeholder dates read as empty, flags that are
        neither yes nor no.
    """

    table: pd.DataFrame
    stored: pd.DataFrame
    unknown: dict[str, list[str]] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    version: int = 0
    data_version: str = ""
    currency: str = "元"
    noted: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def accepted(self) -> int:
        """Rows accepted."""
        return int(self.table["accepted"].sum())

    @property
    def quarantined(self) -> int:
        """Rows put into quarantine."""
        return int(self.table["quarantined"].sum())

    @property
    def text(self) -> str:
        """The account in one paragraph."""
        new = self.table[self.table["state"] == "read"]
        parts = [f"{len(self.table)} 个文件×表，其中 {len(new)} 个为新；读入 {int(new['rows'].sum()):,} 行 = "
                 f"接收 {self.accepted:,} + 隔离 {self.quarantined:,} + 按映射略去 {int(new['left_out'].sum()):,}。",
                 f"已发布第 {self.version} 版，数据版本 {self.data_version}；金额单位：{self.currency}。"]
        if self.unknown:
            parts.append("未识别而忽略的列：" + "；".join(
                f"{Path(f).name}: {', '.join(c)}" for f, c in sorted(self.unknown.items())) + "。")
        if self.ignored:
            parts.append("未识别而忽略的文件：" + "、".join(Path(f).name for f in self.ignored) + "。")
        for kind, told in ((PLACEHOLDER, "占位日期（1901年前或2900年后）按缺失处理"),
                           (UNREAD, "未能识别而照原样保留的标志")):
            found = [f"{t}.{what.removeprefix(kind)} {n:,} 行" for (t, what), n in sorted(self.noted.items())
                     if n and what.startswith(kind)]
            parts += [f"{told}：{'；'.join(found)}。"] if found else []
        return "\n".join(parts)

    def _repr_html_(self) -> str:
        return f"<p>{self.text}</p>{self.table.to_html(index=False)}{self.stored.to_html(index=False)}"


def _merge_all(job: Job, progress: bool) -> list[dict]:
    """Step 2: staged rows into the stored tables."""
    out = []
    for name in tqdm(sorted(job.staged), desc="write", unit="table", disable=not progress, delay=2):
        table = QUARANTINE if name == QUARANTINE.name else TABLES[name]
        done: Merged = merge(job.con, job.path, table, job.staged[name], job.manifest)
        if done.state.delta_version >= 0:
            job.manifest.tables[name] = done.state
        out.append({"table": name, "before": done.before, "after": done.after, "superseded": done.superseded})
    return out


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
    records(job.path, job.manifest, job.taken, keep)
    manifests.publish(job.path, job.manifest)
    return stored


def ingest(source, path, mapping=None, progress: bool = True, keep: bool = True) -> IngestReport:
    """Take deliveries into a warehouse and publish its next state.

    Parameters
    ----------
    source
        A file or a folder: CSV (`.csv`, `.csv.gz`) or Parquet.
    path
        Folder of the warehouse, made if absent.
    mapping
        A YAML mapping (see `data/mappings/README.md`); without one, files are named like tables and columns
        carry platform or interface names.
    progress
        Show a progress bar for what takes longer than two seconds.
    keep
        Keep the delivered files, read-only, in the raw store beside the warehouse; without them it cannot be rebuilt.

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
        tasks, ignored = plan(arrived, rules, Path(str(source)).name if not is_database(source) else "")
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
            finally:  # deliveries lie there in clear
                shutil.rmtree(job.staging, ignore_errors=True)
    except (OSError, duckdb.Error, DeltaError) as error:
        raise _told(error, path) from error
    table = pd.DataFrame(job.rows).reindex(columns=[*_COLUMNS, "made"])
    return IngestReport(table, pd.DataFrame(stored, columns=["table", "before", "after", "superseded"]),
                        job.unknown, version=job.manifest.version, data_version=job.manifest.data_version,
                        noted=job.noted)


def _job(path: Path) -> Job:
    manifest = manifests.latest(path)
    refuse_other_key(path, manifest.key)
    staging = path.with_name(path.name + ".staging")  # beside: not even after a crash is clear text in the warehouse
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(mode=0o700)
    undo(path, manifest)
    manifest.key = key_id(read_key(path))
    return Job(path, connect([path, staging]), read_key(path), manifest, staging)


def _told(error: Exception, path: Path) -> Refusal:
    """A failure of the machine in one line."""
    first = str(error).splitlines()[0]
    if getattr(error, "errno", None) == errno.ENOSPC or "No space left" in str(error):
        return Refusal(f"the disk of {path} is full: {first}", "make room and run the same ingest again", "environment")
    return Refusal(f"ingest failed: {first}", "the warehouse is as it was; run the same ingest again", "failed")


def delivered(path) -> pd.DataFrame:
    """Every file ever taken in: table, file, rows, accepted, quarantined."""
    return pd.DataFrame(manifests.load(Path(path)).deliveries).drop(columns="id", errors="ignore")

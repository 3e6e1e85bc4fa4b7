"""The run ledger: an append-only table of every run, beside the warehouse's data.

One JSON line per event, appended in one write with `O_APPEND` and synced before the run goes on. A run whose
process is gone without an ending is a failed run, and the next call writes so.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from yb_analytics.schema import Refusal

COLUMNS = ("run", "report", "period", "parameters", "data_version", "code_version", "started", "ended", "state",
           "error", "hashes")
STARTED, PUBLISHED, UNCHANGED, FAILED = "started", "published", "unchanged", "failed"


def now() -> str:
    """Wall time in Asia/Shanghai; only ledger and passport hold it."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None).isoformat(timespec="milliseconds")


class Ledger:
    """The ledger of one warehouse.

    Parameters
    ----------
    warehouse
        Folder of the warehouse; the ledger is `ledger/report_runs.jsonl` in it.
    """

    def __init__(self, warehouse: str | Path) -> None:
        self.path = Path(warehouse) / "ledger" / "report_runs.jsonl"

    def append(self, event: Mapping[str, Any]) -> None:
        """Write one event; it is on disk when this returns."""
        try:
            self.path.parent.mkdir(exist_ok=True)
            line = json.dumps(dict(event), ensure_ascii=False, sort_keys=True) + "\n"
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                if self._torn():  # a killed or full disk left half a line: begin a fresh one
                    line = "\n" + line
                os.write(handle, line.encode("utf-8"))
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as problem:
            raise Refusal(f"{self.path}：运行台账无法写入 · "
                          f"{self.path}: the run ledger cannot be written ({problem.strerror})",
                          "腾出磁盘或给予写权限 · free the disk or give the right to write", "environment") from None

    def _torn(self) -> bool:
        if not self.path.exists() or not self.path.stat().st_size:
            return False
        with self.path.open("rb") as handle:
            handle.seek(-1, os.SEEK_END)
            return handle.read(1) != b"\n"

    def events(self) -> list[dict]:
        """All whole events in order; a torn line is passed over."""
        if not self.path.exists():
            return []
        out = []
        for line in self.path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and "run" in event:
                out.append(event)
        return out

    def runs(self) -> pd.DataFrame:
        """One row per run: what was asked, from which data and code, when, and how it ended."""
        runs: dict[str, dict] = {}
        for event in self.events():
            runs.setdefault(event["run"], {}).update(event)
        rows = [{c: run.get(c) for c in COLUMNS} for run in runs.values()]
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def open_runs(self) -> list[dict]:
        """Runs that have begun and not ended, the process being gone."""
        runs: dict[str, dict] = {}
        for event in self.events():
            runs.setdefault(event["run"], {}).update(event)
        return [r for r in runs.values() if r.get("state") == STARTED and not alive(r.get("process", ""))]


def mark() -> str:
    """Sign of this process: its number and when it began, so a reused number is not taken for it."""
    return f"{os.getpid()}:{_began(os.getpid())}"


def _began(pid: int) -> str:
    import psutil

    try:
        return f"{psutil.Process(pid).create_time():.2f}"
    except psutil.Error:
        return ""


def alive(process: str) -> bool:
    """Whether the process with this mark still runs."""
    pid, _, began = process.partition(":")
    return bool(pid.isdigit() and began and _began(int(pid)) == began)

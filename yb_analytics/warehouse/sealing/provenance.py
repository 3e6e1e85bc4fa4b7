"""Where rows came from: the delivery's record in the manifest, and the delivery itself in the raw store."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from yb_analytics.warehouse.manifest import Manifest
from yb_analytics.warehouse.reading.mapping import Task
from yb_analytics.warehouse.sealing.raw import keep

_SHORT = 12
_COUNTS = ("id", "file", "table", "rows", "accepted", "quarantined", "left_out")
_STATES = {"reconciled": False, "convention": ""}
"""What a reader of deliveries may add to a record, and what stands there if it did not."""


def records(path: Path, manifest: Manifest, new: list[tuple[Task, dict[str, Any]]], kept: bool = True) -> None:
    """Add deliveries to a manifest that is about to be published, and keep their files.

    Parameters
    ----------
    path, manifest
        The warehouse and the manifest; its `deliveries` and `mappings` grow.
    new
        Each task with its account: `id`, `file`, `table`, `sha256` (the file's content), counts.
    kept
        Whether the files go into the raw store; without them the warehouse cannot be rebuilt.
    """
    done: dict[Path, str] = {}
    for task, row in new:
        name = task.name or task.file.name
        if kept and task.file not in done:
            done[task.file] = keep(path, task.file, row["sha256"], _file_name(task.file, name))
        rules = task.feed.model_dump_json() if task.feed else ""
        mapping = hashlib.sha256(rules.encode()).hexdigest()[:_SHORT] if rules else ""
        if rules:
            manifest.mappings[mapping] = rules
        manifest.deliveries.append({
            **{k: row[k] for k in _COUNTS}, "name": name, "sheet": task.sheet, "sha256": row["sha256"],
            "kept": done.get(task.file, ""), "kept_name": _file_name(task.file, name), "mapping": mapping,
            **{k: row.get(k, v) for k, v in _STATES.items()}})


def _file_name(file: Path, name: str) -> str:
    """What a kept file is called: as the sender called it, if that tells its format."""
    own = Path(name).name
    return own if own.lower().endswith("".join(file.suffixes[-1:]).lower()) else file.name

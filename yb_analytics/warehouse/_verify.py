"""Is what is stored still what was published?"""

from __future__ import annotations

from pathlib import Path

from yb_analytics.schema import Refusal
from yb_analytics.warehouse import manifest as manifests
from yb_analytics.warehouse._delta import folder_of


def _problem(name: str, file: Path, stored: manifests.Stored) -> str | None:
    if not file.is_file():
        return f"table {name}, part {stored.part}: {file} is missing"
    size = file.stat().st_size
    if size != stored.bytes:
        kind = "cut" if size < stored.bytes else "longer than published"
        return f"table {name}, part {stored.part}: {file} is {kind} ({size} bytes, published {stored.bytes})"
    if manifests.file_sha256(file) != stored.sha256:
        return f"table {name}, part {stored.part}: {file} was changed (its SHA-256 differs)"
    return None


def _chain(path: Path) -> list[str]:
    """Manifests that are missing, changed or do not follow one another."""
    problems, before, known = [], "", manifests.versions(path)
    for expected in range(1, known[-1] + 1):
        if expected not in known:
            problems.append(f"manifest {expected:06d} is missing")
            continue
        try:
            manifest = manifests.load(path, expected)
        except Refusal as refusal:
            problems.append(refusal.cause)
            before = ""
            continue
        if before and manifest.previous != before:
            problems.append(f"manifest {expected:06d} does not follow the one before")
        before = manifest.chain
    return problems


def verify(path, version: int | None = None) -> list[str]:
    """Every loss or change since publication, in sentences; an empty list means the warehouse is whole.

    All files of the version are read and their SHA-256 compared: Parquet itself does not notice a flipped
    bit. Missing or changed manifests and Delta logs are named too.
    """
    path = Path(path)
    try:
        manifest = manifests.load(path, version)
    except Refusal as refusal:
        if refusal.kind != "damaged":
            raise
        return [refusal.cause]
    problems = _chain(path)
    for name, state in sorted(manifest.tables.items()):
        folder = folder_of(path, name)
        found = (_problem(name, folder / stored.path, stored) for stored in state.files)
        problems += [p for p in found if p]
        log = folder / "_delta_log" / f"{state.delta_version:020d}.json"
        if not log.is_file():
            problems.append(f"table {name}: Delta log {log} is missing")
    return problems

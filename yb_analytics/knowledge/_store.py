"""The city's store of imported points: a folder beside the warehouse, changed whole or not at all.

`taken/` holds every file as it was read, by its SHA-256; `built/` what follows from all of them; `CURRENT.json` names
both and is replaced by one rename. Nothing in it depends on the clock or on the order of import.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from functools import lru_cache
from pathlib import Path

import pandas as pd

from yb_analytics.knowledge._building import Built, build
from yb_analytics.knowledge._rows import FOLDER
from yb_analytics.knowledge._taking import Taken
from yb_analytics.schema import Refusal

VARIABLE = "YB_KNOWLEDGE"
_FACTS = ("encodings.csv", "batches.csv")
_NAMES = tuple(f.name for f in fields(Built))


def store_for(warehouse: Path | str) -> Path | None:
    """The store of a warehouse: the folder in `YB_KNOWLEDGE`, otherwise `<warehouse>.knowledge` if it is one.

    Examples
    --------
    >>> store_for("nowhere") is None
    True
    """
    if os.environ.get(VARIABLE):
        return home()
    beside = Path(f"{Path(warehouse)}.knowledge")
    return beside if (beside / "CURRENT.json").exists() else None


def home(store: Path | str | None = None) -> Path | None:
    """The store named, or the one in `YB_KNOWLEDGE`, or none; refuses a folder that is not a store."""
    named = store or os.environ.get(VARIABLE) or None
    if named is None:
        return None
    place = Path(named)
    if not (place / "CURRENT.json").exists():
        raise Refusal(f"no knowledge points imported in {place}", f"yb knowledge import FILE --into {place}", "input")
    return place


def current(store: Path) -> dict:
    """What the store says of itself: `files` (name, sha256, layout, rows, imported_on) and `built`."""
    if not (store / "CURRENT.json").exists():
        return {"files": [], "built": ""}
    try:
        return json.loads((store / "CURRENT.json").read_text(encoding="utf-8"))
    except (ValueError, OSError):
        raise Refusal(f"{store}/CURRENT.json cannot be read", "restore it or import again", "damaged") from None


def stamp(store: Path, files: Sequence[dict] | None = None) -> str:
    """Version of what the store answers: the files taken and the packaged encodings and dates."""
    held = current(store)["files"] if files is None else files
    parts = sorted(f["sha256"] for f in held) + [(FOLDER / n).read_text(encoding="utf-8") for n in _FACTS]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """One writer at a time."""
    store.mkdir(parents=True, exist_ok=True)
    with (store / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refusal(f"{store} is being written by another process", "wait and try again", "locked") from None
        yield


def publish(store: Path, new: Sequence[Taken], on: str) -> Built:
    """Add files to the store: all of them or none. The caller holds the lock."""
    before = current(store)
    facts = [{"name": t.name, "sha256": t.sha256, "layout": t.layout, "family": t.family, "rows": len(t.rows),
              "imported_on": on} for t in new]
    files = before["files"] + facts
    (store / "taken").mkdir(exist_ok=True)
    for one in new:
        _write(one.rows, store / "taken" / f"{one.sha256[:16]}.parquet")
    made = build(_parts(store, files))
    version = stamp(store, files)
    _write_built(store, version, made)
    text = json.dumps({"files": files, "built": version}, ensure_ascii=False, indent=1)
    draft = store / "CURRENT.json.new"
    draft.write_text(text, encoding="utf-8")
    draft.replace(store / "CURRENT.json")
    for old in (store / "built").iterdir():
        if old.name not in (version, before["built"]):  # who opened the version before may still be reading it
            shutil.rmtree(old, ignore_errors=True)
    return made


def _write(frame: pd.DataFrame, path: Path) -> None:
    draft = path.with_suffix(".new")
    frame.to_parquet(draft, index=False)
    draft.replace(path)


def _write_built(store: Path, version: str, made: Built) -> None:
    (store / "built").mkdir(exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=store / "built", prefix=".new-"))
    for name in _NAMES:
        getattr(made, name).to_parquet(draft / f"{name}.parquet", index=False)
    shutil.rmtree(store / "built" / version, ignore_errors=True)
    draft.replace(store / "built" / version)


def _parts(store: Path, files: Sequence[dict]) -> list[tuple[str, str, pd.DataFrame]]:
    return [(f"{f['name']} {f['sha256'][:8]}", f["family"], taken(store, f)) for f in files]


def taken(store: Path, file: dict) -> pd.DataFrame:
    """Rows of one file as they were taken."""
    path = store / "taken" / f"{file['sha256'][:16]}.parquet"
    if not path.exists():
        raise Refusal(f"{store}: the rows of {file['name']} are missing", "import the file again", "damaged")
    return pd.read_parquet(path)


def built(store: Path) -> Built:
    """What the store answers; rebuilt in memory when the packaged encodings changed since the last import."""
    return _read(store, stamp(store))


@lru_cache(maxsize=4)
def _read(store: Path, version: str) -> Built:
    folder = store / "built" / version
    if folder.is_dir():
        return Built(**{name: pd.read_parquet(folder / f"{name}.parquet") for name in _NAMES})
    files = current(store)["files"]
    return build(_parts(store, files))

"""A manifest names one state of all tables: their files, their sums, and the state before.

`manifests/000007.json` appears by one rename, and that rename *is* the publication: before it readers see
state 6, after it state 7, and a crash at any moment leaves one or the other. Per file it keeps SHA-256 and
size, per month the rows, the sums of money and an order-independent hash of the rows.

- `digest` depends on the content only (not on file names, versions or the order of deliveries): the same
  data have the same digest however they came; its first 12 digits are the `data_version`;
- `chain` covers the whole manifest and the chain of the one before, so a manifest changed afterwards shows.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from yb_analytics.schema import Refusal

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Stored:
    """One stored file, its path relative to the folder of its table."""

    path: str
    part: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Part:
    """What one month (or a whole register) of a table holds."""

    rows: int
    hash: str
    money: dict[str, str]


@dataclass
class TableState:
    """One table in one state: its Delta version, its files, its months."""

    delta_version: int
    files: list[Stored] = field(default_factory=list)
    parts: dict[str, Part] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows of the table."""
        return sum(p.rows for p in self.parts.values())


@dataclass
class Manifest:
    """One published state of the warehouse."""

    version: int = 0
    previous: str = ""
    tables: dict[str, TableState] = field(default_factory=dict)
    deliveries: list[dict] = field(default_factory=list)
    chain: str = ""
    key: str = ""  # id of the key the pseudonyms were made with

    @property
    def digest(self) -> str:
        """Hash over the content: parts of canonical tables, without files and history."""
        parts = {name: {k: asdict(p) for k, p in sorted(state.parts.items()) if p.rows}
                 for name, state in sorted(self.tables.items()) if name != "quarantine" and state.rows}
        return _sha(parts)

    @property
    def data_version(self) -> str:
        """First 12 digits of the digest."""
        return self.digest[:12]

    def sealed(self) -> str:
        """The chain this manifest ought to have."""
        known = {k: v for k, v in asdict(self).items() if k != "key" or v}  # absent before keys had ids
        return _sha({**known, "chain": self.previous, "digest": self.digest})


def _sha(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    done = hashlib.sha256()
    with path.open("rb") as f:
        while piece := f.read(_CHUNK):
            done.update(piece)
    return done.hexdigest()


def versions(path: Path) -> list[int]:
    """Published versions, oldest first."""
    return sorted(int(f.stem) for f in (path / "manifests").glob("*.json") if f.stem.isdigit())


def load(path: Path, version: int | None = None) -> Manifest:
    """Read a manifest, the latest by default; refuses one that is absent or was changed."""
    known = versions(path)
    if version is None:
        if not known:
            raise Refusal(f"no warehouse in {path}", "make one with `yb ingest SOURCE -w FOLDER`", "empty")
        version = known[-1]
    if version not in known:
        raise Refusal(f"{path} has no version {version}", f"choose from {known[:1]} to {known[-1:]}", "usage")
    file = path / "manifests" / f"{version:06d}.json"
    try:
        raw = json.loads(file.read_text("utf-8"))
        tables = {n: TableState(t["delta_version"], [Stored(**f) for f in t["files"]],
                                {k: Part(**p) for k, p in t["parts"].items()})
                  for n, t in raw["tables"].items()}
        manifest = Manifest(raw["version"], raw["previous"], tables, raw["deliveries"], raw["chain"],
                            raw.get("key", ""))
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal(f"manifest {file} cannot be read: {error}", "restore it from a backup or open an "
                      "earlier version", "damaged") from None
    if manifest.chain != manifest.sealed():
        raise Refusal(f"manifest {file} was changed after it was published",
                      "restore it from a backup or open an earlier version", "damaged")
    return manifest


def latest(path: Path) -> Manifest:
    """The latest manifest, an empty one for a new warehouse."""
    return load(path) if versions(path) else Manifest()


def publish(path: Path, manifest: Manifest) -> Manifest:
    """Seal a manifest as the next version and put it in place by one rename."""
    before = latest(path)
    manifest.version, manifest.previous = before.version + 1, before.chain
    manifest.chain = manifest.sealed()
    folder = path / "manifests"
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{manifest.version:06d}.draft"
    text = json.dumps({**asdict(manifest), "digest": manifest.digest}, ensure_ascii=False, indent=1)
    with draft.open("w", encoding="utf-8") as f:
        f.write(text)
        f.flush()
        os.fsync(f.fileno())
    draft.rename(folder / f"{manifest.version:06d}.json")
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    return manifest

"""A manifest names one state of all tables: their files, their sums, and the state before.

`manifests/000007.json` appears by one rename, and that rename *is* the publication: before it readers see
state 6, after it state 7, and a crash at any moment leaves one or the other. Per file it keeps SHA-256 and
size, per month the rows, the sums of money and a hash of its rows in canonical order.

- `digest` depends on the content only (not on file names, versions or the order of deliveries): the same
  data have the same digest however they came; its first 12 digits are the `data_version`;
- `chain` covers the whole manifest and the chain of the one before, so a manifest changed afterwards shows;
- `seal` is an HMAC over the same with a key derived from the key file: who rewrites a manifest and all plain
  hashes after it is found by whoever holds the key;
- the head (see `_seal`) says which manifest is the newest: one that was deleted, or a folder that was turned
  back, is missed.

Manifests of the first release have no seal. They stay readable (their own plain chain is checked); the next
ingest publishes a sealed one that carries on their chain.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from yb_analytics.schema import Refusal
from yb_analytics.warehouse.privacy.key_file import key_file, read_key
from yb_analytics.warehouse.sealing import raw as _raw
from yb_analytics.warehouse.sealing import seen as _seen
from yb_analytics.warehouse.sealing.records import (
    NO_KEY,
    OTHER_KEY,
    PROVEN,
    UNSEALED,
    Record,
    file_sha256,
    head_folder,
    read_head,
    read_record,
    refuse,
    replace_whole,
    sealed,
    text_of,
    write_head,
)
from yb_analytics.warehouse.sealing.retired import retired_through

__all__ = ["FORMAT", "HEAD", "Manifest", "Part", "Stored", "TableState", "file_sha256", "latest", "load", "publish",
           "versions"]

FORMAT = 2
OPEN = ".open"
"""A file in the folder of a table that somebody writes, or began to: what no manifest names there is left over."""
ASIDE = ("quarantine", "replaced")
"""Tables of rows that are in no canonical table: outside of the data version."""
HEAD = "manifest"
WHAT = "清单|manifest"
OLD = "made before manifests were sealed"
"""State of a manifest of the first release, beside those of `_seal`."""


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
    """One table in one state: its Delta version, its files, its months, the Delta log up to that version."""

    delta_version: int
    files: list[Stored] = field(default_factory=list)
    parts: dict[str, Part] = field(default_factory=dict)
    log: list[Stored] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows of the table."""
        return sum(p.rows for p in self.parts.values())


@dataclass
class Manifest:
    """One published state of the warehouse.

    A delivery is a dict: `id` (bytes, table and rules), `file`, `table`, `sha256` (content), `kept` (bytes in the raw
    store, empty if not kept), `rows`, `accepted`, `quarantined`, `left_out`, `mapping` (a key of `mappings`, empty
    for platform names), `version` (of the manifest that took it in), `reconciled`, `convention`.
    """

    version: int = 0
    previous: str = ""
    tables: dict[str, TableState] = field(default_factory=dict)
    deliveries: list[dict] = field(default_factory=list)
    chain: str = ""
    key: str = ""  # id of the key the pseudonyms were made with
    mappings: dict[str, str] = field(default_factory=dict)  # first 12 digits of the SHA-256 → the rules of one feed
    format: int = FORMAT
    state: str = NO_KEY  # of the seal, when it was read
    newest: bool = True  # no later one is published
    sealed_by: str = ""  # id of the key of its seal

    @property
    def digest(self) -> str:
        """Hash over the content: parts of canonical tables, without files and history."""
        parts = {name: {k: asdict(p) for k, p in sorted(state.parts.items()) if p.rows}
                 for name, state in sorted(self.tables.items()) if name not in ASIDE and state.rows}
        return _sha(parts)

    @property
    def data_version(self) -> str:
        """First 12 digits of the digest."""
        return self.digest[:12]


def _sha(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def versions(path: Path) -> list[int]:
    """Published versions, oldest first."""
    return sorted(int(f.stem) for f in (path / "manifests").glob("*.json") if f.stem.isdigit())


def file_of(path: Path, version: int) -> Path:
    """File of a manifest."""
    return path / "manifests" / f"{version:06d}.json"


def _old(file: Path) -> Record | None:
    """A manifest of the first release with its own plain chain; `None` for any other file."""
    try:
        raw = json.loads(text := file.read_text("utf-8"))
        if not isinstance(raw, dict) or "format" in raw or "seal" in raw:
            return None
        whole = text == json.dumps(raw, ensure_ascii=False, indent=1)
        if whole and raw["chain"] == _sha({**raw, "chain": raw["previous"]}):
            return Record({k: v for k, v in raw.items() if k != "chain"}, OLD, raw["chain"])
    except (ValueError, KeyError, OSError, RecursionError):
        return None
    raise refuse(WHAT, file, "发布后被改动|was changed after it was published")


def _record(path: Path, version: int) -> Record:
    file = file_of(path, version)
    return _old(file) or read_record(path, file, WHAT)


def made_of(path: Path, version: int) -> Manifest:
    """One manifest by itself, without regard to those before and after."""
    return _made(_record(path, version), file_of(path, version))


def _made(record: Record, file: Path) -> Manifest:
    raw: dict[str, Any] = record.body
    try:
        tables = {n: TableState(t["delta_version"], [Stored(**f) for f in t["files"]],
                                {k: Part(**p) for k, p in t["parts"].items()},
                                [Stored(**f) for f in t.get("log", [])])
                  for n, t in raw["tables"].items()}
        made = Manifest(raw["version"], raw["previous"], tables, raw["deliveries"], record.chain, raw.get("key", ""),
                        raw.get("mappings", {}), raw.get("format", 1), record.state, sealed_by=raw.get("sealed_by", ""))
    except (KeyError, TypeError, AttributeError) as error:
        raise refuse(WHAT, file, f"无法读取|was changed: it cannot be read ({error})") from None
    if raw.get("digest") != made.digest or f"{made.version:06d}" != file.stem:
        raise refuse(WHAT, file, "不是该版本的清单|is not the manifest of this version")
    return made


def load(path: Path, version: int | None = None) -> Manifest:
    """Read a manifest, the latest by default.

    Refuses one that is absent, was changed, does not lead to the newest one without a gap, or is newer or older
    than the head says. With the key file at hand the newest one must bear its seal.
    """
    path = path.resolve()
    head = read_head(path, HEAD)  # before the folder is listed: a writer may publish in between
    known = versions(path)
    if not known:
        if head:
            raise Refusal(f"{path} 的清单全部缺失，最后发布的是第 {head.body['version']} 版 · "
                          f"all manifests of {path} are missing; its newest published version was "
                          f"{head.body['version']}",
                          f"运行 yb rebuild，或删除 {head_folder(path)} 后另建 · "
                          f"run `yb rebuild`, or remove {head_folder(path)} to begin a new warehouse", "damaged")
        raise Refusal(f"{path} 中没有数据仓库 · no warehouse in {path}",
                      "用 yb ingest 数据 -w 文件夹 建立 · make one with `yb ingest SOURCE -w FOLDER`", "empty")
    if version is not None and version not in known and version <= known[-1]:
        raise refuse(WHAT, file_of(path, version), "缺失|is missing")
    if version is not None and version not in known:
        raise Refusal(f"{path} 没有第 {version} 版 · {path} has no version {version}",
                      f"现有第 {known[0]} 至 {known[-1]} 版 · choose from {known[:1]} to {known[-1:]}", "usage")
    newest = made_of(path, known[-1])
    _refuse_unproven(path, newest)
    _follow(path, newest, head)
    if version in (None, newest.version):
        return newest
    if version is not None and version <= retired_through(path):
        raise Refusal(f"{path} 的第 {version} 版已停用并清理 · version {version} of {path} was given up by `yb vacuum`",
                      "读取更新的版本，或用 yb rebuild 从原始交付重建 · open a newer version, or make it again with "
                      "`yb rebuild`", "empty")
    older = made_of(path, version)
    older.newest = False
    return older


def _turned_back(path: Path, head: Record, found: int) -> Refusal:
    wanted = head.body["version"]
    return refuse(WHAT, file_of(path, wanted), f"缺失：已发布到第 {wanted} 版，现有至第 {found} 版（被删除，或仓库被"
                  f"回退）|is missing: version {wanted} was published, the newest found is {found} (deleted, or the "
                  "warehouse was turned back)")


def _refuse_unproven(path: Path, newest: Manifest) -> None:
    """With the key at hand the newest manifest bears its seal."""
    file = file_of(path, newest.version)
    if newest.state == UNSEALED:
        raise refuse(WHAT, file, "没有封印|bears no seal")
    if newest.state == OTHER_KEY:
        raise Refusal(f"清单 {file} 的封印不属于手头密钥文件 · "
                      f"manifest {file} was sealed with a key that the key file {key_file(path)} does not hold",
                      "用 YB_KEY_FILE 指明正确的密钥文件，或不带密钥读取 · "
                      "name the right file with YB_KEY_FILE, or read without one", "environment")


def links(path: Path, wanted: list[int]) -> dict[int, tuple[str, str]]:
    """Chain of each manifest and the chain it follows; what was read once is not read again unless it changed."""
    files = {v: file_of(path, v) for v in wanted}
    known, new, out = _seen.seen_all([*files.values()]), [], {}
    for version, file in files.items():
        if file not in known:
            signature = _seen.signature(file)
            made = made_of(path, version)
            known[file] = f"{made.chain} {made.previous}"
            new.append((file, signature, known[file]))
        chain, _, previous = known[file].partition(" ")
        out[version] = chain, previous
    _seen.remember_all(new)
    return out


def _follow(path: Path, newest: Manifest, head: Record | None) -> None:
    """Every manifest back to the first is there and leads to the next, and the head is among them."""
    older = list(range(1, newest.version))
    if missing := [v for v in older if not file_of(path, v).is_file()]:
        raise refuse(WHAT, file_of(path, missing[-1]), "缺失|is missing")
    if head and head.body["version"] > newest.version:
        raise _turned_back(path, head, newest.version)
    chains = {**links(path, older), newest.version: (newest.chain, newest.previous)}
    for version, (_, previous) in chains.items():
        if previous != chains.get(version - 1, ("", ""))[0]:
            raise refuse(WHAT, file_of(path, version), "与前一份清单不相接|does not follow the one before")
    if head and chains[head.body["version"]][0] != head.body["manifest"]:
        file = file_of(path, head.body["version"])
        raise refuse(WHAT, file, "不是当时发布的那一份|is not the one that was published")


def latest(path: Path) -> Manifest:
    """The latest manifest, an empty one for a new warehouse."""
    return load(path) if versions(path) or read_head(path.resolve(), HEAD) else Manifest()


def publish(path: Path, manifest: Manifest) -> Manifest:
    """Seal a manifest as the next version and put it in place by one rename."""
    path = path.resolve()
    before = latest(path)
    read_key(path)  # made with the first warehouse; seals need it
    manifest.version, manifest.previous, manifest.format = before.version + 1, before.chain, FORMAT
    new = manifest.deliveries[len(before.deliveries):]
    for delivery in new:
        delivery["version"] = manifest.version
    body = {k: v for k, v in asdict(manifest).items() if k not in ("chain", "state", "newest", "sealed_by")}
    whole = sealed(path, {**body, "digest": manifest.digest})
    if new:
        used = {d.get("mapping") for d in new}
        _raw.write_journal(path, {"version": manifest.version, "digest": manifest.digest, "deliveries": new,
                                  "mappings": {k: v for k, v in manifest.mappings.items() if k in used}})
    replace_whole(file_of(path, manifest.version), text_of(whole))
    manifest.chain, manifest.state = whole["chain"], PROVEN
    write_head(path, HEAD, {"version": manifest.version, "manifest": manifest.chain})
    for mark in path.glob(f"tables/*/{OPEN}"):
        mark.unlink()
    return manifest

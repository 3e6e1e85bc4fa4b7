"""Is what is stored still what was published? Everything is read; nothing that was seen before is trusted.

`examine` looks at manifests, heads, data files, Delta logs, stored answers and raw deliveries, in that order, and
goes on after what it finds: one damaged manifest does not hide a damaged file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from yb_analytics.schema import TABLES, Refusal
from yb_analytics.warehouse import manifest as manifests
from yb_analytics.warehouse._delta import folder_of
from yb_analytics.warehouse._disk import ASIDE
from yb_analytics.warehouse.journal import journals
from yb_analytics.warehouse.manifest import Manifest, Part, TableState
from yb_analytics.warehouse.sealing.chain import Chain, followed
from yb_analytics.warehouse.sealing.damage import Damage, Sealed, hashes, size_damage
from yb_analytics.warehouse.sealing.digest import summary
from yb_analytics.warehouse.sealing.raw import kept, kept_file, raw_folder, read_journal
from yb_analytics.warehouse.sealing.records import UNSEALED, file_sha256, read_head, sealing_keys
from yb_analytics.warehouse.sealing.register import NOTHING, read_entries
from yb_analytics.warehouse.sealing.retired import retired_through

_AGAIN = 3  # a writer may publish while we look


@dataclass
class Verification:
    """What was found.

    Attributes
    ----------
    path, versions
        The warehouse and the published versions that were looked at.
    damages
        Every loss and change; empty if the warehouse is whole.
    notes
        What could not be checked, and what is no damage: left over by a killed writer, not kept, not sealed.
    chain
        Whether the chain of manifests was proven with the key.
    files, bytes
        What was read.
    """

    path: Path
    versions: list[int] = field(default_factory=list)
    damages: list[Damage] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    chain: str = ""
    files: int = 0
    bytes: int = 0

    @property
    def whole(self) -> bool:
        """Whether nothing is lost or changed."""
        return not self.damages

    @property
    def text(self) -> str:
        """The outcome in a sentence."""
        found = (f"发现 {len(self.damages)} 处丢失或改动 · {len(self.damages)} losses or changes" if self.damages
                 else "完整，未发现丢失或改动 · whole, nothing lost or changed")
        return f"{self.path}：{found}；{self.chain}；读取 {self.files:,} 个文件 {self.bytes / 2**20:,.1f} MB"

    def as_rows(self) -> list[dict]:
        """Damages as flat rows for machines: kind, table, part, file, text."""
        return [{k: v for k, v in asdict(d).items() if k in ("kind", "table", "part", "file")} | {"text": d.text}
                for d in self.damages]


def examine(path, version: int | None = None, deep: bool = False) -> Verification:
    """Compare a warehouse with what was published.

    Parameters
    ----------
    path
        Folder of the warehouse.
    version
        Only the files of this version; by default of all published versions.
    deep
        Also decode the data and compute rows, sums of money and the digest of every part again.

    Raises
    ------
    Refusal
        `empty` if there is no warehouse, `usage` if there is no such version.
    """
    path = Path(path).resolve()
    for _ in range(_AGAIN):
        known = manifests.versions(path)
        if not known and not read_head_safely(path):
            manifests.load(path)  # refuses
        if version is not None and known and version > known[-1]:
            manifests.load(path, version)  # refuses
        out = _once(path, version, deep)
        if manifests.versions(path) == known:
            break
    return out


def read_head_safely(path: Path) -> bool:
    """Whether there is a head, readable or not."""
    try:
        return read_head(path, manifests.HEAD) is not None
    except Refusal:
        return True


def _once(path: Path, version: int | None, deep: bool) -> Verification:
    chain: Chain = followed(path)
    out = Verification(path, sorted(chain.found), chain.damages, chain.notes, chain.text)
    through = _given_up(out)
    wanted = [m for v, m in chain.found.items() if version in (None, v) and v > through]
    good = _files(out, wanted)
    newest = chain.found.get(max(chain.found, default=0))
    if newest:
        _logs(out, newest)
        _extras(out, [*chain.found.values()], newest)
        _answers(out, newest)
        _raws(out, newest)
    _journals(out)
    if deep:
        _sums(out, wanted, good)
    return out


def _given_up(out: Verification) -> int:
    """The newest version whose files may be gone."""
    try:
        through = retired_through(out.path)
    except Refusal as refusal:
        out.damages.append(Damage("retired", str(out.path / "retired.json"), told=refusal.cause))
        return 0
    if through:
        out.notes.append(f"第 1–{through} 版已停用，其独有文件不再核对 · "
                         f"versions 1–{through} were given up: files only they name are not checked")
    return through


def _compare(out: Verification, found: dict[Path, tuple[Sealed, str, str]]) -> set[Path]:
    """Files against their recorded size and SHA-256; gives those that are right."""
    known = {s.sha256 for s, _, _ in found.values()}
    there: list[Path] = []
    for file, (stored, table, part) in found.items():
        damage = size_damage(file, stored, table, part)
        if damage is None:
            there.append(file)
        elif damage.kind != "missing" and file_sha256(file) in known:
            damage = Damage("swapped", damage.file, table, part)
        out.damages += [damage] if damage else []
    good = set()
    for file, sha256 in zip(there, hashes(there), strict=True):
        stored, table, part = found[file]
        if sha256 == stored.sha256:
            good.add(file)
        else:
            out.damages.append(Damage("swapped" if sha256 in known else "changed", str(file), table, part))
    out.files, out.bytes = out.files + len(there), out.bytes + sum(found[f][0].bytes for f in there)
    return good


def _files(out: Verification, wanted: list[Manifest]) -> set[Path]:
    found: dict[Path, tuple[Sealed, str, str]] = {}
    for manifest in wanted:
        for name, state in sorted(manifest.tables.items()):
            found |= {folder_of(out.path, name) / f.path: (f, name, f.part) for f in state.files}
    return _compare(out, found)


def _logs(out: Verification, newest: Manifest) -> None:
    _compare(out, {folder_of(out.path, name) / f.path: (f, name, "")
                   for name, state in sorted(newest.tables.items()) for f in state.log})


def _extras(out: Verification, known: list[Manifest], newest: Manifest) -> None:
    """What lies among the tables and no manifest names."""
    named = {folder_of(out.path, n) / f.path for m in known for n, s in m.tables.items() for f in (*s.files, *s.log)}
    unsealed = {n for n, s in newest.tables.items() if s.files and not s.log}  # by the first release
    if unsealed:
        out.notes.append(f"{len(unsealed)} 张表的 Delta 日志未加封 · the Delta logs of {len(unsealed)} tables are not "
                         "sealed")
    for folder in sorted((out.path / "tables").glob("*")):
        extra = [f for f in _inside(folder) if f not in named
                 and not (folder.name in unsealed and f.parent.name == "_delta_log")]
        if not extra:
            continue
        if (folder / manifests.OPEN).exists():
            out.notes.append(f"表 {folder.name} 有 {len(extra)} 个未发布的文件（正在写入，或写入被中断；不会被读取） · "
                             f"table {folder.name}: {len(extra)} files of an ingest that runs or was killed")
        else:
            out.damages += [Damage("added", str(f), folder.name) for f in extra]


def _inside(folder: Path) -> Iterator[Path]:
    files = sorted(f for f in folder.rglob("*") if f.is_file()) if folder.is_dir() else [folder]
    yield from (f for f in files if f.name != manifests.OPEN)


def _answers(out: Verification, newest: Manifest) -> None:
    """Stored answers and models against their register."""
    try:
        known = read_entries(out.path)
    except Refusal as refusal:
        out.damages.append(Damage("register", str(out.path / "answers"), told=refusal.cause))
        return
    keys = bool(sealing_keys(out.path))
    found: dict[Path, tuple[Sealed, str, str]] = {}
    for file, entry in known.items():
        if keys and entry.state == UNSEALED:
            told = f"结果文件 {file} 没有封印 · stored file {file.name} was written without the key"
            out.damages.append(Damage("unsealed", str(file), told=told))
        if not entry.was or (file_sha256(file) if file.is_file() else NOTHING) != entry.was:
            found[file] = entry, "", ""
    _compare(out, found)
    stored = (*out.path.glob("answers/*/*/*.parquet"), *out.path.glob("models/*.npz"))
    extra = sorted(f for f in stored if f not in known and not f.name.startswith("."))
    if newest.format >= manifests.FORMAT:
        out.damages += [Damage("added", str(f)) for f in extra]
    elif extra:
        out.notes.append(f"{len(extra)} 个结果文件未登记 · {len(extra)} stored answers are in no register")


@dataclass(frozen=True)
class _Kept:
    bytes: int
    sha256: str


def _raws(out: Verification, newest: Manifest) -> None:
    """Raw deliveries against the hashes the manifest keeps."""
    found: dict[Path, tuple[Sealed, str, str]] = {}
    for one in newest.deliveries:
        if one.get("kept"):
            file = kept_file(out.path, one["kept"], one["kept_name"])
            found[file] = _Kept(file.stat().st_size if file.is_file() else -1, one["kept"]), one["table"], ""
    bare = sum(not d.get("kept") for d in newest.deliveries)
    if bare:
        out.notes.append(f"{bare} 份交付未保留原件，无法由其重建 · {bare} deliveries were not kept")
    if found and not raw_folder(out.path).exists() and not read_head_safely(out.path):
        out.notes.append(f"未核对原始交付：{raw_folder(out.path)} 不在 · raw deliveries not checked: they are not here")
        return
    _compare(out, found)
    try:
        read_journal(out.path)
    except Refusal as refusal:
        out.damages.append(Damage("journal", str(raw_folder(out.path) / "journal"), told=refusal.cause))
    if spare := [k for k in kept(out.path) if k.file not in found]:
        out.notes.append(f"{len(spare)} 份原始文件不属于已发布的交付 · {len(spare)} raw files of no delivery")


def _journals(out: Verification) -> None:
    """Journals of what happened: leads, accesses, runs."""
    for journal in journals(out.path):
        try:
            problems = journal.damage()
        except Refusal as refusal:
            problems = [refusal.cause]
        out.damages += [Damage("journal", str(journal.path), told=f"台账 {journal.path} {p} · journal "
                               f"{journal.path.name} is not what was written") for p in problems]
        out.files += journal.path.is_file()


def _sums(out: Verification, wanted: Iterable[Manifest], good: set[Path]) -> None:
    """Rows, sums and digests computed again from files whose bytes are right."""
    held: dict[Path, Part] = {}
    for manifest in wanted:
        if manifest.format < manifests.FORMAT:
            out.notes.append(f"第 {manifest.version} 版由首版软件发布，未复算 · version {manifest.version}: of the "
                             "first release, its sums are not computed again")
            continue
        for name, state in manifest.tables.items():
            table = ASIDE.get(name) or TABLES.get(name)
            if table is None:
                out.notes.append(f"表 {name} 不在本版本的表目录中，未复算 · table {name} is not in the schema")
                continue
            for stored in state.files:
                file = folder_of(out.path, name) / stored.path
                if file in good and file not in held:
                    held[file] = summary(file, table)
                if file in good and held[file] != state.parts.get(stored.part):
                    out.damages.append(Damage("sums", str(file), name, stored.part))
            out.damages += _hollow(out.path, name, state)


def _hollow(path: Path, name: str, state: TableState) -> list[Damage]:
    """Parts with rows and without a file."""
    filled = {f.part for f in state.files}
    return [Damage("sums", str(folder_of(path, name)), name, p) for p, held in state.parts.items()
            if held.rows and p not in filled]


def verify(path, version: int | None = None) -> list[str]:
    """Every loss or change since publication, in sentences; an empty list means the warehouse is whole.

    All files are read and their SHA-256 compared: Parquet itself does not notice a flipped bit. Missing, changed
    or forged manifests, a deleted newest one, changed Delta logs, stored answers and raw deliveries are named too.
    `examine` gives the same with what could not be checked.
    """
    return [d.text for d in examine(path, version).damages]

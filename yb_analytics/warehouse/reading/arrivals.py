"""What a source holds: a file, a folder, archives among them, or the tables of a database, as plain files.

Archives are unpacked and databases copied into a private folder that is gone afterwards; the files in it then
go the way of all files, so the same rows are the same delivery however they were packed.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tqdm.auto import tqdm

from yb_analytics.schema import Refusal
from yb_analytics.warehouse.reading.from_database import SCHEMES, exported

_CHUNK = 1 << 20
_PRIVATE = ".arrival-"
_OF_THE_MACHINE = (errno.ENOSPC, errno.EACCES, errno.EIO, errno.EMFILE)  # errors no archive is to blame for
SIDECARS = (".totals.json", ".totals.yaml", ".totals.yml")
LISTS = ("control_totals.csv", "控制总数.csv")
"""Control totals come in files of these names (see `_totals`)."""
_NOT_DELIVERED = (".", "~$")  # hidden files, the mark Excel leaves beside an open workbook
_UTF8_NAME = 0x800  # flag of a member whose name is written in UTF-8


@dataclass(frozen=True)
class Arrived:
    """One file: where it lies, and its name with the folders and archives it came in (`batch.zip/setl_d.csv`).

    `beside`: not asked for, but control totals beside the one file that was.
    """

    file: Path
    name: str
    beside: bool = False


def _is_delivered(name: str) -> bool:
    """Whether a name is that of a delivered file: no hidden one, no mark of a system (`_SUCCESS`)."""
    return not name.startswith(_NOT_DELIVERED) and not (name.startswith("_") and not PurePosixPath(name).suffix)


def is_database(source) -> bool:
    """Whether a source is the address of a database."""
    return str(source).startswith(tuple(f"{s}://" for s in SCHEMES))


def _sweep(beside: Path) -> None:
    """Remove what killed processes had unpacked: deliveries lie there in clear."""
    for left in beside.glob(f"{_PRIVATE}*"):
        process = left.name.removeprefix(_PRIVATE).partition("-")[0]
        if not process.isdigit() or not _lives(int(process)):
            shutil.rmtree(left, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def arrivals(source, beside: Path, tables: frozenset[str] | None = None,
             progress: bool = False) -> Iterator[list[Arrived]]:
    """The files of a source, in a fixed order.

    Parameters
    ----------
    source
        A path, or the address of a database (`postgres://…`, `duckdb://…`, `sqlite://…`).
    beside
        Folder in which a private folder for unpacked files is made, if one is needed.
    tables
        Tables of a database that are wanted; all that are known by name if `None`.

    Raises
    ------
    Refusal
        The source is absent, an archive is damaged, a database cannot be reached.
    """
    beside.mkdir(parents=True, exist_ok=True)
    _sweep(beside)
    with tempfile.TemporaryDirectory(prefix=f"{_PRIVATE}{os.getpid()}-", dir=beside) as private:
        if is_database(source):
            found = exported(str(source), Path(private), tables, progress)
            yield [Arrived(f, f.name) for f in sorted(found)]
            return
        top = Path(source)
        if not top.exists():
            raise Refusal(f"没有这个文件或文件夹：{source} · no such file or folder: {source}",
                          "请核对路径 · check the path")
        names = [] if top.is_dir() else [*(top.name + s for s in SIDECARS), *LISTS]
        beside_it = [f for n in names if (f := top.with_name(n)).is_file()]
        files = sorted(f for f in top.rglob("*") if f.is_file()) if top.is_dir() else [top, *beside_it]
        shown = [Arrived(f, f.relative_to(top).as_posix() if top.is_dir() else f.name, f in beside_it) for f in files
                 if _is_delivered(f.name)]
        yield _unpacked(shown, Path(private), progress)


def _unpacked(files: list[Arrived], private: Path, progress: bool) -> list[Arrived]:
    out: list[Arrived] = []
    for number, one in enumerate(files):
        if one.name.lower().endswith(".zip"):
            out += _members(one, private / f"{number:04d}", progress)
        else:
            out.append(one)
    return out


def _name_of(member: zipfile.ZipInfo) -> PurePosixPath | None:
    """A member's name, decoded as Chinese Windows writes it; `None` for what is no file of ours."""
    name = member.filename
    if not member.flag_bits & _UTF8_NAME:
        try:
            name = name.encode("cp437").decode("gb18030")
        except UnicodeError:
            name = member.filename
    path = PurePosixPath(name.replace("\\", "/"))
    if member.is_dir() or path.is_absolute() or ".." in path.parts or not _is_delivered(path.name):
        return None
    return path


def _members(archive: Arrived, into: Path, progress: bool) -> list[Arrived]:
    """Unpack an archive; every member is read to its end and compared with its checksum."""
    out = []
    try:
        with zipfile.ZipFile(archive.file) as packed:
            members = [(m, p) for m in packed.infolist() if (p := _name_of(m)) is not None]
            size = sum(m.file_size for m, _ in members)
            into.mkdir(parents=True)
            if size > shutil.disk_usage(into).free:
                raise Refusal(f"磁盘放不下 {archive.name} 解开后的 {size:,} 字节 · "
                              f"{archive.name} holds {size:,} bytes and the disk has no room for them",
                              "腾出空间，或在别处解压 · make room, or unpack it elsewhere", "environment")
            with tqdm(total=size, unit="B", unit_scale=True, desc="unpack", disable=not progress, delay=2) as bar:
                for member, path in members:
                    target = into / path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with packed.open(member) as given, target.open("xb") as to:
                        while piece := given.read(_CHUNK):
                            to.write(piece)
                            bar.update(len(piece))
                    out.append(Arrived(target, f"{archive.name}/{path}"))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError,
            OSError, OverflowError) as error:
        if getattr(error, "errno", None) in _OF_THE_MACHINE:
            raise
        raise Refusal(f"{archive.name} 不是完整的压缩包，或带有密码 · "
                      f"{archive.name} is not a whole archive: {' '.join(str(error).split())}",
                      "请发送方重发，不加密码 · ask the sender for the file again, without a password",
                      "damaged") from None
    return sorted(out, key=lambda a: a.name)

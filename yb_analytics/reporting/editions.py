"""Where editions stand: one rename publishes, the edition before goes to the history, nothing is ever partial.

`reports/<report>/<period>/` is the current edition, `reports/<report>/history/<period>/<data version>-<key>/`
are those before it, `reports/.building/<run>/` is work in progress that a killed run may leave behind.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yb_analytics.reporting import passport
from yb_analytics.schema import Refusal

_EXCHANGE, _HERE = 2, -100  # RENAME_EXCHANGE, AT_FDCWD
SUFFIXES = (".html", ".pdf", ".xlsx", ".ipynb", ".json")


@dataclass(frozen=True)
class Edition:
    """A published edition.

    Attributes
    ----------
    path
        Folder of the edition.
    state
        `published`, or `unchanged` where this report, period, data version and parameters were published before.
    files
        Names of its files.
    """

    path: Path
    report: str
    period: str
    data_version: str
    state: str
    notices: tuple[str, ...] = ()

    @property
    def files(self) -> list[str]:
        """Names of the files of the edition."""
        return sorted(p.name for p in self.path.iterdir())

    @property
    def text(self) -> str:
        """What happened, in one sentence."""
        what = "已发布" if self.state == "published" else "数据与参数均无变化，未重新发布，现有版本见"
        extra = "".join(self.notices) if self.state == "published" else ""
        return f"{self.report} {self.period}（数据版本 {self.data_version}）{what}：{self.path}。{extra}"

    def _repr_html_(self) -> str:
        from yb_analytics.reporting.publish_html import environment

        page = "<p>{{ text }}</p><ul>{% for f in files %}<li>{{ f }}</li>{% endfor %}</ul>"
        return environment().from_string(page).render(text=self.text, files=self.files)


class Place:
    """One folder of reports.

    Parameters
    ----------
    folder
        `reports` of the project, or any other.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).absolute()

    def current(self, report: str, period: str) -> Path:
        """Folder of the current edition."""
        return self.folder / report / safe(period)

    def history(self, report: str, period: str) -> Path:
        """Folder of the editions before."""
        return self.folder / report / "history" / safe(period)

    def building(self, run: str) -> Path:
        """A fresh folder for one run, on the file system of the editions."""
        path = self.folder / ".building" / run
        try:
            (path / "edition").mkdir(parents=True)
        except OSError as problem:
            raise Refusal(f"{self.folder} 无法写入 · {self.folder}: cannot be written ({problem.strerror})",
                          "腾出磁盘或给予写权限 · free the disk or give the right to write", "environment") from None
        return path

    @contextlib.contextmanager
    def lock(self, report: str, period: str) -> Iterator[None]:
        """Only one run of a report and period at a time; the second waits."""
        path = self.folder / ".locks" / f"{report}.{safe(period)}"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as problem:
            raise Refusal(f"{self.folder} 无法写入 · {self.folder}: cannot be written ({problem.strerror})",
                          "腾出磁盘或给予写权限 · free the disk or give the right to write", "environment") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def editions(self, report: str, period: str) -> list[Path]:
        """Folders of all editions of a report and period, the current one first."""
        now, old = self.current(report, period), self.history(report, period)
        return [*([now] if now.is_dir() else []), *(sorted(old.iterdir()) if old.is_dir() else [])]

    def known(self, report: str, period: str, key: str) -> Path | None:
        """The whole edition with this key, current or in the history."""
        for path in self.editions(report, period):
            with contextlib.suppress(Refusal):
                if passport.read(path)["key"] == key and not passport.verify_edition(path):
                    return path
        return None

    def publish(self, built: Path, content: dict[str, Any]) -> Path:
        """Put a complete edition in its place in one rename; the one before goes to the history."""
        target = self.current(content["report"], content["period"])
        target.parent.mkdir(parents=True, exist_ok=True)
        for path in built.iterdir():
            _sync(path)
        _sync(built)
        if target.exists():
            exchange(built, target)
            self.shelve(built)
        else:
            built.rename(target)
        _sync(target.parent)
        return target

    def shelve(self, old: Path) -> None:
        """Move an edition that is no longer current to the history, once per key; a damaged one is removed."""
        try:
            content = passport.read(old)
            place = self.history(content["report"], content["period"])
            name = f"{safe(content['data_version'])}-{content['key'][:8]}"
            whole = not passport.verify_edition(old) and not (place / name).exists()
        except Refusal:
            whole = False
        if whole:
            place.mkdir(parents=True, exist_ok=True)
            old.rename(place / name)
        else:
            shutil.rmtree(old, ignore_errors=True)

    def sweep(self, run: str) -> str:
        """Clear what a dead run left; returns the folder of its edition if it had published before it died."""
        work = self.folder / ".building" / run
        left = work / "edition"
        if left.is_dir() and (left / passport.FILE).exists():
            with contextlib.suppress(Refusal):
                if passport.read(left)["run"] != run:  # exchanged already: this is the edition before
                    self.shelve(left)
        shutil.rmtree(work, ignore_errors=True)
        for path in self.folder.glob("*/*"):
            with contextlib.suppress(Refusal):
                if (path / passport.FILE).exists() and passport.read(path).get("run") == run:
                    return str(path)
        return ""


def safe(text: str) -> str:
    """A period or version as the name of a folder.

    Examples
    --------
    >>> safe("2024-01:2025-12"), safe("../x")
    ('2024-01_2025-12', '.._x')
    """
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in text)


def exchange(a: Path, b: Path) -> None:
    """Swap two folders in one step; without the system call, in two."""
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        call = None
    if call is not None:
        if call(_HERE, os.fsencode(a), _HERE, os.fsencode(b), _EXCHANGE) == 0:
            return
        problem = ctypes.get_errno()
        if problem not in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
            raise OSError(problem, os.strerror(problem), str(b))
    aside = a.with_name(a.name + ".before")
    b.rename(aside)
    a.rename(b)
    aside.rename(a)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

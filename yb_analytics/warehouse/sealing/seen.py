"""Files whose content was read and found right, so that they need not be read again at every opening.

What is trusted: the same path with the same size, inode, time of change (`mtime_ns`) and time of status change
(`ctime_ns`) holds the same bytes. A program that writes into the file moves `ctime`, which cannot be set back, even if
it sets `mtime` back. What is *not* seen by it: a bit that rots on the disk below the file system, a clock that was
turned back, a change of this list itself by the same user. Therefore an entry is trusted for `YB_VERIFY_DAYS` days
(7), `YB_VERIFY=always` (or `yb verify`, always) trusts nothing, and files changed in the last two seconds are not
entered: within one tick of the clock two contents have one time.

The list lies in `YB_CACHE_DIR` (else `yb_analytics` in the user's cache folder); without it every opening reads.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_SETTLED = 2.0  # seconds
_DAYS = 7.0
_BUSY = 5.0  # seconds to wait for another process


def signature(file: Path) -> str:
    """Size, inode and times of a file."""
    state = file.stat()
    return f"{state.st_size} {state.st_ino} {state.st_mtime_ns} {state.st_ctime_ns}"


def always() -> bool:
    """Whether nothing is trusted."""
    return os.environ.get("YB_VERIFY", "") == "always"


def _list() -> Path:
    home = os.environ.get("YB_CACHE_DIR") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache",
                                                 "yb_analytics")
    return Path(home) / "verified.sqlite"


def _asked(work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
    """Use the list; where it cannot be had, or is broken, do without: it saves time, no answer needs it."""
    file = _list()
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with closing(sqlite3.connect(file, timeout=_BUSY)) as con, con:
            con.execute("create table if not exists seen (path text primary key, signature text, value text, at real)")
            return work(con)
    except sqlite3.DatabaseError as error:
        if not isinstance(error, sqlite3.OperationalError):  # not a database any more
            file.unlink(missing_ok=True)
    except OSError:
        pass
    return otherwise


def seen_all(files: list[Path]) -> dict[Path, str]:
    """What is remembered of these files, as far as they are unchanged."""
    if always() or not files:
        return {}
    since = time.time() - 86400 * float(os.environ.get("YB_VERIFY_DAYS") or _DAYS)

    def ask(con: sqlite3.Connection) -> dict[Path, str]:
        out = {}
        for file in files:
            row = con.execute("select signature, value from seen where path = ? and at > ?",
                              (str(file), since)).fetchone()
            if row and file.is_file() and row[0] == signature(file):
                out[file] = row[1]
        return out

    return _asked(ask, {})


def seen(file: Path) -> str | None:
    """What is remembered of one file."""
    return seen_all([file]).get(file)


def remember_all(found: list[tuple[Path, str, str]]) -> None:
    """Enter files with the signature they had before they were read, and what was found."""
    now = time.time()
    rows = [(str(f), s, v, now) for f, s, v in found
            if max(int(t) for t in s.split()[2:]) / 1e9 < now - _SETTLED and f.is_file() and signature(f) == s]
    if not rows or always():
        return
    _asked(lambda con: con.executemany("insert or replace into seen values (?, ?, ?, ?)", rows) and None, None)


def remember(file: Path, was: str, value: str) -> None:
    """Enter one file."""
    remember_all([(file, was, value)])

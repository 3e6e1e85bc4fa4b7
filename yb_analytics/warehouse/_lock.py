"""One writer at a time.

The lock is the operating system's own lock on a file, so it is gone the moment its holder is, however that
ended: a lock left by a killed process is never in the way. The file names the holder for the message only.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yb_analytics.schema import Refusal


@contextmanager
def writing(folder: Path, wait: float = 0.0) -> Iterator[None]:
    """Hold the writer's lock of a folder; refuses (`locked`) if another process holds it after `wait` seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ".lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        until = time.monotonic() + wait
        while not _taken(descriptor):
            if time.monotonic() >= until:
                holder = path.read_text().strip() or "unknown"
                raise Refusal(f"{folder} 正被进程 {holder} 写入 · {folder} is being written by process {holder}",
                              "等它结束再试；读取不受影响 · wait until it has ended; readers are not affected",
                              "locked")
            time.sleep(0.05)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

"""The one place where a DuckDB connection is made.

A connection sees the folders it was given and nothing else, and its settings cannot be changed afterwards:
an expression that came from anywhere else cannot read or write another file. Times are naive Asia/Shanghai
wall times throughout, so the session's own zone is never consulted.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import ibis
import ibis.expr.datatypes as dt

_SHARE_OF_MEMORY = 0.5
_SETTINGS = {
    "enable_progress_bar": False,
    "temp_file_encryption": True,  # what is spilled may be clear text; the key dies with the process
    "force_mbedtls_unsafe": True,  # the cipher it brings along; without this it refuses to spill at all
    "python_enable_replacements": False,  # a name in an expression never means a variable of Python
    "allow_persistent_secrets": False,
    "allow_community_extensions": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "enable_external_access": False,
    "lock_configuration": True,  # last: nothing can be changed from here on
}
_HEADROOM = 0.75  # resident memory was seen to pass DuckDB's own limit by a quarter


def _memory_limit(most: int | None) -> str:
    """`YB_MEMORY` (for example `8GB`), else half of the machine, less the headroom, and not more than `most` bytes."""
    asked = os.environ.get("YB_MEMORY")
    if asked:
        return asked
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    share = int(total * _SHARE_OF_MEMORY * _HEADROOM)
    return f"{min(share, most or share) // 2**20}MB"


def connect(folders: Sequence[Path | str] = (), spill: Path | None = None, most: int | None = None,
            threads: int | None = None):
    """An Ibis connection to an in-process DuckDB that reads `folders` only.

    Parameters
    ----------
    folders
        Folders whose files may be read and written.
    spill
        Where what does not fit into memory is put, in a private folder that goes with the connection; the system's
        temporary directory by default.
    most
        Bytes the engine may use at most, if that is less than its share of the machine (`YB_MEMORY` overrules).
    threads
        Threads the engine uses; `YB_THREADS`, else all processors, if not given.

    Returns
    -------
    ibis.backends.duckdb.Backend
    """
    private = tempfile.TemporaryDirectory(prefix="yb-", dir=spill)
    con = ibis.duckdb.connect(
        ":memory:", memory_limit=_memory_limit(most), temp_directory=private.name,
        preserve_insertion_order=False, threads=threads or int(os.environ.get("YB_THREADS", os.cpu_count() or 1)),
    )
    con._spill = private  # lives exactly as long as the connection
    allowed = [str(Path(f).resolve()) for f in folders]
    con.con.execute("SET allowed_directories = ?", [allowed])
    for setting, value in _SETTINGS.items():
        con.settings[setting] = value
    return con


@ibis.udf.scalar.builtin(name="md5_number_lower")
def md5_number(text: str) -> dt.uint64:
    """DuckDB's own: the lower half of the MD5 of a text as a number."""


def row_number(table, columns=None):
    """Every row as one number: its columns as a text (in order, separated, empties marked), the text hashed."""
    texts = [ibis.coalesce(table[c].cast("string"), ibis.literal("\x1e")) for c in columns or table.columns]
    return md5_number(ibis.literal("\x1f").join(texts)).cast("decimal(38, 0)")


def row_hash(table, columns=None):
    """Hash of all rows of an Ibis table, a number that adds up over parts of the table.

    Rows become numbers and the numbers are added: rows may come in any order and from any number of files.
    """
    return row_number(table, columns).sum()

"""Tables of a database, copied through Ibis into Parquet files named like them.

Only reading is asked of the source. The address may hold a password: it is never part of a message.
"""

from __future__ import annotations

import fnmatch
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlparse

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm.auto import tqdm

from yb_analytics.schema import TABLES, Refusal
from yb_analytics.warehouse._engine import connect

SCHEMES = ("postgres", "postgresql", "duckdb", "sqlite")
_ROWS = 100_000
_PLAIN = (".", "-", "_")


@ibis.udf.scalar.builtin(name="printf")
def _printed(shape: str, value: float) -> str:  # type: ignore[empty-body]
    """SQLite's own: its cast to text keeps 15 digits of a floating number, cents of large amounts need more."""


def _shown(address: str) -> str:
    """An address without its password."""
    parts = urlparse(address)
    user = f"{parts.username}@" if parts.username else ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{user}{parts.hostname or ''}{port}{parts.path}"


def _postgres(address: str):
    """PostgreSQL; `?schema=…` names a schema, other queries are settings of libpq (`host=/run/postgresql`)."""
    parts = urlparse(address)
    asked = dict(parse_qsl(parts.query))
    given = {"user": parts.username and unquote(parts.username), "password": parts.password and unquote(parts.password),
             "host": parts.hostname, "port": parts.port, "database": unquote(parts.path.lstrip("/")) or None, **asked}
    given["port"] = int(given["port"] or 5432)
    return ibis.postgres.connect(**{k: v for k, v in given.items() if v is not None})


def _opened(address: str):
    """A connection, and the names of its tables each with a function that gives it as an Ibis table."""
    parts = urlparse(address)
    if parts.scheme.startswith("postgres"):
        con = _postgres(address)
        return con, {t: lambda t=t: con.table(t) for t in con.list_tables()}
    file = Path(unquote(parts.netloc + parts.path))
    if not file.is_file():
        raise Refusal(f"没有这个文件：{file} · no such file: {file}",
                      "写成 duckdb:///绝对路径 或 sqlite://相对路径 · "
                      "write duckdb:///absolute/path or sqlite://relative/path")
    if parts.scheme == "sqlite":
        con = ibis.sqlite.connect(file)
        return con, {t: lambda t=t: con.table(t) for t in con.list_tables()}
    con = connect([file.resolve().parent])
    con.attach(file.resolve(), name="delivered", read_only=True)
    return con, {t: lambda t=t: con.table(t, database="delivered.main")
                 for t in con.list_tables(database=("delivered", "main"))}


def _plain_columns(table, is_sqlite: bool):
    """Columns Parquet and the conversions know; others, and all of SQLite (any cell holds any type), as texts."""
    def plain(name: str):
        kind = table[name].type()
        if is_sqlite:
            text = table[name].cast("string")
            return (table[name].typeof() == "real").ifelse(_printed("%.17g", table[name].cast("float64")), text)
        if kind.is_timestamp() and kind.timezone:
            return table[name].cast("timestamp('UTC')")
        known = (kind.is_string() or kind.is_integer() or kind.is_floating() or kind.is_timestamp() or kind.is_date()
                 or kind.is_boolean() or (kind.is_decimal() and kind.precision))
        return table[name] if known else table[name].cast("string")

    return table.select(**{c: plain(c) for c in table.columns})


def _write(con, table, target: Path, key: list[str], bar) -> None:
    """Copy one table in batches, in the order of its key: the same rows make the same file."""
    rows = table.order_by(key) if key else table
    with con.to_pyarrow_batches(rows, chunk_size=_ROWS) as batches:
        schema = pa.schema([(f.name, f.type) for f in batches.schema])
        with pq.ParquetWriter(target, schema, compression="zstd") as writer:
            for batch in batches:
                writer.write_batch(batch.cast(schema))
                bar.update(batch.num_rows)


def _wanted(found, tables: frozenset[str] | None, shown: str) -> list[str]:
    """Names of the tables to copy; refuses a database that lacks one."""
    patterns = {t.removesuffix(".parquet") for t in tables} if tables is not None else None
    wanted = sorted(t for t in found if (t.lower() in TABLES if patterns is None else
                                         any(fnmatch.fnmatch(t, p) for p in patterns)))
    absent = sorted(p for p in patterns or () if not fnmatch.filter(found, p))
    if absent or not wanted:
        raise Refusal(f"{shown} 中没有所需的表 · {shown} has no table {', '.join(absent) or 'of a canonical name'}",
                      "在映射中写明表名 · "
                      f"it has: {', '.join(sorted(found)[:20]) or 'none'}; name others in a mapping", "schema")
    return wanted


def exported(address: str, into: Path, tables: frozenset[str] | None, progress: bool) -> list[Path]:
    """Copy the tables of a database that are wanted.

    Parameters
    ----------
    address
        `postgres://user:password@host:port/database`, `duckdb:///path`, `sqlite:///path`.
    into
        Folder for the copies.
    tables
        Names of tables (globs); those that are named like canonical tables if `None`.

    Raises
    ------
    Refusal
        The database cannot be reached or read, or has no table that is wanted; no password is shown.
    """
    shown = _shown(address)
    try:
        con, found = _opened(address)
        wanted = _wanted(found, tables, shown)
        out = []
        with tqdm(unit="row", unit_scale=True, desc="copy", disable=not progress, delay=2) as bar:
            for name in wanted:
                table = _plain_columns(found[name](), address.startswith("sqlite"))
                lower = {c.lower(): c for c in table.columns}
                key = [lower[k] for k in TABLES[name.lower()].key if k in lower] if name.lower() in TABLES else []
                out.append(into / f"{''.join(c if c.isalnum() or c in _PLAIN else '_' for c in name)}.parquet")
                _write(con, table, out[-1], key, bar)
        return out
    except Refusal:
        raise
    except Exception as error:  # every driver has errors of its own
        password = urlparse(address).password or "\n"
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Refusal(f"{shown} 无法读取 · "
                      f"{shown} cannot be read: {told.replace(unquote(password), '…').replace(password, '…')}",
                      "请核对地址、用户与权限 · check address, user and rights", "input") from None

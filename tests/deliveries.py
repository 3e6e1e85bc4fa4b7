"""Deliveries for the tests: the same rows in every format."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from yb_analytics.schema import TABLES
from yb_analytics.warehouse import ingest, open_warehouse

FORMATS = ("csv", "csv.gz", "parquet", "xlsx", "jsonl", "ndjson.gz", "zip")
_VALUES = {"date": "2025-03-01", "time": "2025-03-01 10:00:00", "code": "K", "flag": "1", "text": "甲",
           "money": "12.50", "quantity": "2.5000", "number": "0.5", "count": "3"}


def sample(table: str, rows: int = 3) -> list[dict[str, str]]:
    """Rows of a table in canonical texts; keys differ from row to row."""
    spec = TABLES[table]
    out = []
    for n in range(1, rows + 1):
        row = {c.name: _VALUES.get(c.kind, "1") for c in spec.columns}
        row |= {k: f"{row[k]}{n}" for k in spec.key if spec[k].kind in ("code", "text")}
        row |= {k: f"2025-03-{n:02d}" for k in spec.key if spec[k].kind in ("date", "time")}
        row |= {k: str(n) for k in spec.key if spec[k].kind == "count"}
        out.append(row)
    return out


def as_bytes(rows: list[dict], kind: str, name: str = "setl_d") -> bytes:
    """Rows as a file of a format of :data:`FORMATS`."""
    columns = list(rows[0])
    if kind.endswith(".gz"):
        return gzip.compress(as_bytes(rows, kind.removesuffix(".gz"), name), mtime=0)
    buffer = io.BytesIO()
    if kind == "csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().encode()
    if kind in ("jsonl", "ndjson"):
        return "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows).encode()
    if kind == "parquet":
        pq.write_table(pa.table({c: [r[c] for r in rows] for c in columns}), buffer)
    elif kind == "xlsx":
        book = openpyxl.Workbook()
        book.active.append(columns)
        for r in rows:
            book.active.append(list(r.values()))
        book.save(buffer)
    else:
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{name}.csv", as_bytes(rows, "csv", name))
    return buffer.getvalue()


def deliver(folder: Path, rows: list[dict], kind: str, name: str = "setl_d") -> Path:
    """Rows in a file named like a table."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.{kind}"
    file.write_bytes(as_bytes(rows, kind, name))
    return file


def taken(source, path: Path, mapping=None):
    """The report of an ingest without bars and raw store."""
    return ingest(source, path, mapping, progress=False, keep=False)


def stored(path: Path, table: str = "setl_d"):
    """Rows of a stored table, by its key."""
    w = open_warehouse(path)
    return w.run(w.table(table).order_by(list(TABLES[table].key)))

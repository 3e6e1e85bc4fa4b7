"""A delivered file becomes Parquet with a line number: decoding, and rows that are not rows.

Text is strict UTF-8 (with or without a byte-order mark), else strict GB18030, else refused with file and
byte: a guesser was seen to call GB18030 text cp949. Compressed files are read to their end, so a cut one is
noticed. Every value stays a text here; what it means is decided in `_conform`.
"""

from __future__ import annotations

import codecs
import csv as records
import gzip
import hashlib
import shutil
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from yb_analytics.schema import Refusal
from yb_analytics.warehouse.manifest import file_sha256

LINE, FILE, DELIVERY = "_line", "_file", "_delivery"
MARKS = {LINE: pa.int64(), FILE: pa.string(), DELIVERY: pa.string()}
"""Columns added to every delivered row: its line, the name and the SHA-256 of its file."""
SUFFIXES = (".csv", ".csv.gz", ".parquet")
RAW = ".raw.parquet"
_CHUNK = 1 << 20
_BLOCK = 8 << 20


@dataclass
class Raw:
    """One delivered file, ready to be conformed."""

    source: Path
    parquet: Path
    rows: int
    sha256: str
    shape: str
    malformed: list[tuple[int, str]] = field(default_factory=list)
    marked: bool = True  # holds the columns of MARKS


def content_hash(path: Path) -> str:
    """Identity of a delivered file: its bytes (unpacked where it is compressed)."""
    if path.suffix != ".gz":
        return file_sha256(path)
    done = hashlib.sha256()
    for piece in _pieces(path):
        done.update(piece)
    return done.hexdigest()


def _pieces(path: Path):
    """Bytes of a file, unpacked; refuses a compressed file that is cut or broken."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as f:
            while piece := f.read(_CHUNK):
                yield piece
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Refusal(f"{path} is cut or damaged: {error}", "ask the sender for the file again",
                      "damaged") from None
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}", "check the path and the rights") from None


def _undecodable(path: Path, encoding: str) -> int | None:
    """Offset of the first byte that is not text of this encoding, `None` if all are."""
    decoder, seen = codecs.getincrementaldecoder(encoding)("strict"), 0
    try:
        for piece in _pieces(path):
            pending = len(decoder.getstate()[0])
            start = seen - pending
            decoder.decode(piece)
            seen += len(piece)
        start = seen - len(decoder.getstate()[0])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return start + error.start
    return None


def encoding_of(path: Path) -> str:
    """`utf-8-sig` or `gb18030`, by reading the whole file strictly."""
    bad = _undecodable(path, "utf-8")
    if bad is None:
        return "utf-8-sig"
    worse = _undecodable(path, "gb18030")
    if worse is None:
        return "gb18030"
    raise Refusal(f"{path} is neither UTF-8 (byte {bad}) nor GB18030 (byte {worse})",
                  "ask for the file in UTF-8", "input")


def _as_utf8(path: Path, into: Path) -> Path:
    """The text of a file as plain UTF-8, which the CSV reader takes."""
    decoder, quotes = codecs.getincrementaldecoder(encoding_of(path))("strict"), 0
    with into.open("w", encoding="utf-8", newline="") as out:
        for piece in _pieces(path):
            text = decoder.decode(piece)
            if "\x00" in text:
                raise Refusal(f"{path} holds zero bytes: it is not a text file", "ask for a CSV file")
            quotes += text.count('"')
            out.write(text)
        out.write(decoder.decode(b"", final=True))
    if quotes % 2:
        raise Refusal(f"{path} opens a quotation mark and never closes it: it is cut or not quoted properly",
                      "ask for the whole file, with quotation marks inside values doubled", "damaged")
    return into


def _reader(path: Path, source: Path, malformed: list[tuple[int, str]]):
    def note(row) -> str:
        malformed.append((row.number, f"{row.actual_columns} values where the header has {row.expected_columns}"))
        return "skip"

    header = _header(path, source)
    return csv.open_csv(
        path, csv.ReadOptions(use_threads=False, block_size=_BLOCK),
        csv.ParseOptions(newlines_in_values=True, invalid_row_handler=note),
        csv.ConvertOptions(column_types={h: pa.string() for h in header}, null_values=[""],
                           strings_can_be_null=True, quoted_strings_can_be_null=True))


def _header(path: Path, source: Path) -> list[str]:
    """Names in the first line; refuses a file without one, or with a name twice."""
    with path.open(encoding="utf-8", newline="") as f:
        header = next(records.reader(f), [])
    if not any(h.strip() for h in header):
        raise Refusal(f"{source} is empty", "ask for the file with a header line", "empty")
    repeated = sorted({h for h in header if header.count(h) > 1})
    if repeated:
        raise Refusal(f"{source} has the column {', '.join(repeated)} twice", "ask for one column of each name",
                      "schema")
    return header


def _numbers(count: int, start: int, malformed: list[tuple[int, str]]) -> np.ndarray:
    """Lines of the next `count` records (the header is line 1), skipping those that were malformed."""
    skipped = [n for n, _ in malformed if n >= start]
    return np.setdiff1d(np.arange(start, start + count + len(skipped)), skipped)[:count]


def _marked(batch: pa.RecordBatch, schema: pa.Schema, numbers: np.ndarray, source: Path, sha256: str) -> pa.Table:
    """The batch with the columns of :data:`MARKS`."""
    n = batch.num_rows
    arrays = [*batch.columns, pa.array(numbers, pa.int64()), pa.repeat(source.name, n), pa.repeat(sha256, n)]
    return pa.Table.from_arrays(arrays, names=schema.names).cast(schema)


def _raw_schema(given: pa.Schema, source: Path) -> pa.Schema:
    names = [n.strip() for n in given.names]
    taken = sorted(set(names) & set(MARKS))
    if taken:
        raise Refusal(f"{source} has a column {', '.join(taken)}", "rename it", "schema")
    columns = [(n, t) for n, t in zip(names, given.types, strict=True)]
    return pa.schema([*columns, *MARKS.items()])


def read_csv(path: Path, staging: Path, sha256: str) -> Raw:
    """A CSV file as Parquet of texts."""
    text, target = staging / f"{sha256}.csv", staging / f"{sha256}{RAW}"
    malformed: list[tuple[int, str]] = []
    writer, rows, line = None, 0, 2
    try:
        with _reader(_as_utf8(path, text), path, malformed) as reader:
            schema = _raw_schema(reader.schema, path)
            writer = pq.ParquetWriter(target, schema, compression="zstd")
            for batch in reader:
                numbers = _numbers(batch.num_rows, line, malformed)
                writer.write_table(_marked(batch, schema, numbers, path, sha256))
                rows, line = rows + batch.num_rows, int(numbers[-1]) + 1 if len(numbers) else line
    except pa.ArrowInvalid as error:
        raise Refusal(f"{path} is not readable as CSV: {str(error).splitlines()[0]}",
                      "ask the sender for the file again", "input") from None
    finally:
        if writer:
            writer.close()
        text.unlink(missing_ok=True)
    return Raw(path, target, rows + len(malformed), sha256, str(schema), malformed)


def read_parquet(path: Path, staging: Path, sha256: str) -> Raw:
    """A Parquet file: a private copy, or one with marks where its own names are in the way of DuckDB's."""
    target, start = staging / f"{sha256}{RAW}", 1
    try:
        source = pq.ParquetFile(path)
        schema = _raw_schema(source.schema_arrow, path)
        if not _in_the_way(source.schema_arrow.names):
            shutil.copyfile(path, target)
            return Raw(path, target, source.metadata.num_rows, sha256, str(source.schema_arrow.remove_metadata()),
                       marked=False)
        with pq.ParquetWriter(target, schema, compression="zstd") as writer:
            for batch in source.iter_batches(batch_size=1 << 17):
                numbers = np.arange(start, start + batch.num_rows)
                writer.write_table(_marked(batch, schema, numbers, path, sha256))
                start += batch.num_rows
    except (pa.ArrowInvalid, OSError) as error:
        raise Refusal(f"{path} is not a whole Parquet file: {str(error).splitlines()[0]}",
                      "ask the sender for the file again", "damaged") from None
    return Raw(path, target, start - 1, sha256, str(schema))


def _in_the_way(names: list[str]) -> bool:
    """Names with blanks around them, or those DuckDB gives to a file's name and row numbers."""
    return any(n != n.strip() or n.lower() in ("filename", "file_row_number") for n in names)


def refuse_damaged(raws: list[Raw]) -> None:
    """Refuse the Parquet file that cannot be read to its end, if there is one."""
    for raw in raws:
        try:
            for _ in pq.ParquetFile(raw.parquet).iter_batches() if raw.parquet.is_file() else ():
                pass
        except (pa.ArrowInvalid, OSError) as error:
            raise Refusal(f"{raw.source} is not a whole Parquet file: {str(error).splitlines()[0]}",
                          "ask the sender for the file again", "damaged") from None


def read(path: Path, staging: Path, sha256: str) -> Raw:
    """Any file of :data:`SUFFIXES`."""
    return (read_parquet if path.suffix == ".parquet" else read_csv)(path, staging, sha256)

"""CSV: records of texts. The delimiter is the comma, or what the header uses instead of it."""

from __future__ import annotations

import csv as records
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv

from yb_analytics.schema import Refusal
from yb_analytics.warehouse.reading.batches import Raw, Sink, headed, raw_file
from yb_analytics.warehouse.reading.encodings import Text, Tick, as_utf8, examined

_BLOCK = 8 << 20
_LONGEST_HEADER = 1 << 20
_DELIMITERS = ("\t", ";", "|")
records.field_size_limit(_LONGEST_HEADER)


def _beginning(path: Path, name: str) -> tuple[list[str], list[str], str]:
    """Header, first record and delimiter."""
    with path.open(encoding="utf-8-sig", newline="") as f:
        text = f.read(_LONGEST_HEADER)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = "," if "," in first else next((d for d in _DELIMITERS if d in first), ",")
    try:
        rows = records.reader(text.splitlines(keepends=True), delimiter=delimiter)
        given = [r for _, r in zip(range(4), rows, strict=False) if r]
    except records.Error as error:
        raise Refusal(f"{name} 无法按 CSV 读取 · {name} is not readable as CSV: {error}",
                      "请发送方重发 · ask the sender for the file again", "input") from None
    return given[0] if given else [], given[1] if len(given) > 1 else [], delimiter


def _opened(path: Path, header: list[str], delimiter: str, malformed: list[tuple[int, str]], name: str):
    def note(row) -> str:
        malformed.append((row.number, f"{row.actual_columns} values where the header has {row.expected_columns}"))
        return "skip"

    reader = csv.open_csv(
        path, csv.ReadOptions(use_threads=False, block_size=_BLOCK),
        csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=note),
        csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()), null_values=[""],
                           strings_can_be_null=True, quoted_strings_can_be_null=True))
    if reader.schema.names != header:  # their types would be guessed
        raise Refusal(f"{name} 的表头无法识别 · {name}: the header cannot be read",
                      "请用一行普通列名作表头 · ask for a header of plain names in one line", "schema")
    return reader


def _numbers(count: int, start: int, malformed: list[tuple[int, str]]) -> np.ndarray:
    """Lines of the next `count` records (the header is line 1), skipping those that were malformed."""
    skipped = [n for n, _ in malformed if n >= start]
    if not skipped:
        return np.arange(start, start + count)
    return np.setdiff1d(np.arange(start, start + count + len(skipped)), skipped)[:count]


def _refuse_open(text: Text, malformed: list[tuple[int, str]], last: int, name: str) -> None:
    if text.unended and malformed and malformed[-1][0] >= last:
        raise Refusal(f"{name} 在最后一行（第 {last} 行）中间被截断 · "
                      f"{name} is cut inside its last line ({last}): {malformed[-1][1]}",
                      "请发送方重发 · ask the sender for the file again", "damaged")


def read_csv(path: Path, staging: Path, sha256: str, name: str, tick: Tick | None = None) -> Raw:
    """A CSV file as Parquet of texts."""
    text = examined(path, name)
    if text.quotes % 2:
        raise Refusal(f"{name} 有引号未闭合，文件被截断或引号写法有误 · "
                      f"{name} opens a quotation mark and never closes it: it is cut or not quoted properly",
                      "请发送方重发完整文件，值内引号须成对双写 · "
                      "ask for the whole file, with quotation marks inside values doubled", "damaged")
    copy, target = staging / f"{sha256}.csv", raw_file(staging, sha256)
    malformed: list[tuple[int, str]] = []
    line = 2
    try:
        plain = as_utf8(path, text, copy)
        header, first, delimiter = _beginning(plain, name)
        schema = pa.schema([(n, pa.string()) for n in headed(header, name, first)])
        share = path.stat().st_size / max(plain.stat().st_size, 1)
        with _opened(plain, header, delimiter, malformed, name) as reader, Sink(target, schema, name, sha256) as sink:
            for batch in reader:
                numbers = _numbers(batch.num_rows, line, malformed)
                sink.write(batch.columns, numbers)
                line = int(numbers[-1]) + 1 if len(numbers) else line
                if tick:
                    tick(int(batch.nbytes * share))
    except pa.ArrowInvalid as error:
        raise Refusal(f"{name} 无法按 CSV 读取 · {name} is not readable as CSV: {str(error).splitlines()[0]}",
                      "请发送方重发 · ask the sender for the file again", "input") from None
    finally:
        copy.unlink(missing_ok=True)
    rows = sink.rows + len(malformed)
    _refuse_open(text, malformed, rows + 1, name)
    return Raw(path, target, rows, sha256, str(schema), malformed, name=name, unended=text.unended and rows > 0,
               encoding=text.encoding)

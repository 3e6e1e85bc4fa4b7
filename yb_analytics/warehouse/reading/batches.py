"""Delivered rows on their way in: where they lie, what their header says, and the marks every row carries.

Readers of every format end here: a Parquet file of the values as they came, a line number for each, and the
lines that could not be rows. What a value means is decided in `_conform`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from yb_analytics.schema import TABLES, Refusal
from yb_analytics.schema.informers import refuse_informers
from yb_analytics.warehouse.reading.reports import BLANKS

LINE, FILE, DELIVERY = "_line", "_file", "_delivery"
MARKS = {LINE: pa.int64(), FILE: pa.string(), DELIVERY: pa.string()}
"""Columns added to every delivered row: its line, the name and the SHA-256 of its file."""
RAW = ".raw.parquet"
_ENOUGH = 2  # names of columns in one row of values make it a header


@dataclass
class Raw:
    """One delivered file (or sheet), ready to be conformed.

    Attributes
    ----------
    source, name
        Where it lies; what the sender called it (`batch.zip/setl_d.csv`, `结算.xlsx#1月`).
    rows
        Rows in the file, malformed ones included.
    malformed
        Lines that could not be read as rows, each with the reason.
    long_numbers
        Columns holding numbers of more than 15 digits in a format whose numbers are floating.
    unended
        The last line has no line end: the file may be cut inside its last value.
    encoding
        How its text was written, empty for formats that are not text.
    awaited
        Its rows are merged from `parquet` itself.
    """

    source: Path
    parquet: Path
    rows: int
    sha256: str
    shape: str
    malformed: list[tuple[int, str]] = field(default_factory=list)
    marked: bool = True  # holds the columns of MARKS
    name: str = ""
    long_numbers: frozenset[str] = frozenset()
    unended: bool = False
    encoding: str = ""
    awaited: bool = False


def damaged(name: object, what: str, error: object) -> Refusal:
    """The refusal of a file that cannot be read to its end."""
    first = (str(error).splitlines() or [type(error).__name__])[0]
    return Refusal(f"{name} 不是完整的 {what} 文件 · {name} is not a whole {what} file: {first}",
                   "请发送方重发 · ask the sender for the file again", "damaged")


@cache
def _known_names() -> frozenset[str]:
    """Every name or label a canonical column goes by, in lower case."""
    names: set[str] = set()
    for table in TABLES.values():
        names |= {*table.names, *table.aliases, *(c.zh for c in table.columns)}
    return frozenset(n.lower() for n in names)


def headed(given: list[str], name: str, first: Sequence[str | None] | None = None) -> list[str]:
    """Names of columns without blanks and byte-order marks around them.

    Parameters
    ----------
    given
        Names as they stand in the file; an empty one becomes 列N.
    first
        The values of the first row, if they are texts: a second header is told from a row by them.

    Raises
    ------
    Refusal
        A name twice (whatever its case), a name of ours, a column that could name a whistle-blower, no name
        at all, two header rows.
    """
    names = [n.strip(BLANKS) or f"列{i}" for i, n in enumerate(given, 1)]
    if not any(n.strip(BLANKS) for n in given):
        raise Refusal(f"{name} 是空文件 · {name} is empty",
                      "请发送方给出带表头的文件 · ask for the file with a header line", "empty")
    lower = [n.lower() for n in names]
    repeated = sorted({n for n in names if lower.count(n.lower()) > 1})
    if repeated and not _known_names() & set(lower):  # values, and then they may name somebody
        raise Refusal(f"{name} 的首行不是表头 · "
                      f"{name} begins with a row that is no header: a value stands in it twice",
                      "请发送方给出带表头的文件 · ask for the file with a header line", "schema")
    if repeated:
        raise Refusal(f"{name} 中列 {', '.join(repeated)} 重复 · {name} has the column {', '.join(repeated)} twice",
                      "请发送方每列只留一个 · ask for one column of each name", "schema")
    taken = sorted(set(lower) & set(MARKS))
    if taken:
        raise Refusal(f"{name} 使用了保留的列名 {', '.join(taken)} · {name} has a column {', '.join(taken)}",
                      "请改名 · rename it", "schema")
    refuse_informers(names, name)
    values = [v.strip(BLANKS).lower() for v in first or [] if v and v.strip(BLANKS)]
    like = sum(v in _known_names() or v in lower for v in values)
    if like >= min(_ENOUGH, len(names)) and 2 * like >= len(values):
        raise Refusal(f"{name} 有两行表头 · {name} has two header rows: the second begins {', '.join(values[:3])}",
                      "请只留一行表头 · ask for the file with one header row", "schema")
    return names


def raw_file(staging: Path, sha256: str) -> Path:
    """Where the rows of a delivery wait."""
    return staging / f"{sha256}{RAW}"


class Sink:
    """Writes delivered columns, with their marks, as Parquet.

    Parameters
    ----------
    target
        File to write.
    schema
        Names and types of the delivered columns.
    name, sha256
        Marks of every row.
    """

    def __init__(self, target: Path, schema: pa.Schema, name: str, sha256: str) -> None:
        self.schema = pa.schema([*zip(schema.names, schema.types, strict=True), *MARKS.items()])
        self._marks = (name, sha256)
        self._writer = pq.ParquetWriter(target, self.schema, compression="lz4")  # read twice, then removed
        self.rows = 0

    def write(self, columns: list, numbers: np.ndarray) -> None:
        """One batch of columns and the line number of each row."""
        n = len(numbers)
        marks = [pa.array(numbers, pa.int64()), *(pa.repeat(m, n) for m in self._marks)]
        self._writer.write_table(pa.Table.from_arrays([*columns, *marks], names=self.schema.names).cast(self.schema))
        self.rows += n

    def __enter__(self) -> Sink:
        return self

    def __exit__(self, *problem: object) -> None:
        self._writer.close()



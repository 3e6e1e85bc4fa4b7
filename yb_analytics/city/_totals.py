"""Control totals beside the data, as a real sender would give them: rows and sums of money of every file."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv
import pyarrow.parquet as pq

from yb_analytics.city._write import ARROW
from yb_analytics.schema import TABLES

NAME = "control_totals.csv"


def _summed(table: str) -> list[str]:
    """Money columns a sender adds up: those every row must have, else the first one."""
    money = [c for c in TABLES[table].columns if c.kind == "money"]
    return [c.name for c in money if c.required] or [c.name for c in money[:1]]


def _of_file(file: Path, columns: list[str]) -> tuple[int, dict[str, Decimal]]:
    """Rows and sums of one file, a piece at a time."""
    if file.suffix == ".parquet":
        held = pq.ParquetFile(file)
        rows, pieces = held.metadata.num_rows, held.iter_batches(columns=columns) if columns else ()
    else:
        first = TABLES[file.parent.name].names[0]
        types = {first: pa.string(), **dict.fromkeys(columns, ARROW["money"])}
        pieces = [pc_csv.read_csv(file, convert_options=pc_csv.ConvertOptions(
            include_columns=[first, *columns], column_types=types))]
        rows = pieces[0].num_rows
    sums = dict.fromkeys(columns, Decimal(0))
    for piece in pieces:
        for column in columns:
            sums[column] += pc.sum(piece[column]).as_py() or 0
    return rows, sums


def write_totals(folder: Path) -> None:
    """Write `control_totals.csv` over all files of a city's `data`."""
    data, lines = folder / "data", []
    for file in sorted(f for f in data.glob("*/*") if f.is_file()):
        rows, sums = _of_file(file, _summed(file.parent.name))
        lines.append({"file": file.relative_to(data).as_posix(), "rows": rows, **sums})
    names = dict.fromkeys(k for line in lines for k in line)
    with (data / NAME).open("w", newline="", encoding="utf-8") as target:
        writer = csv.DictWriter(target, [*names], lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)

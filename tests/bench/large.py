"""A warehouse of millions of fee lines for benchmarks, made in minutes: Parquet by month, sorted as a published one.

Nothing is ingested: DuckDB draws the rows (`large.sql`) and the package's own `Warehouse` reads the files through a
`Source` that knows neither manifest nor seal. Shares are those of a city: five lines a settlement, 3 refunds in
1,000, 1.5 % of lines without settlement, half of all use in a tenth of the items, some persons who come every week.
What is *not* like a city: money of a settlement is not the sum of its lines, and nothing is planted.
"""

from __future__ import annotations

import calendar
import json
import re
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq

from yb_analytics.schema import TABLES, Refusal
from yb_analytics.warehouse import Warehouse
from yb_analytics.warehouse._disk import _DIMENSION_ROWS, parquet
from yb_analytics.warehouse._engine import connect

ITEMS = 100_000
_LINES_OF_A_PERSON = 51.5
"""Fee lines a person has in a year: 0.86 settlements a month of 5 lines."""
_MONTHLY = ("setl_d", "mdtrt_d", "setl_diag_d", "fee_list_d", "drug_trace_d")
_WHOLE = ("psn_info_b", "ps_death", "hilist_b", "fixmedins_b")
_ROWS_OF_A_GROUP = 1 << 17


def sections(file: Path) -> dict[str, str]:
    """Statements of a file of SQL by the name in the comment above them."""
    parts = re.split(r"^-- name: (\w+)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _connected(folder: Path, persons: int, memory: str) -> tuple[duckdb.DuckDBPyConnection, dict[str, str]]:
    con = duckdb.connect(config={"memory_limit": memory, "temp_directory": str(folder / ".spill")})
    con.execute("SET enable_progress_bar = false")
    said = sections(Path(__file__).with_name("large.sql"))
    con.execute("SET VARIABLE persons = $n", {"n": persons})
    con.execute("SET VARIABLE items = $n", {"n": ITEMS})
    _turn_to(con, 6)
    for name in ("drawn", "persons", "care", "charged"):
        con.execute(said[name])
    return con, said


def make(folder: Path, lines: int, memory: str = "4GB") -> Path:
    """Write the tables of one year (2025) of about so many fee lines; what is there already is kept.

    Parameters
    ----------
    folder
        Made if it is not there. A finished one bears `made.json`.
    lines
        Fee lines wanted; what was made differs by a few per cent.
    memory
        What DuckDB may use.
    """
    if (folder / "made.json").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    con, said = _connected(folder, round(lines / _LINES_OF_A_PERSON), memory)
    for name in _WHOLE:
        _write(con, said[name], folder / "tables" / name / "part=all" / "0.parquet")
    for month in range(1, 13):
        _turn_to(con, month)
        for name in _MONTHLY:
            part = TABLES[name].part or "part"
            _write(con, said[name], folder / "tables" / name / f"{part}=2025{month:02d}" / "0.parquet")
    con.close()
    (folder / "made.json").write_text(json.dumps({"lines": lines}), encoding="utf-8")
    return folder


def _turn_to(con: duckdb.DuckDBPyConnection, month: int) -> None:
    con.execute("SET VARIABLE month = $m", {"m": month})
    con.execute("SET VARIABLE days = $d", {"d": calendar.monthrange(2025, month)[1]})
    con.execute("SET VARIABLE first = $f", {"f": date(2025, month, 1)})


def _write(con: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    con.sql(query).write_parquet(str(file), compression="zstd", row_group_size=_ROWS_OF_A_GROUP)


class Large:
    """The `Source` behind a warehouse of such files."""

    def __init__(self, folder: Path) -> None:
        self.path: Path | None = folder
        self.con = connect([folder])
        self.files = {t.name: sorted(t.glob("*/*.parquet")) for t in sorted((folder / "tables").iterdir())}
        self._rows = {name: {f: pq.read_metadata(f).num_rows for f in files} for name, files in self.files.items()}

    def table(self, name: str):
        """As the published source: small tables without months become DuckDB tables."""
        table = TABLES[name]
        if name not in self.files:
            return self.con.create_table(name, schema=table.ibis_schema(), temp=True)
        rows = parquet(self.con, self.files[name], table.ibis_schema(), f"{name}_files")
        small = not table.month and sum(self._rows[name].values()) <= _DIMENSION_ROWS
        return self.con.create_table(name, rows, temp=True) if small else rows

    def counts(self) -> pd.DataFrame:
        """Rows by table and month, from the files."""
        rows = [(name, f.parent.name.partition("=")[2] if TABLES[name].month else "", n)
                for name, files in self._rows.items() for f, n in files.items()]
        return pd.DataFrame(rows, columns=["table", "ym", "rows"])

    def damage(self) -> list[str]:
        """Nobody published anything."""
        return []

    def recheck(self) -> None:
        """Nobody published anything."""

    def confirm_stored(self, files: list[Path]) -> None:
        """Nobody stored anything."""
        raise Refusal("a benchmark keeps no answers", "make them again", "usage")

    @property
    def data_version(self) -> str:
        """One for all."""
        return "bench"


def opened(folder: Path) -> Warehouse:
    """The package's own warehouse over the files."""
    return Warehouse(Large(folder))

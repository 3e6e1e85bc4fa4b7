"""What a column, a table and a code list are."""

from __future__ import annotations

from dataclasses import dataclass, field

TYPES = {
    "text": "string",
    "code": "string",
    "flag": "string",
    "money": "decimal(16, 2)",
    "quantity": "decimal(16, 4)",
    "number": "float64",
    "count": "int64",
    "date": "date",
    "time": "timestamp",
    "bool": "boolean",
    "list": "array<string>",
}
"""Kind of a column → Ibis type. Money is yuan; times are Asia/Shanghai wall time."""


@dataclass(frozen=True)
class Column:
    """One column: national platform name, bilingual label, kind, and what may stand in it.

    Parameters
    ----------
    name, label
        Platform name; label as `中文 · English`.
    kind
        A key of :data:`TYPES`.
    unit
        Unit of the values, empty for identifiers and codes.
    codes
        Name of the code list (see `schema.codes`), empty when free.
    required
        A row without a value is quarantined; a delivery without the column is refused.
    personal
        `""`, `"pseudonym"` (kept, stands for a person), `"hashed"` (stored only as a keyed HMAC),
        or `"dropped"` (never stored).
    refers
        `table.column` the value must exist in, empty where it refers to nothing.
    least, most
        Inclusive bounds of plausible values: a number, or an ISO date for dates and times. Outside them a value
        is kept and counted by the checks, never changed.
    serves
        Ids of the typologies (`T23`), national rule classes (`R43`), indicators (`F21`, `S15`) or duties of scoring
        (`C1`) the column is held for until something in the package reads it; see `tests/test_idle.py`.
    """

    name: str
    label: str
    kind: str = "text"
    unit: str = ""
    codes: str = ""
    required: bool = False
    personal: str = ""
    refers: str = ""
    least: float | str | None = None
    most: float | str | None = None
    serves: str = ""

    @property
    def zh(self) -> str:
        """Chinese label."""
        return self.label.partition(" · ")[0]

    @property
    def en(self) -> str:
        """English label."""
        return self.label.partition(" · ")[2] or self.name

    @property
    def type(self) -> str:
        """Ibis type."""
        return TYPES[self.kind]


@dataclass(frozen=True)
class Table:
    """One canonical table.

    Parameters
    ----------
    key
        Columns that identify a row; overlapping deliveries merge on them.
    month
        The time column whose month partitions the stored table, empty for registers.
    part
        Name of the stored partition column (`YYYYMM`), e.g. `setl_ym`.
    sort
        Columns rows are sorted by inside a partition.
    aliases
        Other name of a column (接口规范 and older platform builds) → its name here. A column of its own may serve
        as another one where that is not delivered (`med_list_codg` as `hilist_code`).
    known_as
        Other names of the table → what every row of such a delivery has in common (column → value): a table of
        procedures is one of diagnoses whose `diag_type` is 9.
    """

    name: str
    label: str
    group: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    month: str = ""
    part: str = ""
    sort: tuple[str, ...] = ()
    aliases: dict[str, str] = field(default_factory=dict)
    known_as: dict[str, dict[str, str]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Column:
        return {c.name: c for c in self.columns}[name]

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [c.name for c in self.columns]

    @property
    def zh(self) -> str:
        """Chinese name."""
        return self.label.partition(" · ")[0]

    @property
    def en(self) -> str:
        """English name."""
        return self.label.partition(" · ")[2]

    @property
    def required(self) -> list[str]:
        """Columns a delivery must have."""
        return [c.name for c in self.columns if c.required]

    def ibis_schema(self) -> dict[str, str]:
        """Column name → Ibis type, in order."""
        return {c.name: c.type for c in self.columns}

"""A warehouse as a reader sees it: canonical tables, netted views, coverage, identity of the data.

The same class reads tables in memory and on disk; only the `Source` behind it differs.
"""

from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import duckdb
import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yb_analytics.schema import TABLES, Period, Refusal
from yb_analytics.warehouse import _answers
from yb_analytics.warehouse._engine import connect, row_hash
from yb_analytics.warehouse._frames import arrow_schema, canonical
from yb_analytics.warehouse.views import netted as _views
from yb_analytics.warehouse.views import place as _place

BEHIND = {"valid_settlements": "setl_d", "fee_lines": "fee_list_d", "stays": "mdtrt_d",
           "institutions": "fixmedins_b"}
"""View → the table whose delivery decides whether the view has something to say."""


_OF_THE_QUESTION = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException, duckdb.ConversionException,
                    duckdb.OutOfMemoryException, duckdb.InterruptException)
"""Errors that no file is to blame for."""


class Source(Protocol):
    """Where the tables of a warehouse come from."""

    con: Any
    path: Path | None

    def table(self, name: str):
        """The canonical table as an Ibis table of `con`."""

    def counts(self) -> pd.DataFrame:
        """Rows by `table` and `ym` (`""` for tables without months)."""

    def damage(self) -> list[str]:
        """Files that are not what was published."""
        return []

    def recheck(self) -> None:
        """Refuse if a file that was read is no longer what was published."""

    def confirm_stored(self, files: list[Path]) -> None:
        """Refuse stored answers that are not what was stored."""

    @property
    def data_version(self) -> str:
        """Identity of the content."""
        return ""


def _by_month(rows: pa.Table, name: str) -> list[tuple[str, str | None, int]]:
    """Rows by month of one table in memory: `table, ym, rows`; no month is `None`, that of a register empty."""
    month = TABLES[name].month
    if not month or not len(rows):
        return [(name, "", len(rows))] if len(rows) else []
    number = pc.add(pc.multiply(pc.year(rows[month]), 100), pc.month(rows[month]))
    return [(name, None if c["values"] is None else str(c["values"]), c["counts"])
            for c in pc.value_counts(number.combine_chunks()).to_pylist()]


class Memory:
    """Tables held in memory."""

    path: Path | None = None

    def __init__(self, frames: dict[str, object]) -> None:
        unknown = sorted(set(frames) - set(TABLES))
        if unknown:
            raise Refusal(f"no such table: {', '.join(unknown)}", f"choose from {', '.join(TABLES)}", "schema")
        self.con = connect()
        self._rows = {name: canonical(TABLES[name], frame) for name, frame in frames.items()}

    def table(self, name: str):
        """The canonical table, made when it is first asked for."""
        if name not in self.con.list_tables():
            rows = self._rows.get(name, arrow_schema(TABLES[name]).empty_table())
            self.con.create_table(name, rows, schema=ibis.schema(TABLES[name].ibis_schema()))
        return self.con.table(name)

    def counts(self) -> pd.DataFrame:
        """Rows by table and month."""
        return pd.DataFrame([c for n, rows in self._rows.items() for c in _by_month(rows, n)],
                            columns=["table", "ym", "rows"])

    def damage(self) -> list[str]:
        """Nothing: no file is behind it."""
        return []

    def recheck(self) -> None:
        """Nothing: no file is behind it."""

    def confirm_stored(self, files: list[Path]) -> None:
        """Nothing: no file is behind it."""

    @property
    def data_version(self) -> str:
        """`memory` and a hash of the rows."""
        sums = [f"{n}:{self.con.to_pyarrow(row_hash(self.table(n))).as_py()}" for n in sorted(self._rows)]
        return "memory" + hashlib.sha256("\n".join(sums).encode()).hexdigest()[:12]


class Warehouse:
    """Read-only view of one version of all tables.

    Every name of `schema.TABLES` is an attribute: an Ibis table with all canonical columns, empty if it was
    never delivered. Made by `open_warehouse` or `in_memory`.

    Examples
    --------
    >>> w = in_memory({"setl_d": pd.DataFrame({
    ...     "setl_id": ["s1", "s2"], "init_setl_id": [None, "s1"], "psn_no": "p", "fixmedins_code": "h",
    ...     "setl_time": "2025-03-01 10:00", "med_type": "11",
    ...     "medfee_sumamt": [100, -30], "fund_pay_sumamt": [60, -20]})})
    >>> w.run(w.valid_settlements.select("setl_id", "medfee_sumamt", "fund_pay_sumamt")).values.tolist()
    [['s1', 70.0, 40.0]]
    >>> w.covers("setl_d", Period.parse("2025Q1")), w.periods.text, w.as_of.isoformat()
    (0.3333333333333333, '2025-03:2025-03', '2025-03-01')
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lock = threading.RLock()
        self._made: dict[object, object] = {}
        self._names = 0

    def _once(self, key: object, make):
        """Make something at first use, then keep it."""
        with self._lock:
            if key not in self._made:
                self._made[key] = make()
            return self._made[key]

    # tables and views

    def table(self, name: str):
        """A canonical table by name."""
        if name not in TABLES:
            raise Refusal(f"no such table: {name}", f"choose from {', '.join(TABLES)}", "schema")
        if name in self._made:
            return self._made[name]
        with self._told_of_damage():
            return self._once(name, lambda: self._source.table(name))

    @contextmanager
    def _told_of_damage(self):
        """What DuckDB says of a file it cannot read, or a file that changed meanwhile, is a refusal that names it."""
        try:
            yield
            self._source.recheck()
        except duckdb.Error as error:
            found = [] if isinstance(error, _OF_THE_QUESTION) else self._source.damage()
            if not found:
                raise
            raise Refusal(f"{'; '.join(found)}: cannot be read ({str(error).splitlines()[0]})",
                          "run `yb verify`, restore the file from a backup or ingest again", "damaged") from None

    def _view(self, name: str, make):
        """A named DuckDB view, defined at first use: what reads it compiles its name, not all of it."""
        return self._once(name, lambda: self._source.con.create_view(f"{name}_view", make()))

    def __getattr__(self, name: str):
        if name in TABLES:
            return self.table(name)
        raise AttributeError(f"a warehouse has no table or view {name!r}")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *TABLES})

    def netted(self, how: _views.Netting) -> _views.Netted:
        """Reversals of one table, resolved once."""
        return self._once(how, lambda: _views.net(self, how))

    @property
    def valid_settlements(self):
        """One row per chain of settlements, money netted; chains that came to nothing are absent."""
        return self._view("valid_settlements", lambda: self.netted(_views.SETTLEMENTS).rows)

    @property
    def stays(self):
        """One row per stay in hospital (`mdtrt_id`), with the money of its valid settlements; a DuckDB table."""
        return self._once("stays", lambda: self.materialise(_views.stays(self)))

    @property
    def fee_lines(self):
        """Fee lines, quantity and money netted; lines that came to nothing are absent."""
        return self._view("fee_lines", lambda: _views.fee_lines(self))

    @property
    def institutions(self):
        """One row per institution, a DuckDB table."""
        return self._once("institutions", lambda: _views.institutions(self))

    @property
    def unsettled_visits(self):
        """Visits with lines whose settlement is not known, `None` if there is no such visit."""
        return self._once("unsettled_visits", lambda: _views.unsettled_visits(self))

    @property
    def settlement_chains(self):
        """Settlements that belong to a chain of reversals: `child` and the first of the chain, `root`."""
        return self._once("settlement_chains", lambda: _views.settlement_chains(self))

    def fund_share(self, lines):
        """`lines` (with `bkkp_sn`) and the fund money that falls on each: `fund_amt`."""
        return _views.fund_share(self, lines)

    # running

    def run(self, expr) -> pd.DataFrame:
        """Execute an Ibis expression; money and quantities come back as floats."""
        if hasattr(expr, "schema"):
            schema = expr.schema()
            exact = {c: expr[c].cast("float64") for c in expr.columns if schema[c].is_decimal()}
            expr = expr.mutate(**exact) if exact else expr
        with self._lock, self._told_of_damage():
            return self._source.con.to_pandas(expr)

    def register(self, frame, name: str | None = None):
        """A small pandas or Arrow table as a DuckDB table (the planner needs its size)."""
        with self._lock, self._told_of_damage():
            return self._source.con.create_table(self._fresh(name), frame, temp=True, overwrite=name is not None)

    def materialise(self, expr, name: str | None = None):
        """The rows of an expression as a DuckDB table of this session."""
        return self.register(expr, name)

    def _fresh(self, name: str | None) -> str:
        if name in TABLES:
            raise Refusal(f"{name} is a canonical table", "register the frame under another name", "usage")
        self._names += 1
        return name or f"made_{self._names}"

    # what was made of the data

    def stored(self, name: str, period: Period | str | None = None):
        """An answer or snapshot stored for this version of the data, as an Ibis table.

        Raises
        ------
        Refusal
            `empty` if nothing is stored, saying what to run.
        """
        files = _answers.stored_files(self.path, name, self.data_version, period)
        self._source.confirm_stored(files)
        tables = [pq.read_table(f) for f in files]
        rows = pa.concat_tables(tables, promote_options="permissive")
        return self.register(rows)

    def stored_periods(self, name: str) -> list[str]:
        """Periods an answer or snapshot is stored for."""
        return _answers.stored_periods(self.path, name, self.data_version)

    def model(self, name: str):
        """Arrays and facts of a stored model: `(dict of arrays, dict)`."""
        return _answers.model(self.path, name)

    @property
    def quarantine(self):
        """Rows that could not be accepted: delivery, source, target, line, reason."""
        return self._once("quarantine", lambda: self._source.table("quarantine"))

    # what the data are

    @property
    def reconciled(self) -> dict[str, bool]:
        """Delivered table → whether every delivery agreed with control totals of its sender; if not, it is 未核对."""
        manifest = getattr(self._source, "manifest", None)
        told = [(d["table"], bool(d.get("reconciled"))) for d in (manifest.deliveries if manifest else ())]
        return {table: all(ok for t, ok in told if t == table) for table, _ in told}

    def coverage(self, by: tuple[str, ...] | str = ()) -> pd.DataFrame:
        """Rows by `table` and month `ym` (`YYYYMM`; empty for registers); tables without rows are absent.

        With `by` (of `table`, `month`, `county`) rows by these, the month of the event for every table that has one.
        """
        if not by:
            return self._once("coverage", self._source.counts).copy()
        from yb_analytics.warehouse.views import coverage as _coverage

        found = self._once("cells", lambda: _coverage.cells(self))
        return _coverage.grouped(found, (by,) if isinstance(by, str) else tuple(by))

    def delivery(self, expected: float, stray: float):
        """Which counties stopped delivering which tables (limits: `knowledge/parameters/delivery.csv`)."""
        from yb_analytics.warehouse.views.delivery import Delivery

        return self._once(("delivery", expected, stray), lambda: Delivery(self, expected, stray))

    def covers(self, table: str, period: Period | str) -> float:
        """Share of the period's months in which a table (or view) has rows; registers: 1 if any row."""
        name = BEHIND.get(table, table)
        rows = self.coverage()
        months = set(rows.loc[(rows["table"] == name) & (rows["rows"] > 0), "ym"].dropna())
        if table in ("stays", "institutions"):
            return max(self._share(name, months, period), self.covers("setl_d", period))
        return self._share(name, months, period)

    @staticmethod
    def _share(name: str, months: set[str], period: Period | str) -> float:
        if name not in TABLES:
            raise Refusal(f"no such table: {name}", f"choose from {', '.join(TABLES)}", "schema")
        if not TABLES[name].month:
            return 1.0 if months else 0.0
        asked = [f"{m.start:%Y%m}" for m in Period.parse(period).months]
        return sum(m in months for m in asked) / len(asked)

    def _extreme(self) -> tuple[date, date]:
        """First and last day of the settlements (of the visits where there is none)."""
        for name in ("setl_d", "mdtrt_d"):
            column = self.table(name)[TABLES[name].month]
            ends = self.run(self.table(name).aggregate(first=column.min(), last=column.max()))
            if ends["first"].notna().all():
                return ends["first"][0].date(), ends["last"][0].date()
        raise Refusal("the warehouse holds no settlement and no visit", "ingest setl_d or mdtrt_d", "empty")

    @property
    def as_of(self) -> date:
        """Day of the latest settlement."""
        return self._once("ends", self._extreme)[1]

    @property
    def periods(self) -> Period:
        """The months the data span."""
        first, last = self._once("ends", self._extreme)
        return Period.between(first, Period.parse(f"{last:%Y-%m}").end)

    @property
    def city(self) -> str:
        """Code of the city the data are of: the one most rows are of."""
        return _place.city(self._once("places", lambda: _place.places(self)))

    @property
    def counties(self) -> list[str]:
        """Codes of the city's counties in the data."""
        return _place.counties(self._once("places", lambda: _place.places(self)))

    @property
    def data_version(self) -> str:
        """Identity of the content: the same rows have the same version, in whatever order they came."""
        return self._once("data_version", lambda: self._source.data_version)

    @property
    def path(self) -> Path | None:
        """Folder of the warehouse, `None` in memory."""
        return self._source.path

    def __repr__(self) -> str:
        return f"Warehouse({str(self.path) if self.path else 'in memory'}, {self.data_version})"


def in_memory(frames: dict[str, object]) -> Warehouse:
    """A warehouse of pandas or Arrow tables, for tests and examples.

    Parameters
    ----------
    frames
        Table name → frame. Columns not given are empty, tables not given have no rows.

    Examples
    --------
    >>> w = in_memory({"psn_info_b": pd.DataFrame({"psn_no": ["p1"], "gend": [1]})})
    >>> w.run(w.psn_info_b.select("psn_no", "gend")).values.tolist()
    [['p1', '1']]
    """
    return Warehouse(Memory(frames))

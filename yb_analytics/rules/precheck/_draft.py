"""A draft among what is known of its person: a warehouse in one expression, so that every pattern runs as it is.

The draft comes as one JSON text in the only row of a small table; from it and the hot store the tables are made that
patterns look at. Nothing of it depends on the draft, so it is compiled once.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import ibis
import ibis.expr.datatypes as dt
from ibis import _
from ibis.expr import types as ir

from yb_analytics.rules._patterns import Asked
from yb_analytics.schema import TABLES, Refusal
from yb_analytics.warehouse import Warehouse
from yb_analytics.warehouse.hot import HotStore, text_code
from yb_analytics.warehouse.narrowed import Narrowed

PARTS = ("fee_list_d", "setl_d", "mdtrt_d", "setl_diag_d", "drug_trace_d")
"""Tables a draft may bring rows of."""

CATALOG = "desk"
"""Where settings and points of the statement lie: in memory, beside the warehouse's own tables."""

_DUCKDB = {"string": "VARCHAR", "timestamp": "TIMESTAMP", "date": "DATE", "float64": "DOUBLE", "int64": "BIGINT",
           "boolean": "BOOLEAN"}


def _struct(table: str) -> dict[str, str]:
    return {c.name: c.type for c in TABLES[table].columns if c.name not in ("updt_time", "vali_flag")}


_SHAPE = dt.Struct({"psn_no": dt.string, "days": dt.Array(dt.date),
                    **{t: dt.Array(dt.Struct({k: dt.dtype(v) for k, v in _struct(t).items()})) for t in PARTS}})
_WORDS = json.dumps({"psn_no": "VARCHAR", "days": ["DATE"], **{
    t: [{k: _DUCKDB.get(v, v.upper().replace(" ", "")) for k, v in _struct(t).items()}] for t in PARTS}})


@ibis.udf.scalar.builtin(name="from_json", signature=((dt.string, dt.string), _SHAPE))
def _shaped(text, shape):
    """DuckDB's own: a JSON text as the structure given."""


class Drafted(Asked):
    """What a pattern is asked about a draft: its days, among all that is held of the person."""

    many = False

    @property
    def lines(self) -> ir.Table:
        """Lines of the person on the days of the draft."""
        return self._of_days(self.around())

    def _of_days(self, lines: ir.Table) -> ir.Table:
        return lines.semi_join(self.w.days, lines.fee_ocur_time.date() == self.w.days.of)

    @property
    def alone(self) -> ir.Table:
        """Lines of the draft."""
        return self.matched(self.w.own)

    @property
    def settlements(self) -> ir.Table:
        """The settlement the draft would become."""
        return self.w.bills

    def around(self, before: timedelta = timedelta(), after: timedelta = timedelta()) -> ir.Table:
        """Everything held: the store reaches as far back as any window."""
        return self.matched(self.w.fee_lines if self.pointed is None else self.pointed)

    def lines_of(self, narrow: Callable[[ir.Table], ir.Table]) -> ir.Table:
        """Lines of the person on the days of the draft, as far as `narrow` leaves them."""
        return narrow(self._of_days(self.w.fee_lines))

    @staticmethod
    def years(born: ir.DateValue, day: ir.DateValue) -> ir.IntegerValue:
        """Completed years on a day, by the digits: parts of a date cost half a millisecond each to begin with."""
        digits = [d.cast("string").replace("-", "").cast("int64") for d in (day, born)]
        return ((digits[0] - digits[1]) / 10_000).floor().cast("int64")

    def covers(self, column: ir.Value) -> ir.BooleanValue:
        """Everything: what is not of the draft is told apart afterwards."""
        return ibis.literal(True)


class Draft(Narrowed):
    """The person's rows of a hot store and the rows of the draft in `asked` (one row, column `draft`)."""

    def __init__(self, whole: Warehouse, store: HotStore, asked: ir.Table) -> None:
        told = asked.select(x=_shaped(asked.draft, ibis.literal(_WORDS)))
        self.told = {t: told.select(r=told.x[t].unnest()).unpack("r") for t in PARTS}
        self.days = told.select(of=told.x["days"].unnest())
        who = told.select(psn_no=told.x["psn_no"], person=text_code(told.x["psn_no"]))
        self.own, self.bills = (self._like(t, self.told[t]) for t in ("fee_list_d", "setl_d"))
        known = store.table("person").inner_join(who, "person").filter(_.known)
        first = max(filter(None, (whole.first_fee, store.since)))
        super().__init__(whole, {
            "fee_lines": self._lines(store, who),
            "valid_settlements": self.bills, "mdtrt_d": self._visits(store, who),
            "stays": store.named("stays", self._of(store, "stays", who)),
            "setl_diag_d": self._like("setl_diag_d", self.told["setl_diag_d"]),
            "drug_trace_d": self._packs(store),
            "fixmedins_b": self._places(whole),
            "ps_death": self._like("ps_death", store.named("ps_death", self._of(store, "ps_death", who))),
            "psn_info_b": self._like("psn_info_b", known.select("psn_no", "gend", "brdy")),
            "fee_list_d": self.own, "setl_d": self.bills,
            "first_fee": first if whole.first_fee else None, "unsettled_visits": None})
        lines = self.parts["fee_lines"]
        met = lines.select(code="hilist_code")
        self.met = (met.union(lines.select(code="med_list_codg")) if self.two_codes else met).distinct()

    def listed(self, store: HotStore, points: ir.Table) -> None:
        """Of the catalogue only the entries that the lines, or the other side of their points, name."""
        wanted, listed = self.met.union(points.select(code="other_code")), store.table("hilist_b")
        self.parts["hilist_b"] = listed.semi_join(wanted, [("hilist_code", "code")])

    def table(self, name: str):
        """A table of the draft; one it was not given must not be looked at by a statement that is compiled once."""
        if name not in self.parts:
            raise Refusal(f"事前规则用到了草稿没有的数据表 {name} · a rule class of the first line reads {name}, which a draft has not",
                          "从 line 中去掉 pre · take pre out of its lines", "failed")
        return self.parts[name]

    def _places(self, whole: Warehouse) -> ir.Table:
        """Register entries of the institution of the draft."""
        known = self.register(whole.fixmedins_b.to_pyarrow())
        return known.semi_join(self.told["setl_d"], "fixmedins_code")

    def register(self, frame, name: str | None = None):
        """A table every connection to this database sees, in a catalogue that nobody else changes.

        Where a catalogue changes, statements over it are planned again at every run.
        """
        return self._source.con.create_table(self._fresh(name), frame, database=(CATALOG, "main"))

    def materialise(self, expr, name: str | None = None):
        """The expression itself: a statement that is compiled once leaves no tables behind."""
        return expr

    @staticmethod
    def _of(store: HotStore, name: str, who: ir.Table) -> ir.Table:
        return store.table(name).inner_join(who, "person")

    @staticmethod
    def _like(name: str, rows: ir.Table) -> ir.Table:
        """Rows with all columns of a canonical table."""
        columns = {c.name: "timestamp(6)" if c.type == "timestamp" else c.type for c in TABLES[name].columns}
        return rows.select(**{c: rows[c].cast(t) if c in rows.columns else ibis.null(t) for c, t in columns.items()})

    def _lines(self, store: HotStore, who: ir.Table) -> ir.Table:
        """Lines held of the person and those of the draft; a line sent again stands once."""
        held = self._of(store, "fee_list_d", who).anti_join(self.own, "bkkp_sn")
        return self._like("fee_list_d", store.named("fee_list_d", held)).union(self.own)

    def _visits(self, store: HotStore, who: ir.Table) -> ir.Table:
        """The visit: as the draft tells it, otherwise as it is held."""
        mine, of = self._like("mdtrt_d", self.told["mdtrt_d"]), self.bills.select("mdtrt_id")
        held = self._of(store, "mdtrt_d", who).drop("place").semi_join(of, "mdtrt_id").anti_join(mine, "mdtrt_id")
        return self._like("mdtrt_d", held).union(mine)

    def _packs(self, store: HotStore) -> ir.Table:
        """Sales of the packs of the draft, by whomever, and the draft's own."""
        mine = self.told["drug_trace_d"]
        sold = store.table("drug_trace_d")
        wanted = mine.select(pack=text_code(mine.drug_trac_codg)).distinct()
        sold = store.named("drug_trace_d", sold.inner_join(wanted, "pack"))
        return self._like("drug_trace_d", sold).union(self._like("drug_trace_d", mine))

"""Where drafts are checked: one statement over the hot store, compiled and planned once per process."""

from __future__ import annotations

import queue
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from typing import Any

import duckdb
import ibis
import pandas as pd
from ibis import _
from ibis.expr import types as ir

from yb_analytics import knowledge
from yb_analytics.rules import _money
from yb_analytics.rules._codes import spread
from yb_analytics.rules._contract import RuleClass
from yb_analytics.rules._engine import Run, expression, groups_of, live_points, setting
from yb_analytics.rules._lines import COLUMNS
from yb_analytics.rules._patterns import HIT
from yb_analytics.rules._state import store_of
from yb_analytics.rules.precheck._draft import CATALOG, Draft, Drafted
from yb_analytics.schema import Period, Refusal
from yb_analytics.warehouse import Warehouse
from yb_analytics.warehouse.hot import HotStore

ALWAYS = Period(date(1900, 1, 2), date(2999, 1, 1), "1900:2999")
"""Points of any day are held: which of them were live decides the day of the fee."""

LINE = "pre"


_ASKED = "CREATE TEMP TABLE asked (draft VARCHAR)"
_FIRST = "INSERT INTO asked VALUES ('{}')"
_NEXT = "UPDATE asked SET draft = ?"
_RUN, _EXPLAIN = "EXECUTE checks", "EXECUTE reasons"
_PREPARE = ("PREPARE checks AS ", "PREPARE reasons AS ")


def served(classes: Sequence[RuleClass]) -> list[RuleClass]:
    """Active rule classes that serve the first line of defence."""
    return [c for c in classes if LINE in c.line and c.state["is"] == "active"]


@dataclass
class Desk:
    """A warm statement and the connections that run it; safe to share between threads.

    Attributes
    ----------
    classes, points
        What is checked.
    items, places
        What the catalogue and the register of institutions say, by code, where a message leaves it out.
    slots
        Free connections.
    """

    w: Warehouse
    classes: list[RuleClass]
    points: pd.DataFrame
    store: HotStore
    items: dict[str, dict[str, str]]
    places: dict[str, dict[str, str]]
    slots: queue.Queue[Any] = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        told = self.points[self.points["rest"] != ""]
        self.by_name = {c.name: c for c in self.classes}
        self.rest = {str(i): str(r) for i, r in zip(told["point_id"], told["rest"], strict=True)}
        self.number = int(self.points["point_id"].nunique())
        self.by_diagnosis = bool(self.points["condition"].str.startswith("diagnosis").any())

    def rows(self, draft: str) -> list[dict[str, Any]]:
        """Hits of a draft, and of lines held before on its days, as rows of :data:`HIT`."""
        return [dict(zip(HIT, row, strict=True)) for row in self._run(draft, _RUN)]

    def reasons(self, draft: str) -> set[str]:
        """Reasons that explain the visit of a draft."""
        return {str(row[0]) for row in self._run(draft, _EXPLAIN)}

    def _run(self, draft: str, statement: str) -> list[tuple]:
        slot = self.slots.get()
        try:
            slot.execute(_NEXT, [draft])
            return slot.execute(statement).fetchall()
        finally:
            self.slots.put(slot)


def open_desk(w: Warehouse, classes: Sequence[RuleClass], day: date, given: pd.DataFrame | None = None,
              slots: int = 1) -> Desk:
    """Compile and plan everything that can be said before a draft comes.

    Parameters
    ----------
    w
        The warehouse what is known of persons comes from.
    classes
        Rule classes; those that serve the first line of defence are checked.
    day
        Parameters of rule classes are those of this day.
    given
        Points instead of those of the knowledge base.
    slots
        Drafts that can be checked at the same time.
    """
    mine = served(classes)
    place = knowledge.store_for(w.path) if w.path is not None else None
    points = spread(w, ALWAYS, live_points(mine, ALWAYS, given, place))
    live = set(points["rule"])
    mine = [c for c in mine if not c.made_of.conditions or c.name in live]
    if not mine:
        raise Refusal("没有可用的事前规则 · no rule class serves the first line of defence",
                      "导入知识点 · run `yb knowledge import`", "empty")
    store, con = store_of(w, given), w._source.con
    desk = Desk(w, mine, points, store, *_registers(w, store))
    con.attach(":memory:", CATALOG)
    asked = con.create_table("asked", schema=ibis.schema({"draft": "string"}), temp=True)
    texts = [str(con.compile(e)) for e in _statements(w, store, asked, mine, points, day)]
    for _slot_number in range(slots):
        desk.slots.put(_slot(con.con, [con.con.extract_statements(p + t)[0]
                                       for p, t in zip(_PREPARE, texts, strict=True)]))
    return desk


def _registers(w: Warehouse, store: HotStore) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    """Items and institutions by code: the columns a message may leave out."""
    of_item = ("hilist_name", "list_type", "med_chrgitm_type", "chrgitm_lv")
    items = w.run(store.table("hilist_b").group_by("hilist_code").agg(**{c: _[c].max() for c in of_item}))
    places = w.run(w.institutions.select("fixmedins_code", "hosp_lv"))
    return _by_code(items, "hilist_code"), _by_code(places, "fixmedins_code")


def _by_code(frame: pd.DataFrame, key: str) -> dict[str, dict[str, str]]:
    known = frame.set_index(key).to_dict("index")
    return {str(k): {str(c): v for c, v in row.items() if isinstance(v, str)} for k, row in known.items()}


def _slot(con: duckdb.DuckDBPyConnection, prepare: Sequence[duckdb.Statement]) -> duckdb.DuckDBPyConnection:
    """A connection of its own with the statements planned."""
    slot = con.cursor()
    slot.execute(_ASKED)
    slot.execute(_FIRST)
    for statement in prepare:
        _planned(slot, statement)
    return slot


def _planned(slot: duckdb.DuckDBPyConnection, statement: duckdb.Statement) -> None:
    slot.execute(statement)


def _statements(w: Warehouse, store: HotStore, asked: ir.Table, classes: list[RuleClass], points: pd.DataFrame,
                day: date) -> tuple[ir.Table, ir.Table]:
    """All hits of a draft; and the reasons that explain its visit, which is asked where a hit may be explained."""
    of_day = Period(day, date.fromordinal(day.toordinal() + 1), day.isoformat())
    place = Draft(w, store, asked)
    run = Run(place, ALWAYS, points, place=place, asks=Drafted)
    run.tables([setting(c, of_day) for c in classes])
    run.known = _near(run.known, place, classes)
    place.listed(store, run.known)
    run.pointed = place.fee_lines.select(*COLUMNS)
    hits = reduce(lambda a, b: a.union(b), (expression(run, g) for g in groups_of(classes)))
    reasons = _money.reasons_for(classes)
    if reasons.empty:
        return hits, asked.select(reason=asked.draft).limit(0)
    visits = place.bills.select("mdtrt_id")
    return hits, _money.explained(place, visits, place.register(reasons), set(reasons["kind"])).select("reason")


def _near(points: ir.Table, place: Draft, classes: list[RuleClass]) -> ir.Table:
    """Points of items that lines of the person name, once for all patterns; those keyed otherwise stay."""
    met = place.met.code
    near = points.item_code.isin(met) | points.other_code.isin(met)
    others = [c.name for c in classes if c.made_of.keyed != "item"]
    return points.filter(near | points.rule.isin(others) if others else near)

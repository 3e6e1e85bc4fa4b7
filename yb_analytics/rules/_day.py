"""The second line of defence: one day against what is known of its persons.

Nothing is netted or scanned again: the day's rows and the persons they are of are taken out of the hot store, as far
as any window reaches, and the rules run over these few rows as they run over a year.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ibis
import pandas as pd
from ibis import _
from ibis.expr import types as ir

from yb_analytics.rules._patterns._windows import COUNTED, reach
from yb_analytics.rules._state import days_held, store_of
from yb_analytics.schema import Period
from yb_analytics.warehouse import Warehouse
from yb_analytics.warehouse.hot import HotStore
from yb_analytics.warehouse.narrowed import Narrowed
from yb_analytics.warehouse.views.netted import fund_share


def covered(w: Warehouse, day: Period) -> bool:
    """Whether the hot store of the newest data holds everything a day can need."""
    days = days_held(w)
    return (day.end - day.start).days == 1 and day.start - timedelta(days=days) >= store_of(w).since


def place_of(w: Warehouse, day: Period, points: pd.DataFrame) -> Narrowed:
    """The warehouse narrowed to the rows a day's rules can look at."""
    return _Day(w, store_of(w), day, points).place()


class _Day:
    """Rows of a day and of its persons, as small tables."""

    def __init__(self, w: Warehouse, store: HotStore, day: Period, points: pd.DataFrame) -> None:
        self.w, self.store, self.day, self.points = w, store, day, points
        self.lines = self._on("fee_list_d", "fee_ocur_time")
        self.bills = self._on("setl_d", "setl_time")
        began = store.table("stays").filter(lambda t: day.covers(t.begntime))
        whose = ibis.union(*(t.select("person") for t in (self.lines, self.bills, began)))
        self.who = w.materialise(whose.filter(_.person.notnull()).distinct())

    def _on(self, name: str, time: str) -> ir.Table:
        rows = self.store.table(name)
        return self.w.materialise(rows.filter(self.day.covers(rows[time])))

    def _named(self, name: str, rows: ir.Table) -> ir.Table:
        return self.w.materialise(self.store.named(name, rows))

    def _of(self, name: str) -> ir.Table:
        """Rows of the persons of the day."""
        return self.store.table(name).semi_join(self.who, "person")

    def place(self) -> Narrowed:
        """What the rules of the day look at."""
        w, store = self.w, self.store
        bills = self._bills()
        stays = w.materialise(self._of("stays"))
        visits = ibis.union(*(t.select("mdtrt_id") for t in (self.lines, bills, stays))).distinct()
        persons = store.table("person").semi_join(self.who, "person")
        diagnoses = self._of("setl_diag_d").semi_join(bills, "setl_id")
        return Narrowed(w, {
            "fee_lines": self._named("fee_list_d", self.lines.union(self._around())),
            "valid_settlements": store.named("setl_d", bills),
            "stays": store.named("stays", stays),
            "mdtrt_d": self._named("mdtrt_d", self._of("mdtrt_d").semi_join(visits, "mdtrt_id")),
            "setl_diag_d": self._named("setl_diag_d", diagnoses),
            "psn_info_b": w.materialise(persons.filter(_.known).select("psn_no", "gend", "brdy")),
            "ps_death": self._named("ps_death", self._of("ps_death")), "hilist_b": store.table("hilist_b"),
            "drug_trace_d": self._sales(), "fee_list_d": self._raw("fee_list_d", "fee_ocur_time"),
            "setl_d": self._raw("setl_d", "setl_time"), "fund_share": self._shares})

    def _bills(self) -> ir.Table:
        """Settlements of the day and those its lines belong to."""
        theirs = self._of("setl_d").semi_join(self.lines, "setl_id")
        return self.w.materialise(self.bills.union(theirs.anti_join(self.bills, "setl_id")))

    def _around(self) -> ir.Table:
        """Lines of the persons on other days, of items that some point counts over more than a day."""
        counted = self.points[self.points["condition"].isin(COUNTED) & ~self.points["window"].isin(["", "day"])]
        if counted.empty:
            return self.lines.limit(0)
        back = reach(counted["window"])
        codes = pd.concat([counted["item_code"], counted["other_code"]]).unique()
        named = self.w.register(pd.DataFrame({"hilist_code": pd.Series(sorted(set(codes) - {""}), dtype="str")}))
        items = self.store.table("item").semi_join(named, "hilist_code").select("item")
        since, until = (self.day.start - back).isoformat(), (self.day.end + back).isoformat()
        rows = self._of("fee_list_d").filter(_.fee_ocur_time >= since, _.fee_ocur_time < until)
        rows = rows.filter(~self.day.covers(rows.fee_ocur_time))
        if self.w.two_codes:
            return rows.filter(rows["item"].isin(items["item"]) | rows.med_list_codg.isin(named.hilist_code))
        return rows.semi_join(items, "item")

    def _sales(self) -> ir.Table:
        """All sales of the packs sold on the day; the line of an earlier sale is not looked at any more."""
        sold = self.store.table("drug_trace_d")
        packs = sold.filter(self.day.covers(sold.sale_time)).select("pack").distinct()
        rows = self.store.named("drug_trace_d", sold.semi_join(packs, "pack"))
        today = rows.bkkp_sn.isin(self.lines.bkkp_sn)
        blank = {c: ibis.null("string") for c in ("refd_flag", "split_flag")}
        return self.w.materialise(rows.mutate(bkkp_sn=today.ifelse(rows.bkkp_sn, ibis.null("string")), **blank))

    def _raw(self, name: str, time: str) -> ir.Table:
        """Rows of the day as they were delivered."""
        rows: Any = self.w.table(name)
        return rows.filter(self.day.covers(rows[time]))

    def _shares(self, lines: ir.Table) -> ir.Table:
        """Shares in the fund money over all lines of the settlements concerned, as for a year."""
        w, store = self.w, self.store
        mine = w.materialise(self.lines.semi_join(lines, "bkkp_sn").select("person", "setl_id", "mdtrt_id").distinct())
        every = store.table("fee_list_d").semi_join(mine, "person")
        every = w.materialise(store.named("fee_list_d", every))
        opened = w.materialise(every.filter(_.setl_id.isnull()).select("mdtrt_id").distinct())
        parts = {"fee_lines": every, "unsettled_visits": opened if w.run(opened.count()) else None,
                 "valid_settlements": store.named("setl_d", store.table("setl_d").semi_join(mine, "person")),
                 "links": store.table("chains")}
        return fund_share(Narrowed(w, parts), lines)

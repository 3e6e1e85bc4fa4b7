"""Days of supply: drugs taken home, added up per person and substance over all institutions.

A line supplies the days it states; where it states none, its quantity times the usual days a unit of its item lasts in
the city (frozen with the model). Items that seldom state days, like infusions, have no usual. Quantity does not replace
stated days: the same item is given by the dose and by the pack. Drugs taken home from a stay count, those used in it do
not; returns are netted before, and what the fund has no part in is left out. Persons and substances go by numbers: a
city-year groups numbers, not texts.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

import ibis
import numpy as np
import pyarrow as pa
from ibis import _

from yb_analytics import knowledge
from yb_analytics.detectors._arrays import Arrays
from yb_analytics.schema import DRUG, INPATIENT


def _facts(w):
    return knowledge.parameters("supply", on=w.last_day)


@dataclass(frozen=True)
class Usual(Arrays):
    """Usual days of supply a unit of each item, in the reference."""

    item: np.ndarray
    days: np.ndarray

    @classmethod
    def fit(cls, w) -> Usual:
        """From the lines that state days; items of which few do have no usual."""
        return w.once("usual supply", lambda: cls._of(w))

    @classmethod
    def _of(cls, w) -> Usual:
        p = _facts(w)
        stated = ((_.prd_days > 0) & (_.prd_days <= p.longest_line)).fill_null(False)
        told = _taken_home(w, p).group_by("hilist_code").aggregate(
            days=_.prd_days.sum(where=stated).cast("float64") / _.cnt.sum(where=stated).cast("float64"),
            n=_.count(where=stated), every=_.count())
        usual = told.filter(_.n >= p.min_lines, _.n >= p.least_stated * _.every)
        rows = w.run(usual).sort_values("hilist_code")
        return cls(rows["hilist_code"].to_numpy(str), rows["days"].to_numpy(float))

    @property
    def mark(self) -> str:
        """The same for the same values."""
        return hashlib.sha256("\x1f".join(self.item.tolist()).encode() + self.days.tobytes()).hexdigest()[:16]

    def table(self, w):
        """As a table `hilist_code, a_unit`."""
        return w.register(pa.table({"hilist_code": pa.array(self.item.tolist(), pa.string()), "a_unit": self.days}))


def _taken_home(w, p):
    """Drugs of the period, and of some time before it, that a person took home."""
    start = w.period.start - timedelta(days=int(p.lookback_days))
    home = ~_.med_type.left(2).isin(INPATIENT).fill_null(False) | (_.dscg_tkdrug_flag == "1").fill_null(False)
    return w.history.fee_lines.filter(
        _.fee_ocur_time >= start.isoformat(), _.list_type.left(3).isin(DRUG).fill_null(True), home, _.cnt > 0,
        _.inscp_amt.fill_null(1) > 0)


def lines(w, usual: Usual):
    """Lines with `days` of supply, `day`, `drug` (substance), and `who`, `key` (numbers of person, person and drug)."""
    p = _facts(w)
    rows = _taken_home(w, p).left_join(usual.table(w), "hilist_code").drop("hilist_code_right")
    stated = ((rows.prd_days > 0) & (rows.prd_days <= p.longest_line)).ifelse(rows.prd_days.cast("float64"), None)
    days = ibis.coalesce(stated, rows.cnt.cast("float64") * rows.a_unit)
    code = rows.hilist_code
    drug = (code.length() >= p.national_code_length).ifelse(code.left(int(p.same_drug_prefix)), code)
    rows = rows.mutate(days=days, drug=drug, day=(rows.fee_ocur_time.epoch_seconds() / 86400).floor().cast("int64"))
    rows = rows.filter(_.days > 0, _.days <= p.longest_line)
    return rows.mutate(who=rows.psn_no.hash(), key=(rows.psn_no + "|" + rows.drug).hash())


def with_stock(rows, keys: list[str], order: list[str]):
    """Rows with `stock`, the days of supply at hand after each.

    Stock after fill t is the largest, over earlier fills j, of supply from j to t minus days from j to t: two
    window functions instead of a recursion.
    """
    upto = ibis.cumulative_window(group_by=keys, order_by=order)
    rows = rows.mutate(supply=rows.days.sum().over(upto))
    rows = rows.mutate(before=_.supply - _.days - _.day)
    return rows.mutate(stock=(_.supply - _.day - _.before.min().over(upto)).round(6))


def holders(w, usual: Usual):
    """One row per person and drug filled often enough in the period, made once for all detectors that ask.

    `key, who, drug` (numbers), `fills` (days with one), `most` (within a month), `stock` (largest at hand),
    `overlaps` (fills at another place while much was at hand), `supplied` (days), `first, last` (day numbers).
    """
    return w.once(f"holders {usual.mark}", lambda: w.materialise(_holders(w, usual)))


def _holders(w, usual: Usual):
    p = _facts(w)
    rows = lines(w, usual)
    rows = rows.select("key", "who", "day", "days", drug=rows.drug.hash(), place=rows.fixmedins_code.hash(),
                       seen=w.period.covers(rows.fee_ocur_time))
    daily = rows.group_by(["key", "day"]).aggregate(
        who=_.who.min(), drug=_.drug.min(), days=_.days.sum(), low=_.place.min(), high=_.place.max(), seen=_.seen.any())
    order = ibis.window(group_by="key", order_by="day")
    daily = with_stock(daily, ["key"], ["day"])
    month = ibis.trailing_range_window(int(p.month_days) - 1, group_by="key", order_by="day")
    daily = daily.mutate(last_place=_.high.lag().over(order), within=_.count().over(month))
    elsewhere = (_.low != _.high) | (_.low != _.last_place).fill_null(False)
    daily = daily.mutate(overlap=elsewhere & (_.stock - _.days >= p.at_hand_days))
    told = daily.filter(_.seen).group_by("key").aggregate(
        who=_.who.min(), drug=_.drug.min(), fills=_.count(), most=_.within.max(), stock=_.stock.max(),
        overlaps=_.overlap.sum(), supplied=_.days.sum(), first=_.day.min(), last=_.day.max())
    return told.filter(_.fills >= p.min_fills)


def people(w):
    """Numbers of persons and the persons: `who, subject_id`."""
    return w.once("people by number", lambda: w.materialise(
        w.history.setl_d.select(subject_id=_.psn_no).distinct().mutate(who=_.subject_id.hash())))


def fills_of(w, usual: Usual, kept):
    """Fills of the period of the persons and drugs a predicate over :func:`holders` keeps.

    `subject_id, id, fund, telling`; the longest supplies come first.
    """
    rows = lines(w, usual).semi_join(holders(w, usual).filter(kept).select("key"), "key")
    rows = rows.filter(w.period.covers(_.fee_ocur_time))
    share = _.inscp_amt.fill_null(_.det_item_fee_sumamt).cast("float64")
    return rows.select(subject_id=_.psn_no, id=_.bkkp_sn, fund=share, telling=_.days)

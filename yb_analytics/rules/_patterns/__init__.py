"""Patterns: what a rule class is made of. One file per pattern; each sees all its rule classes in one query.

A pattern of grain `line` whose function takes a row is a predicate: all of them are evaluated together in one
pass over the fee lines that carry a knowledge point. Every other pattern returns its hits as a table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import ibis
from ibis.expr import types as ir

from yb_analytics.schema import Period
from yb_analytics.shelf import Shelf, Title, declare

GRAINS = ("line", "person-day", "window", "stay", "settlement", "pack")
LOSSES = ("whole_line", "smaller_amount", "excess_quantity", "excess_price", "whole_settlement", "none")

HIT = ("rule", "point_id", "id", "grp", "subject_id", "mdtrt_id", "other_mdtrt", "take", "of", "item", "other",
       "day", "condition", "limit", "window", "found")
"""Columns of a hit: `take` of `of` is the share of the money of row `id` that is at stake; hits with the same
`rule` and `grp` are one finding."""


@dataclass(frozen=True)
class Pattern:
    """What a pattern needs and what it may claim.

    Parameters
    ----------
    grain
        What one hit is about; a rule class must state the same.
    claims
        What `id` names and money is taken from: `line`, `settlement` or `stay`.
    losses
        Loss methods a rule class may choose.
    needs
        Canonical tables that must hold rows in the period.
    say
        The sentence, with `{day} {item} {other} {limit} {found} {n}`.
    conditions
        Conditions of the knowledge points it reads; empty where it needs no points.
    arguments
        Arguments a rule class must give, each with the values allowed (empty: any list of codes).
    parameters
        Facts it reads from `knowledge/parameters/<rule class>.csv`.
    predicate
        Whether it is a predicate over a row (see above).
    asks
        What a condition of a predicate is judged by, if it is the `line` or the `person` alone: then it is asked
        before more is joined.
    whole
        Whether a hit is decided by rows of many persons: then it cannot be asked of some persons at a time.
    facts
        Columns (`table.column`) that tell what a condition asks about; where all of them are empty, points with the
        condition cannot be judged.
    keyed
        What `item_code` of its points is: an `item` of the catalogue or a `diagnosis` prefix (ICD-10).
    """

    name: str
    title: Title
    fn: Callable
    grain: str
    claims: str
    losses: tuple[str, ...]
    needs: tuple[str, ...]
    say: str
    conditions: tuple[str, ...] = ()
    arguments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()
    predicate: bool = False
    asks: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keyed: str = "item"

    @property
    def by_points(self) -> bool:
        """Whether `Asked.lines` are those whose item some point names."""
        return bool(self.conditions) and self.keyed == "item"


pattern = partial(declare, Pattern)
shelf: Shelf[Pattern] = Shelf(__name__, Pattern)


@dataclass(frozen=True)
class Asked:
    """What a pattern is asked: the warehouse, the period, all its rule classes and all their points.

    `settings` has one row per rule class (`rule`, its arguments and parameters), `points` one per knowledge
    point (`rule`, `point_id`, `item_code`, `other_code`, `condition`, `value`, `number`, `window`, `valid_from`,
    `valid_until`); `windows` are the counting windows that occur. `pointed` are the lines whose item a point names,
    for patterns that go by items; where such a pattern reads other lines too, it asks `lines_of`. `many` says that
    lines come in millions, so that leaving some behind early pays.
    """

    w: Any
    period: Period
    settings: ir.Table
    points: ir.Table
    windows: tuple[str, ...] = ()
    pointed: ir.Table | None = None
    many = True

    @property
    def lines(self) -> ir.Table:
        """Netted fee lines of the period; for a pattern that goes by items, those whose item some point names."""
        return self.around()

    @property
    def alone(self) -> ir.Table:
        """The same, where lines are judged one by one."""
        return self.lines

    @property
    def settlements(self) -> ir.Table:
        """Valid settlements of the period."""
        return self.w.valid_settlements.filter(lambda t: self.covers(t.setl_time))

    def around(self, before: timedelta = timedelta(), after: timedelta = timedelta()) -> ir.Table:
        """Netted fee lines from so long before the period until so long after it."""
        since, until = (self.period.start - before).isoformat(), (self.period.end + after).isoformat()
        lines = self.w.fee_lines if self.pointed is None else self.pointed
        return self.matched(lines.filter((lines.fee_ocur_time >= since) & (lines.fee_ocur_time < until)))

    def lines_of(self, narrow: Callable[[ir.Table], ir.Table]) -> ir.Table:
        """Netted fee lines of the period that `narrow` leaves: taken away before anything is netted.

        It may look at columns netting leaves alone: not at quantity, money or `setl_id`.
        """
        return self.w.fee_lines_of(lambda rows: narrow(rows.filter(self.covers(rows.fee_ocur_time))))

    @property
    def by_type(self) -> ir.Table:
        """Settings with a row for each of their `list_types`, as `list_type`."""
        return self.settings.mutate(list_type=self.settings.list_types.split(";").unnest()).drop("list_types")

    def matched(self, lines: ir.Table) -> ir.Table:
        """Lines under the code that points are matched by: the national one where a point names it."""
        if not self.w.two_codes:
            return lines
        named = lines.med_list_codg.isin(self.points.item_code) | lines.med_list_codg.isin(self.points.other_code)
        return lines.mutate(hilist_code=named.ifelse(lines.med_list_codg, lines.hilist_code))

    @staticmethod
    def years(born: ir.DateValue, day: ir.DateValue) -> ir.IntegerValue:
        """Completed years on a day."""
        before = (day.month() * 100 + day.day()) < (born.month() * 100 + born.day())
        return day.year() - born.year() - before.ifelse(1, 0)

    def covers(self, column: ir.Value) -> ir.BooleanValue:
        """Whether what happened then is asked about; what lies around it is only looked at."""
        return self.period.covers(column)


def coded(lines: ir.Table, points: ir.Table) -> ir.Table:
    """Lines with every point of their item that was valid on the day of the fee."""
    day = lines.fee_ocur_time.date()
    lines = lines.mutate(day=day)
    known = points.rename(point_code="item_code")
    return lines.join(known, [lines.hilist_code == known.point_code, lines.day >= known.valid_from,
                              lines.day <= known.valid_until])


def hits(table: ir.Table, **facts: Any) -> ir.Table:
    """Select the columns of a hit; text columns not given are empty, `take` of `of` is the whole."""
    absent = dict.fromkeys(("point_id", "other_mdtrt", "other", "condition", "limit", "window", "found", "item"),
                           ibis.literal(""))
    whole = ibis.literal(1).cast("decimal(16, 4)")
    chosen: dict[str, Any] = {"take": whole, "of": whole, **absent, **facts}
    chosen.update({n: table[n] for n in ("rule", "mdtrt_id", "day") if n not in facts})
    out = table.select(**{n: chosen[n] for n in HIT})
    texts = {n: out[n].cast("string").fill_null("") for n in HIT if n not in ("take", "of", "day")}
    return out.mutate(**texts, take=out["take"].cast("decimal(16, 4)"), of=out["of"].cast("decimal(16, 4)"),
                      day=out["day"].cast("date"))

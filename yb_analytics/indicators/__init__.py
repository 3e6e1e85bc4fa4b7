"""Indicators: one file each, defined per row; the contract cuts, sums, bounds and words them.

A unit returns rows and nothing else. The contract decides which rows fall into a period and a county, sums
numerator and denominator, computes the value with its interval, says how much of the period is covered by
data, and writes one Chinese sentence. Three kinds of rows are told apart by their columns:

* `on` - something that happened on a day (flow): counted when the day lies in the period;
* `since`, `until` - something that holds from a day until before another (stock): counted when it holds at
  the end of the period;
* with `key` - rows of the same key in the same county count once in a period (the largest of them).

Every table has `county`, `numerator`, `denominator`. An indicator with `over` takes its denominator from a
stock declared in `_stocks` (institutions, insured, employers, should_be_insured) instead; with `once` on top,
only members of that stock are counted, each once, so that the share cannot pass 100 %.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pandas as pd

from yb_analytics import knowledge
from yb_analytics.indicators._coverage import Coverage
from yb_analytics.indicators._measure import Measure
from yb_analytics.indicators._values import not_evaluable, values_of
from yb_analytics.schema import ANSWERS, Period, Refusal
from yb_analytics.shelf import Shelf, Title, declare

SUBJECTS = ("institution", "person", "employer", "agency")
UNITS = ("share", "count", "per_100", "per_10k", "yuan", "days", "ratio")
BETTER = ("higher", "lower", "zero")
DATES = ("service", "settlement", "payment", "filing", "event", "period end")
PILLARS = ("依法严管", "智能协管", "部门联管", "行业自管", "社会督管", "信用促管")
ERRORS = {"share": "binomial", "count": "poisson", "per_100": "poisson", "per_10k": "poisson"}
"""How chance enters an indicator unless it says otherwise; the rest is `linear` (ratio of sums)."""


@dataclass(frozen=True)
class Indicator:
    """One indicator: what is counted, over what, by when, whose business it is.

    Parameters
    ----------
    subject
        Which of the four subjects of the no-fraud city it judges: institution, person, employer, agency.
    unit
        `share`, `count`, `per_100` (per 100 institutions or employers), `per_10k` (per 10,000 persons),
        `yuan`, `days`, `ratio`.
    better
        `higher`, `lower` or `zero` (nothing of the kind may happen).
    parent
        Dimension of the index it belongs to.
    basis, owner
        Seed and clause; lead department the seed names.
    needs
        Tables without which it is not evaluable.
    denominator
        What stands below the line, in Chinese words.
    pillar
        Which of the six controls (六管共治) it shows.
    date_basis
        Which date puts a row into a period.
    weight
        Proposal of its weight in the dimension; the approved weights stand in `knowledge/index`.
    target
        Year → target; the latest year not after the period holds.
    error
        `binomial`, `poisson`, `linear` or `none` (complete count without chance); by default from the unit.
    over, once
        Stock that is the denominator; count each of its members once.
    veto
        One occurrence caps the grade of the subject.
    status
        `read in source`, `read in secondary source`, `unverified` or `proposal`.

    Examples
    --------
    >>> one = shelf["inspection_rate"]
    >>> one.title.zh, one.unit, one.target_for(2026), one.pillar
    ('检查率', 'share', 1.0, '依法严管')
    """

    name: str
    title: Title
    fn: Callable[[Any, Any], Any]
    subject: str
    unit: str
    better: str
    parent: str
    basis: str
    owner: str
    needs: tuple[str, ...]
    denominator: str
    pillar: str
    date_basis: str
    weight: float = 1.0
    target: dict[int, float] = field(default_factory=dict)
    error: str = ""
    over: str = ""
    once: bool = False
    veto: bool = False
    status: str = "proposal"

    def __post_init__(self) -> None:
        allowed = {"subject": SUBJECTS, "unit": UNITS, "better": BETTER, "pillar": PILLARS,
                   "date_basis": DATES, "error": ("", "binomial", "poisson", "linear", "none")}
        for key, choice in allowed.items():
            if getattr(self, key) not in choice:
                raise Refusal(f"indicator {self.name}: {key} is {getattr(self, key)!r}",
                              f"choose one of: {', '.join(c for c in choice if c)}", "schema")
        if not self.error:
            object.__setattr__(self, "error", ERRORS.get(self.unit, "linear"))

    def target_for(self, year: int) -> float | None:
        """Target of the latest year not after `year`; before the first year, the first target."""
        past = [y for y in self.target if y <= year]
        if past:
            return self.target[max(past)]
        return self.target[min(self.target)] if self.target else None


def indicator(**facts: Any) -> Callable[[Callable], Indicator]:
    """Declare an indicator; the docstring gives the bilingual title and the formula."""
    return declare(Indicator, **facts)


def evaluate(w, period, by: Iterable[str] = ("city", "county"), names: Iterable[str] | None = None,
             months: bool = False) -> pd.DataFrame:
    """Values of the indicators in a period.

    Parameters
    ----------
    w
        An open warehouse.
    period
        A period such as `2025` or `2025Q2`.
    by
        Kinds of unit: `city`, `county`, and any unit column the rows of an indicator carry
        (`institution`); an indicator without that column has no such rows.
    names
        Indicators to evaluate; all by default.
    months
        Add the values of every month of the period.

    Returns
    -------
    pandas.DataFrame
        In the shape of `ANSWERS["value"]`, one row per indicator, unit and period. Where data are missing
        the state is `not evaluable` and the value is empty, never zero.
    """
    period = Period.parse(period)
    periods = [period, *(m for m in period.months if months and m != period)]
    chosen = list(names) if names is not None else shelf.names
    measure, cover = Measure(w), Coverage(w)
    parts = [_one(shelf[n], measure, cover, periods, tuple(by)) for n in chosen]
    parts = [p for p in parts if len(p)]
    if not parts:
        raise Refusal(f"no indicator chosen can be told by {', '.join(by)}",
                      "choose indicators of the shelf and by city, county or a column of their rows", "usage")
    out = pd.concat(parts, ignore_index=True)
    out["data_version"] = w.data_version
    return out[ANSWERS["value"].names]


def _one(unit: Indicator, measure: Measure, cover: Coverage, periods: list[Period], by: tuple[str, ...]):
    """Values of one indicator; what cannot be had is said, never guessed."""
    covered = {p: cover.of(unit.needs, p) for p in periods}
    open_ = [p for p in periods if covered[p].whole.share > 0]
    frames = []
    if open_:
        p = knowledge.parameters(unit.name, on=periods[0].end - timedelta(days=1))
        sums = measure.sums(unit, unit.fn(measure.w, p), open_, by)
        if len(sums):
            frames.append(values_of(unit, sums, {q.text: q for q in open_}, covered, cover.final))
    for q in periods:
        if q not in open_:
            frames.append(not_evaluable(unit, measure.units(by), q, covered[q].whole))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


shelf: Shelf[Indicator] = Shelf("yb_analytics.indicators", Indicator, call=evaluate)
"""All indicators by name; calling it evaluates them: `indicators.shelf(w, "2025")`."""

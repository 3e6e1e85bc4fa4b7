"""How much of a period the data behind an indicator cover."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from yb_analytics import knowledge
from yb_analytics.schema import TABLES, Period, Refusal

MONTHLY = {"emp_clct_detl_d": "cashym", "tax_payroll": "ym", "fund_ledger": "ym",
           "review_d": "review_time", "med_dfr_d": "dcla_time"}
"""Tables that must have rows in every month, and the column that says the month."""

RUNNING = {"inspection_d": "insp_date", "tip_d": "recv_week"}
"""Tables whose events come irregularly: covered from the month of the first row to that of the last."""

YEARLY = {"population": "year", "fund_budget": "year"}
"""Tables of one delivery a year."""


@dataclass(frozen=True)
class Cover:
    """How much of a period is covered, by which table least, and why less than all of it (Chinese)."""

    share: float
    table: str = ""
    reason: str = ""
    ever: bool = True


@dataclass(frozen=True)
class Covered:
    """Coverage of a period: the city as a whole, a county without gaps of its own, counties with gaps.

    A county that never delivered a table does not lower the city's: some never have anything of the kind.
    """

    city: Cover
    whole: Cover
    counties: dict[str, Cover]


def _least(cover: Cover) -> tuple[float, str]:
    return cover.share, cover.table


class Coverage:
    """Share of a period's months covered, per table, read once; in the city and in every county.

    Notes
    -----
    Cases and data events are rare: a month without one is no gap, so their tables count as covered once
    anything of them was delivered. A county that should have had rows and has none is another matter: what the other
    counties and its own past say decides (`warehouse/views/delivery.py`).
    """

    def __init__(self, w) -> None:
        self.w = w
        self._seen: dict[str, set[str]] = {}

    def of(self, needs: tuple[str, ...], period: Period) -> Covered:
        """The least covered need in the city, in a county without gaps, and in every county with some."""
        city, whole = Cover(1.0), Cover(1.0)
        counties: dict[str, Cover] = {}
        for name in needs:
            have, lost, words = self._months(name, period), 0.0, []
            share = len(have) / len(period.months)
            for county, (gaps, months) in self._delivery(period).missing(name, period).items():
                left = Cover(len(have - months) / len(period.months), name, "；".join(g.text for g in gaps),
                             any(g.ever for g in gaps))
                counties[county] = min(counties.get(county, left), left, key=_least)
                if left.ever:
                    lost += self._delivery(period).size[county] * (share - left.share)
                    words.append(left.reason)
            whole = min(whole, Cover(share, name), key=_least)
            city = min(city, Cover(max(share - lost, 0.0), name, "；".join(words)), key=_least)
        return Covered(city, whole, counties)

    def final(self, period: Period) -> bool:
        """The last settlement lies in the period's last month or after it."""
        last = period.end - timedelta(days=1)
        try:
            as_of = self.w.as_of
        except Refusal:
            return False
        return (as_of.year, as_of.month) >= (last.year, last.month)

    def _delivery(self, period: Period):
        p = knowledge.parameters("delivery", on=period.end - timedelta(days=1))
        return self.w.delivery(p.expected_rows, p.stray_share)

    def _months(self, name: str, period: Period) -> set[str]:
        """Months of the period the city has rows in."""
        asked = {f"{m.start:%Y%m}" for m in period.months}
        column = {**MONTHLY, **RUNNING, **YEARLY}.get(name)
        if column is None:
            return {f"{m.start:%Y%m}" for m in period.months if self.w.covers(name, m) > 0}
        have = self._have(name, column)
        if name in YEARLY:
            return asked if all(m[:4] in have for m in asked) else set()
        if name in RUNNING and have:
            return {m for m in asked if min(have) <= m <= max(have)}
        return asked & have

    def _have(self, name: str, column: str) -> set[str]:
        """Months (YYYYMM) or years the table has rows in."""
        if name not in self._seen:
            c = getattr(self.w, name)[column]
            text = c.strftime("%Y%m") if TABLES[name][column].kind in ("date", "time") else c
            got = self.w.run(text.name("ym").as_table().distinct())
            self._seen[name] = set(got["ym"].dropna())
        return self._seen[name]

"""How much of a period the data behind an indicator cover."""

from __future__ import annotations

from datetime import timedelta

from yb_analytics.schema import TABLES, Period, Refusal

MONTHLY = {"emp_clct_detl_d": "cashym", "tax_payroll": "ym", "fund_ledger": "ym",
           "review_d": "review_time", "med_dfr_d": "dcla_time"}
"""Tables that must have rows in every month, and the column that says the month."""

RUNNING = {"inspection_d": "insp_date", "tip_d": "recv_week"}
"""Tables whose events come irregularly: covered from the month of the first row to that of the last."""

YEARLY = {"population": "year", "fund_budget": "year"}
"""Tables of one delivery a year."""


class Coverage:
    """Share of a period's months covered, per table, read once.

    Notes
    -----
    Cases and data events are rare: a month without one is no gap, so their tables count as covered once
    anything of them was delivered.
    """

    def __init__(self, w) -> None:
        self.w = w
        self._months: dict[str, set[str]] = {}

    def share(self, needs: tuple[str, ...], period: Period) -> tuple[float, str]:
        """The least covered need: its share and its name."""
        shares = sorted((self._table(name, period), name) for name in needs)
        return shares[0] if shares else (1.0, "")

    def final(self, period: Period) -> bool:
        """The last settlement lies in the period's last month or after it."""
        last = period.end - timedelta(days=1)
        try:
            as_of = self.w.as_of
        except Refusal:
            return False
        return (as_of.year, as_of.month) >= (last.year, last.month)

    def _table(self, name: str, period: Period) -> float:
        column = {**MONTHLY, **RUNNING, **YEARLY}.get(name)
        if column is None:
            return float(self.w.covers(name, period))
        have = self._have(name, column)
        asked = [f"{m.start:%Y%m}" for m in period.months]
        if name in YEARLY:
            return float(all(m[:4] in have for m in asked))
        if name in RUNNING and have:
            return sum(min(have) <= m <= max(have) for m in asked) / len(asked)
        return sum(m in have for m in asked) / len(asked)

    def _have(self, name: str, column: str) -> set[str]:
        """Months (YYYYMM) or years the table has rows in."""
        if name not in self._months:
            c = getattr(self.w, name)[column]
            text = c.strftime("%Y%m") if TABLES[name][column].kind in ("date", "time") else c
            got = self.w.run(text.name("ym").as_table().distinct())
            self._months[name] = set(got["ym"].dropna())
        return self._months[name]

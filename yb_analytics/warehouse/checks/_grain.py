"""Month and county of the rows of every table: who delivered them, and for when."""

from __future__ import annotations

import ibis

from yb_analytics.schema import Table

_MONTHS = ("ym", "cashym")
"""Columns that hold a month as text (YYYYMM)."""

_DATED = {"inspection_d": "insp_date", "case_d": "filed_date", "tip_d": "recv_week", "data_event_d": "event_date",
          "review_d": "review_time", "med_dfr_d": "dcla_time", "lead_feedback_d": "event_time"}
"""Tables whose rows belong to the month of an event, and its column."""

PLACED = ("insu_admdvs", "fix_blng_admdvs", "admdvs", "resd_loc_admdvs")
"""Columns that say a county, the one whose agency delivers first."""

_AT = ("fixmedins_code", "medins_code")
"""Columns that name an institution, whose county then is the row's."""


def month_column(table: Table) -> str:
    """Column that says the month of a row; empty for registers.

    Examples
    --------
    >>> from yb_analytics.schema import TABLES
    >>> [month_column(TABLES[n]) for n in ("setl_d", "fund_ledger", "case_d", "psn_info_b")]
    ['setl_time', 'ym', 'filed_date', '']
    """
    named = [c for c in _MONTHS if c in table.names]
    return table.month or _DATED.get(table.name, "") or (named[0] if named else "")


def county_column(table: Table) -> str:
    """Column that says the county of a row; empty where only the institution says it, or nothing."""
    return next((c for c in PLACED if c in table.names), "")


def institution_column(table: Table) -> str:
    """Column whose institution says the county of a row; empty where a column of its own does, or none."""
    if county_column(table) or table.name == "fixmedins_b":
        return ""
    return next((c for c in _AT if c in table.names), "")


def month_of(table: Table, t):
    """Month of each row as `YYYYMM` (a number where it comes from a time, which is cheaper than a text)."""
    column = month_column(table)
    if not column:
        return ibis.literal("")
    value = t[column]
    if table[column].kind in ("date", "time"):
        return value.year().cast("int64") * 100 + value.month().cast("int64")
    return value


def in_period(table: Table, t, period):
    """Rows of a period; registers as a whole, and rows that say no month."""
    column = month_column(table)
    if period is None or not column:
        return t
    value = t[column]
    if table[column].kind not in ("date", "time"):
        months = [f"{m.start:%Y%m}" for m in period.months]
        return t.filter(value.isnull() | value.between(months[0], months[-1]) | (value.length() != len(months[0])))
    return t.filter(value.isnull() | period.covers(value))

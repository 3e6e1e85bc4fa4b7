"""Rows of the case register, as several indicators count them."""

from __future__ import annotations


def cases(w, subject: str, kinds: tuple[str, ...]):
    """One row per case against a subject, on the day it was filed (or decided, where filing is unknown)."""
    c = w.case_d
    c = c.filter(c.subject_type == subject, c.case_type.isin(kinds))
    return c.mutate(county=c.insu_admdvs, on=c.filed_date.coalesce(c.decision_date),
                    numerator=1, denominator=1)


def rows(t):
    """The columns the contract reads."""
    return t.select("county", "on", "numerator", "denominator")

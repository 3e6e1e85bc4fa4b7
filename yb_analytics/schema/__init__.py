"""Canonical tables in national platform names, the shapes of answers, periods and refusals.

Everything in the package meets here. `TABLES` maps a table name to its declaration; adding a column is one
line in one of `people`, `providers`, `care`, `money`, `supervision`.
"""

from yb_analytics.schema import care, money, people, providers, supervision
from yb_analytics.schema.answers import ANSWERS
from yb_analytics.schema.codes import CODES, DRUG, INPATIENT, NO_CITY, PHARMACY, is_city, name_of
from yb_analytics.schema.column import Column, Table
from yb_analytics.schema.period import Period
from yb_analytics.schema.refusal import EXIT_CODES, Refusal

TABLES: dict[str, Table] = {
    t.name: t for part in (people, providers, care, money, supervision) for t in part.TABLES
}
"""Every canonical table by name."""

__all__ = ["ANSWERS", "CODES", "DRUG", "EXIT_CODES", "INPATIENT", "NO_CITY", "PHARMACY", "TABLES", "Column", "Period",
           "Refusal", "Table", "is_city", "name_of"]

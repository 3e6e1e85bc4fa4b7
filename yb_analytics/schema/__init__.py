"""Canonical tables in national platform names, the shapes of answers, periods and refusals.

Everything in the package meets here. `TABLES` maps a table name to its declaration; adding a column is one
line in one of the files of `GROUPS`.
"""

from yb_analytics.schema import (
    agency,
    care,
    catalogue,
    contributions,
    goods,
    lines,
    money,
    partners,
    people,
    providers,
    registers,
    supervision,
)
from yb_analytics.schema.answers import ANSWERS
from yb_analytics.schema.codes import CODES, DRUG, INPATIENT, NO_CITY, PHARMACY, is_city, name_of
from yb_analytics.schema.column import Column, Table
from yb_analytics.schema.period import Period
from yb_analytics.schema.refusal import EXIT_CODES, Refusal

GROUPS = (people, contributions, providers, catalogue, care, lines, goods, money, agency, partners, registers,
          supervision)
"""The files of tables, in the order the data dictionary shows them."""

TABLES: dict[str, Table] = {t.name: t for group in GROUPS for t in group.TABLES}
"""Every canonical table by name."""

__all__ = ["ANSWERS", "CODES", "DRUG", "EXIT_CODES", "INPATIENT", "NO_CITY", "PHARMACY", "TABLES", "Column", "Period",
           "Refusal", "Table", "is_city", "name_of"]

"""Who is the same person: pairs of person numbers that probably belong to one human being.

For 重复参保 (one person enrolled twice, in two counties or as employee and resident) and for registers that carry no
common number. Nothing is compared in clear: the fields are the keyed codes made at ingest (`privacy.linkage`),
the birth date and the sex. Splink (Fellegi and Sunter 1969, "A theory for record linkage", JASA 64) weighs agreements
against one another; every weight is a fact of `knowledge/parameters/identity.csv`.

A pair is a question to a clerk, never a finding by itself: two persons can share nearly everything (twins).
"""

from yb_analytics.warehouse.identity._linking import BANDS, COLUMNS, link
from yb_analytics.warehouse.identity._register import REGISTER_COLUMNS, recognise

__all__ = ["BANDS", "COLUMNS", "REGISTER_COLUMNS", "link", "recognise"]

"""Facts with a source and a date: parameters, knowledge points, exclusions, the catalogue, index weights.

Tables are CSV, read strictly: an unknown column, an unknown status, a bad value or two rows whose validity
overlaps are refused at load, naming file and line. Validity includes both days; an empty day is open. Last
year's law is never overwritten: a new row begins where the old one ends.
"""

from yb_analytics.knowledge._calendar import after_working_days, working_days_between
from yb_analytics.knowledge._importing import import_points, import_reviews, unencoded
from yb_analytics.knowledge._live import origin, points
from yb_analytics.knowledge._merging import batches
from yb_analytics.knowledge._parameters import Fact, Parameters, all_facts, fact, facts_of, parameters
from yb_analytics.knowledge._registers import (
    catalogue,
    exclusions,
    index,
    interface,
    measures,
    national_rules,
    purposes,
)
from yb_analytics.knowledge._rows import STATUS
from yb_analytics.knowledge._status import show, status
from yb_analytics.knowledge._store import store_for

__all__ = ["STATUS", "Fact", "Parameters", "after_working_days", "all_facts", "batches", "catalogue", "exclusions",
           "fact", "facts_of", "import_points", "import_reviews", "index", "interface", "measures", "national_rules",
           "origin", "parameters", "points", "purposes", "show", "status", "store_for", "unencoded",
           "working_days_between"]

"""Rule classes: one YAML each over a pattern; national codes where the national list has the class.

>>> rule = shelf["service_duplicate"]
>>> rule.code, rule.pattern, rule.tier
('GZ10000102012000', 'exclusive_pair', '疑点')
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from yb_analytics.rules import _book, _patterns
from yb_analytics.rules._contract import RuleClass, read_rule
from yb_analytics.rules._engine import evaluate, judged, run_rules
from yb_analytics.rules._examples import check_examples
from yb_analytics.schema import Period
from yb_analytics.shelf import Shelf

patterns = _patterns.shelf
"""Every pattern by name."""


def run(w: Any, period: Period | str, names: Iterable[str] | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Evaluate rule classes over a period.

    Parameters
    ----------
    w
        A warehouse.
    period
        What to screen; a fee counts on its own day, a settlement on the day it was settled.
    names
        Rule classes; all on the shelf when not given. A rule class that does not load is reported in the
        coverage, it does not stop the rest.

    Returns
    -------
    findings, coverage
        `ANSWERS["finding"]` and `ANSWERS["coverage"]`. A rule class that cannot be evaluated has a coverage row
        with its reason, never zero findings; hits explained innocently are counted there; shadow rule classes
        are measured there and report no finding.
    """
    chosen = list(shelf.names if names is None else names)
    broken = shelf.broken()
    classes = [shelf[n] for n in chosen if n not in broken]
    found, coverage = run_rules(w, Period.parse(period), classes)
    lost = pd.DataFrame([{"found_by": n, "kind": "rule", "title": n, "period": str(Period.parse(period)),
                          "state": "error", "reason": broken[n], "findings": 0, "amount": 0,
                          "data_version": w.data_version} for n in chosen if n in broken])
    return found, pd.concat([coverage, lost], ignore_index=True) if len(lost) else coverage


def hits(w: Any, period: Period | str, names: Iterable[str] | None = None) -> pd.DataFrame:
    """What stands behind the findings of :func:`run`, row by row.

    Returns
    -------
    pandas.DataFrame
        `rule, point_id, grp, id, day, amount`: which rule class and point, the group that is one finding, the fee
        line, settlement or stay, its day, and the fund money at stake.
    """
    classes = [shelf[n] for n in (shelf.names if names is None else names) if n not in shelf.broken()]
    found, _reasons = judged(evaluate(w, Period.parse(period), classes), classes)
    return found[["rule", "point_id", "grp", "id", "day", "amount"]].reset_index(drop=True)


def table() -> pd.DataFrame:
    """The rule book: every national class with what stands of it (see `yb handbook rules`)."""
    return _book.table({n: shelf[n] for n in shelf})


shelf: Shelf[RuleClass] = Shelf(__name__, RuleClass, suffix=".yaml", loader=read_rule, call=run)
"""Every rule class by name."""

__all__ = ["RuleClass", "check_examples", "hits", "patterns", "run", "shelf", "table"]

"""Innocent explanations of hits, as data (`knowledge/exclusions.csv`): what one explains is counted and kept aside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from yb_analytics import knowledge
from yb_analytics.rules._contract import RuleClass

LEFT_OUT = ("split_flag",)
"""Kinds that a pattern leaves out itself; their number is told in the coverage."""


def excluded(w: Any, hits: pd.DataFrame, classes: Mapping[str, RuleClass]) -> pd.Series:
    """Reason that explains each hit innocently, empty where none does."""
    reasons = pd.Series("", index=hits.index, dtype="object")
    asked = {n: c.exclusions for n, c in classes.items() if c.exclusions}
    if hits.empty or not asked:
        return reasons
    table = knowledge.exclusions()
    explained = _explained(w, hits, table[table["reason"].isin({r for rs in asked.values() for r in rs})])
    for name, allowed in asked.items():
        for reason in allowed:
            visits = explained.get(reason, set())
            mine = (hits["rule"] == name) & (hits["mdtrt_id"].isin(visits) | hits["other_mdtrt"].isin(visits))
            reasons = reasons.mask(mine & (reasons == ""), reason)
    return reasons


def _explained(w: Any, hits: pd.DataFrame, table: pd.DataFrame) -> dict[str, set[str]]:
    """Visits each reason explains, among the visits that were hit."""
    ids = sorted(set(hits["mdtrt_id"]) | set(hits["other_mdtrt"]) - {""})
    told = _told(w, w.register(pd.DataFrame({"mdtrt_id": pd.Series(ids, dtype="str")})), set(table["kind"]))
    out: dict[str, set[str]] = {}
    for reason, kind, value in zip(table["reason"], table["kind"], table["value"], strict=True):
        if kind not in LEFT_OUT:
            meets = told[kind]["told"].fillna("").astype(str).str.startswith(value)
            out.setdefault(reason, set()).update(told[kind].loc[meets, "mdtrt_id"])
    return out


def _told(w: Any, asked: Any, kinds: set[str]) -> dict[str, pd.DataFrame]:
    """What some visits (`mdtrt_id`) say about each kind of explanation (`told`)."""
    visits = w.mdtrt_d.semi_join(asked, "mdtrt_id")
    bills = w.setl_d.semi_join(asked, "mdtrt_id")
    of = {"diag_prefix": lambda: visits.select("mdtrt_id", told="dscg_maindiag_code"),
          "dscg_way": lambda: visits.select("mdtrt_id", told="dscg_way"),
          "med_type": lambda: visits.select("mdtrt_id", told="med_type").union(
              bills.select("mdtrt_id", told="med_type")).distinct(),
          "item_prefix": lambda: w.fee_lines.semi_join(asked, "mdtrt_id").select(
              "mdtrt_id", told="hilist_code").distinct(),
          "special_case": lambda: bills.inner_join(w.drg_group_d, "setl_id").select("mdtrt_id", told="sp_case_flag")}
    return {kind: w.run(make()) for kind, make in of.items() if kind in kinds}


def left_out(w: Any, period: Any, rule: RuleClass) -> dict[str, int]:
    """Rows the rule class's pattern passes over because of an explanation that stands in the row itself, by reason."""
    table = knowledge.exclusions()
    mine = table[table["reason"].isin(rule.exclusions) & table["kind"].isin(LEFT_OUT)]
    sales = w.drug_trace_d.filter(lambda t: period.covers(t.sale_time))
    return {reason: int(w.run(sales.filter(sales[kind] == value).count()))
            for reason, kind, value in mine[["reason", "kind", "value"]].itertuples(index=False)}

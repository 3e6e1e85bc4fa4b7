"""The rule book: the 88 national classes and what stands of each; then the classes the nation does not list."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from yb_analytics import knowledge
from yb_analytics.rules._contract import RuleClass

COLUMNS = ("seq", "name", "code", "group", "subgroup", "state", "rule", "pattern", "grain", "line", "tier", "loss",
           "points", "needs", "note")

ELSEWHERE = ("行为主体监管类", "统计指标监测类")
"""National subgroups of behaviour and statistics, which detectors and indicators serve."""


def table(classes: Mapping[str, RuleClass]) -> pd.DataFrame:
    """One row per national class, then one per rule class without a national name.

    `state` is `implemented`, `waiting for knowledge points` (the pattern stands, no point is live), `needs data`
    (`needs` names it), `detector or indicator` (behaviour and statistics: not a rule) or `planned`.
    """
    points = knowledge.points()["rule_class"].value_counts().to_dict()
    mine = {c.title.zh: c for c in classes.values()}
    rows = []
    for row in knowledge.national_rules().to_dict("records"):
        rule = mine.pop(row["name"], None)
        rows.append(_row(row, rule, points.get(row["name"], 0)))
    for rule in sorted(mine.values(), key=lambda c: c.name):
        extra = {"seq": "", "name": rule.title.zh, "code": "", "group": "", "subgroup": "", "needs": "",
                 "note": rule.note}
        rows.append(_row(extra, rule, points.get(rule.title.zh, 0)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(national: dict, rule: RuleClass | None, points: int) -> dict:
    kept = {k: national[k] for k in ("seq", "name", "code", "group", "subgroup", "needs", "note")}
    if rule is None:
        elsewhere = national["subgroup"] in ELSEWHERE
        state = "needs data" if national["needs"] else "detector or indicator" if elsewhere else "planned"
        return {**kept, "state": state, "points": points, **dict.fromkeys(
            ("rule", "pattern", "grain", "line", "tier", "loss"), "")}
    waiting = bool(rule.made_of.conditions) and not points
    return {**kept, "state": "waiting for knowledge points" if waiting else "implemented", "rule": rule.name,
            "pattern": rule.pattern, "grain": rule.grain, "line": "、".join(rule.line), "tier": rule.tier,
            "loss": rule.loss, "points": points, "needs": ", ".join(rule.needs), "note": rule.note or kept["note"]}

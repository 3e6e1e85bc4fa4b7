"""Running rule classes: one query per pattern over all its classes and points, then money, then findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
from ibis.expr import types as ir

from yb_analytics import knowledge
from yb_analytics.rules import _money
from yb_analytics.rules._codes import spread
from yb_analytics.rules._contract import RuleClass
from yb_analytics.rules._innocent import excluded, left_out
from yb_analytics.rules._lines import pointed
from yb_analytics.rules._patterns import HIT, Asked
from yb_analytics.rules._patterns._windows import COUNTED
from yb_analytics.rules._rows import line_hits
from yb_analytics.rules._words import column_words, reason_words, table_words
from yb_analytics.schema import ANSWERS, INPATIENT, Period, Refusal
from yb_analytics.schema.finding import empty, findings_of
from yb_analytics.warehouse.views.stretches import OfPersons, stretches

_POINT = pa.schema([(name, pa.string()) for name in (
    "rule", "point_id", "item_code", "other_code", "condition", "value", "window")] + [
    ("number", pa.float64()), ("valid_from", pa.date32()), ("valid_until", pa.date32())])
_FAR = (date(1900, 1, 1), date(2999, 12, 31))
_RUNS = ("active", "shadow")


@dataclass
class Run:
    """One evaluation: what is asked, what was found, and what happened to each rule class.

    `place` is what patterns look at, the warehouse or its rows of some persons; `pointed` are its lines with a point.
    """

    w: Any
    period: Period
    points: pd.DataFrame
    hits: list[pd.DataFrame] = field(default_factory=list)
    states: dict[str, tuple[str, str]] = field(default_factory=dict)
    place: Any = None
    pointed: ir.Table | None = None
    statements: dict[tuple[str, ...], duckdb.Statement] = field(default_factory=dict)

    def tables(self, settings: Sequence[dict]) -> None:
        """Register settings and points of all rule classes, once for all patterns."""
        points = pa.Table.from_pandas(self.points[_POINT.names], schema=_POINT, preserve_index=False)
        names = dict.fromkeys(name for row in settings for name in row)
        columns = {name: [row.get(name) for row in settings] for name in names}
        self._points, self._settings = self.w.register(points), self.w.register(pa.table(columns))

    def mine(self, classes: Sequence[RuleClass]) -> pd.DataFrame:
        """Points of some rule classes."""
        return self.points[self.points["rule"].isin([c.name for c in classes])]

    def asked(self, classes: Sequence[RuleClass]) -> Asked:
        """The question to one pattern: settings and points of all its rule classes as tables."""
        mine, made_of = self.mine(classes), classes[0].made_of
        windows = tuple(sorted(set(mine.loc[mine["condition"].isin(COUNTED), "window"])))
        names = [c.name for c in classes]
        settings = self._settings.filter(self._settings.rule.isin(names))
        settings = settings.select("rule", *made_of.arguments, *made_of.parameters)
        points = self._points.filter(self._points.rule.isin(names))
        return Asked(self.place, self.period, settings, points, windows, self.pointed if made_of.by_points else None)


def _setting(rule: RuleClass, period: Period) -> dict:
    """Arguments and parameters of a rule class."""
    facts = knowledge.parameters(rule.name, period.end - timedelta(days=1))
    given = {k: ";".join(map(str, v)) for k, v in rule.arguments.items()}
    return {"rule": rule.name, **given, **{p: facts[p] for p in rule.made_of.parameters}}


def live_points(classes: Sequence[RuleClass], period: Period, given: pd.DataFrame | None = None,
                store: Path | None = None) -> pd.DataFrame:
    """Knowledge points of the rule classes that are valid at some time of the period, as patterns see them."""
    found = knowledge.points(store=store) if given is None else given
    named = pd.DataFrame({"rule": [c.name for c in classes], "rule_class": [c.title.zh for c in classes],
                          "conditions": [c.made_of.conditions for c in classes]})
    found = found.merge(named, on="rule_class")
    read = [c in cs for c, cs in zip(found["condition"], found["conditions"], strict=True)]
    found = found.loc[pd.Series(read, index=found.index, dtype="bool")]
    first = found["valid_from"].map(lambda d: max(d, _FAR[0]))
    last = found["valid_until"].map(lambda d: min(d, _FAR[1]))
    found = found.assign(
        valid_from=pd.to_datetime(first).dt.date, valid_until=pd.to_datetime(last).dt.date,
        value=found["value"].replace("inpatient", ";".join(INPATIENT)), window=found["unit"],
        number=pd.to_numeric(found["value"], errors="coerce").astype("float64"))
    live = (found["valid_from"] < period.end) & (found["valid_until"] >= period.start)
    found = found.assign(rest=found.get("rest", ""))
    return found.loc[live, [*_POINT.names, "rest"]].sort_values(["point_id", "item_code"]).reset_index(drop=True)


def readiness(run: Run, rule: RuleClass, seen: set[str]) -> str:
    """Why a rule class cannot be evaluated; empty when it can."""
    if rule.state["is"] not in _RUNS:
        return f"state {rule.state['is']}（规则未启用）"
    for table in rule.needs:
        if run.w.covers(table, run.period) == 0:
            return f"{table} covers 0 % of {run.period}（{table_words(table)}在{run.period.label}未报送）"
    if not rule.made_of.conditions:
        return ""
    mine = run.points[run.points["rule"] == rule.name]
    if mine.empty:
        return f"no knowledge points live in {run.period}（知识库中没有{run.period.label}有效的知识点）"
    blind = unknown_facts(run, rule)
    if blind and set(mine["condition"]) <= set(blind):
        return (f"{', '.join(sorted({c for cs in blind.values() for c in cs}))} empty in every row"
                f"（{'、'.join(sorted({column_words(cs[0]) for cs in blind.values()}))}全部为空，无法判断）")
    if rule.made_of.keyed == "item" and not set(mine["item_code"]) & seen:
        return (f"none of the {len(mine)} knowledge points' codes occurs in the catalogue or the fee lines"
                f"（{len(mine)}个知识点的编码在目录和费用明细中均未出现）")
    return ""


def unknown_facts(run: Run, rule: RuleClass) -> dict[str, tuple[str, ...]]:
    """Conditions of the rule class's points about which no row tells anything, with the columns that would."""
    conditions = set(run.points.loc[run.points["rule"] == rule.name, "condition"])
    return {c: columns for c, columns in rule.made_of.facts.items()
            if c in conditions and not any(run.w.filled(name) for name in columns)}


def _seen(run: Run, classes: Sequence[RuleClass]) -> set[str]:
    """Item codes of the points that the catalogue knows and, if a rule class has none there, those of the lines."""
    points = run.points[run.points["rule"].isin([c.name for c in classes if c.made_of.keyed == "item"])]
    if points.empty:
        return set()
    codes = run.w.register(pd.DataFrame({"hilist_code": sorted(set(points["item_code"]))}))

    def known(rows: Any, column: str = "hilist_code") -> set[str]:
        found = rows.select(hilist_code=column).semi_join(codes, "hilist_code").distinct()
        return set(run.w.run(found)["hilist_code"])

    listed = known(run.w.hilist_b)
    if points["item_code"].isin(listed).groupby(points["rule"]).any().all():
        return listed
    lines = run.w.fee_list_d.filter(lambda t: run.period.covers(t.fee_ocur_time))
    return listed | known(lines) | (known(lines, "med_list_codg") if run.w.two_codes else set())


def evaluate(w: Any, period: Period, classes: Sequence[RuleClass], given: pd.DataFrame | None = None,
             at_once: int | None = None) -> Run:
    """Hits of the rule classes, all classes of a pattern in one query.

    Parameters
    ----------
    given
        Points instead of those of the knowledge base.
    at_once
        Fee lines looked at together; a larger warehouse is gone through some persons at a time.
    """
    store = knowledge.store_for(w.path) if w.path is not None else None
    run = Run(w, period, spread(w, period, live_points(classes, period, given, store)), place=w)
    ready = _ready(run, classes, given)
    if not ready:
        return run
    groups = _groups(ready)
    for group in (g for g in groups if g[0].made_of.whole):
        _attempt(run, group)
    _by_persons(run, [g for g in groups if not g[0].made_of.whole], at_once)
    broken = {name for name, (state, _) in run.states.items() if state == "error"}
    run.hits = [h[~h["rule"].isin(broken)] for h in run.hits] if broken else run.hits
    return run


def _ready(run: Run, classes: Sequence[RuleClass], given: pd.DataFrame | None) -> list[RuleClass]:
    """Rule classes that can be evaluated; the state of the others says why not."""
    seen = _seen(run, classes) if given is None else set(run.points["item_code"])
    ready, settings = [], []
    for rule in classes:
        reason = readiness(run, rule, seen)
        if reason:
            run.states[rule.name] = ("not evaluable", f"not evaluable: {reason}")
            continue
        try:
            settings.append(_setting(rule, run.period))
            ready.append(rule)
        except Exception as problem:  # the fault of one rule class is reported, not raised
            run.states[rule.name] = _fault(problem)
    if ready:
        run.tables(settings)
    return ready


def _fault(problem: Exception) -> tuple[str, str]:
    told = str(problem).splitlines()[0] if str(problem) else ""
    return "error", f"{type(problem).__name__}: {told}"


def _groups(ready: Sequence[RuleClass]) -> list[list[RuleClass]]:
    """Rule classes by query: all predicates together, then one query per pattern."""
    groups: dict[str, list[RuleClass]] = {}
    for rule in sorted(ready, key=lambda c: ("" if c.made_of.predicate else c.pattern, c.name)):
        groups.setdefault("" if rule.made_of.predicate else rule.pattern, []).append(rule)
    return list(groups.values())


def _by_persons(run: Run, groups: Sequence[Sequence[RuleClass]], at_once: int | None) -> None:
    """Evaluate what is decided by one person's rows: of all persons at once, or of some at a time."""
    if not groups:
        return
    parts = stretches(run.w, "fee_list_d", "psn_no", at_once)
    cut = OfPersons(run.w) if len(parts) > 1 else None
    named = [c for g in groups for c in g if c.made_of.by_points]
    for part in parts:
        if cut is not None:
            cut.turn(part)
            run.statements.clear()  # what narrows lines before netting holds the stretch's bounds
            run.place = cut
        run.pointed = pointed(run.place, run.mine(named), run.period) if named else None
        for group in groups:
            sound = [c for c in group if run.states.get(c.name, ("",))[0] != "error"]
            if sound:
                _attempt(run, sound)


def _attempt(run: Run, group: Sequence[RuleClass]) -> None:
    """Evaluate one group; if it fails, each class alone, so that a broken one does not stop the rest."""
    try:
        run.hits.append(_query(run, group))
        run.states.update({c.name: ("evaluated", "") for c in group})
    except Exception as problem:  # the fault of one rule class is reported, not raised
        if len(group) == 1:
            run.states[group[0].name] = _fault(problem)
            return
        for rule in group:
            _attempt(run, [rule])


def _query(run: Run, group: Sequence[RuleClass]) -> pd.DataFrame:
    """Rows of a group's query, which is compiled once for all parts of the warehouse."""
    key = tuple(c.name for c in group)
    if key not in run.statements:
        run.statements[key] = run.w.compiled(expression(run, group))
    return run.w.again(run.statements[key])


def expression(run: Run, group: Sequence[RuleClass]) -> ir.Table:
    """Hits of a group of rule classes that are evaluated together, as an expression."""
    asked = run.asked(group)
    if group[0].made_of.predicate:
        patterns = list({c.pattern: c.made_of for c in group}.values())
        return line_hits(asked, patterns, set(run.mine(group)["condition"]))
    return group[0].made_of.fn(asked)


def judged(run: Run, classes: Sequence[RuleClass]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Hits that stand, each row with the money at stake (`amount`); and `rule, reason` of every hit before that."""
    known = {c.name: c for c in classes}
    hits = pd.concat(run.hits, ignore_index=True) if run.hits else pd.DataFrame(columns=list(HIT))
    reasons = excluded(run.w, hits, known)
    claims = {n: c.made_of.claims for n, c in known.items()}
    kept = hits[reasons == ""]
    ids = {c: set(kept.loc[kept["rule"].map(claims) == c, "id"]) for c in set(claims.values())}
    by_group = _money.paid_by_group(run.w, set(kept.loc[kept["rule"].map(claims) == "line", "mdtrt_id"]) - {""})
    staked = _money.stakes(kept, _money.funds(run.w, ids), claims, by_group)
    return staked, pd.DataFrame({"rule": hits["rule"], "reason": reasons})


def findings(run: Run, classes: Sequence[RuleClass]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Findings and coverage of an evaluation."""
    staked, reasons = judged(run, classes)
    made, told = [], []
    for rule in classes:
        found = _made(run, rule, staked[staked["rule"] == rule.name])
        shadow = rule.state["is"] == "shadow"
        notes = _notes(run, rule, reasons[reasons["rule"] == rule.name]["reason"], staked, shadow)
        told.append(_coverage(run, rule, found, notes))
        made.append(empty() if shadow else found)
    filled = [m for m in made if len(m)]
    return (pd.concat(filled, ignore_index=True) if filled else empty(),
            pd.DataFrame(told, columns=ANSWERS["coverage"].names))


def _made(run: Run, rule: RuleClass, hits: pd.DataFrame) -> pd.DataFrame:
    if rule.loss == "none":
        paid = hits.assign(amount=pd.Series([Decimal(0)] * len(hits), index=hits.index, dtype="object"))
    else:
        paid = hits[hits["item_amount"].map(lambda a: a > 0).astype(bool)]
    score = knowledge.fact("rules", _SCORES[rule.tier], run.period.end - timedelta(days=1))
    told = run.points[run.points["rest"] != ""]
    rest = {str(i): str(r) for i, r in zip(told["point_id"], told["rest"], strict=True)}
    rows = _money.grouped(rule, paid, float(score), rest)
    return findings_of(rows, found_by=rule.name, version=rule.version, tier=rule.tier, subject=rule.subject,
                       period=run.period, basis=rule.basis, data_version=run.w.data_version)


_SCORES = {"疑点": "score_closed", "线索": "score_lead", "监测": "score_monitor"}


def _notes(run: Run, rule: RuleClass, reasons: pd.Series, staked: pd.DataFrame, shadow: bool) -> list[str]:
    notes = [f"{count}条命中有合理解释（{reason_words(str(reason))}），已排除"
             for reason, count in reasons[reasons != ""].value_counts().items()]
    aside = left_out(run.w, run.period, rule)
    notes += [f"{count}条{reason_words(reason)}不参与比对" for reason, count in aside.items() if count]
    mine = staked[staked["rule"] == rule.name]
    unpaid = int((mine["item_amount"].map(float) == 0).sum()) if len(mine) and rule.loss != "none" else 0
    if unpaid:
        notes.append(f"{unpaid}条命中未涉及基金支付，不列为发现")
    by_group = int(mine["by_group"].sum()) if rule.loss != "none" else 0
    if by_group:
        notes.append(f"{by_group}条命中在按病组付费的住院内，基金损失按组差计，组别不变为0元")
    if shadow:
        notes.append(f"影子运行：只计量（命中{len(mine)}条），不列为发现")
    for columns in dict.fromkeys(unknown_facts(run, rule).values()):
        notes.append(f"{column_words(columns[0])}全部为空，涉及的知识点未评价")
    for table in rule.needs:
        share = run.w.covers(table, run.period)
        if 0 < share < 1:
            notes.append(f"{table_words(table)}只覆盖{run.period.label}的{share * 100:.0f}%")
    return notes if run.states[rule.name][0] == "evaluated" else []


def _coverage(run: Run, rule: RuleClass, found: pd.DataFrame, notes: list[str]) -> list:
    state, reason = run.states[rule.name]
    amount = sum(found["amount"], start=Decimal(0))
    told = "；".join([reason, *notes] if reason else notes)
    return [rule.name, "rule", rule.title.zh, str(run.period), state, told, len(found), amount, run.w.data_version]


def run_rules(w: Any, period: Period | str, classes: Sequence[RuleClass],
              given: pd.DataFrame | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Evaluate and report; raises only for a period that is not one."""
    span = Period.parse(period)
    if not classes:
        raise Refusal("no rule class chosen", "name at least one, or none for all", "usage")
    return findings(evaluate(w, span, classes, given), classes)

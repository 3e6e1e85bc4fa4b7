"""Leads: findings in, money counted once, ranked and explained leads out."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa

from yb_analytics import knowledge
from yb_analytics.leads._allocation import allocate
from yb_analytics.leads._capacity import Draw, draw, drawn, redrawn
from yb_analytics.leads._chances import waterfall
from yb_analytics.leads._explanation import Explanation, explanation, table_html
from yb_analytics.leads._feedback import export as export_feedback
from yb_analytics.leads._feedback import take as take_feedback
from yb_analytics.leads._learning import Lesson, learn
from yb_analytics.leads._life import due_day, events, record, standing
from yb_analytics.leads._making import lead_id, leads_of, pooled
from yb_analytics.leads._themes import ACCOUNT, THEMES, schemes
from yb_analytics.leads._yield import Yield, estimates, savings
from yb_analytics.schema import ANSWERS, Period, Refusal
from yb_analytics.schema.text import yuan

__all__ = ["THEMES", "Draw", "Explanation", "Lesson", "Screening", "Yield", "allocate", "draw", "drawn", "estimates",
           "events", "explain", "export_feedback", "lead_id", "leads", "leads_of", "learn", "overdue", "pooled",
           "record", "redrawn", "savings", "screen", "standing", "take_feedback", "waterfall"]


@dataclass(frozen=True)
class Screening:
    """What a screening found.

    Attributes
    ----------
    findings, leads, coverage, evidence
        In the columns of `schema.ANSWERS`.
    period, text
        The span, and the result in a Chinese sentence.
    """

    findings: pd.DataFrame
    leads: pd.DataFrame
    coverage: pd.DataFrame
    period: Period
    text: str
    evidence: pd.DataFrame

    def _repr_html_(self) -> str:
        shown = self.leads.head(20)[["subject_id", "theme", "tier", "score", "amount", "why"]]
        return f"<p>{html.escape(self.text)}</p>{table_html(shown)}"


def screen(w, period: str | Period, progress: bool = True, keep: bool = True) -> Screening:
    """Run all rules and detectors over a period and make leads of what they find.

    Parameters
    ----------
    w
        A warehouse.
    period
        `2025`, `2025Q2`, `2025-06` …
    progress
        Print which part is running.
    keep
        Store findings, leads and coverage in the warehouse (where it is on disk).

    Returns
    -------
    Screening

    Raises
    ------
    Refusal
        When the warehouse holds nothing in the period.
    """
    period = Period.parse(period)
    if max(w.covers(t, period) for t in ("setl_d", "mdtrt_d", "fee_list_d", "drug_trace_d")) <= 0:
        raise Refusal(f"no care in {period}", f"the warehouse covers {w.periods.text}", "empty")
    findings, coverage, evidence, models = _found(w, period, progress)
    known = schemes()
    claims = allocate(w, findings, {name: pot for name, (_scheme, pot) in known.items()})
    made = leads_of(w, findings, claims, period, known)
    points = knowledge.origin(knowledge.store_for(w.path) if w.path is not None else None)
    done = Screening(findings, made, coverage, period, f"{_text(made, coverage, period)}{points}。", evidence)
    if keep and w.path is not None:
        _keep(w, done, models)
    return done


def _found(w, period: Period, progress: bool) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Findings, coverage and evidence of all rules and detectors, and the frozen models that scored them."""
    from yb_analytics.detectors import run as run_detectors
    from yb_analytics.rules import run as run_rules

    def told(name: str) -> None:
        if progress:
            print(f"screening {period}: {name} …", flush=True)

    models: dict[str, Any] = {}
    told("rules")
    by_rules = run_rules(w, period)
    told("detectors")
    by_detectors = run_detectors(w, period, models=models)
    found = [f for f in (by_rules[0], by_detectors.findings) if len(f)]
    findings = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=ANSWERS["finding"].names)
    coverage = pd.concat([by_rules[1], by_detectors.coverage], ignore_index=True)
    return findings, coverage, by_detectors.evidence, models


def _keep(w, done: Screening, models: dict) -> None:
    """Answers and the frozen models that scored them, under the version of the data."""
    from yb_analytics.warehouse import store, store_model

    for name, frame in (("finding", done.findings), ("lead", done.leads), ("coverage", done.coverage),
                        ("evidence", done.evidence)):
        store(w.path, name, frame, done.period, w.data_version)
    for name, model in models.items():
        facts = {"detector": name, "period": str(done.period), "data_version": w.data_version}
        store_model(w.path, name, model.to_arrays(), facts)


def _text(made: pd.DataFrame, coverage: pd.DataFrame, period: Period) -> str:
    state = coverage["state"].value_counts()
    known = f"共{len(coverage)}项规则与模型，已评价{state.get('evaluated', 0)}项"
    if state.get("not evaluable", 0):
        known += f"，无法评价{state['not evaluable']}项"
    if state.get("error", 0):
        known += f"，出错{state['error']}项"
    if made.empty:
        return f"{period.label}：{known}；未发现线索。"
    account = made["theme"].eq(ACCOUNT)
    total, beside = sum(made.loc[~account, "amount"]), sum(made.loc[account, "amount"])
    side = f"，另涉个人账户{yuan(beside)}" if beside else ""
    tiers = "、".join(f"{t}{n}条" for t, n in made["tier"].value_counts().items())
    return f"{period.label}：{known}；形成线索{len(made)}条（{tiers}），涉及基金{yuan(total)}（不重复计算）{side}。"


def leads(w, period: str | Period | None = None, county: str | None = None):
    """Stored leads as an Ibis table, most worth checking first, each with where it stands and until when.

    Parameters
    ----------
    w
        A warehouse on disk that was screened.
    period, county
        Restrict to one screened period, to one county.
    """
    stored = w.stored("lead", None if period is None else Period.parse(period))
    if county is not None:
        stored = stored.filter(stored.county == county)
    told = standing(w)
    if len(told):
        stored = _with_standing(w, stored, told)
    return stored.order_by([stored.priority.desc(), stored.lead_id])


def _with_standing(w, stored, told: pd.DataFrame):
    """Leads with the state, office and clock their events give them."""
    tiers = w.run(stored.filter(stored.lead_id.isin(list(told.index))).select("lead_id", "tier"))
    told = told.join(tiers.drop_duplicates("lead_id").set_index("lead_id"), how="inner").reset_index()
    if told.empty:
        return stored
    since = pd.to_datetime(told["since"]).dt.date
    due = [due_day(s, t, d, w.as_of) for s, t, d in zip(told["state"], told["tier"], since, strict=True)]
    now = pa.table({"lead_id": told["lead_id"], "now": told["state"], "by": pa.array(told["owner"], pa.string()),
                    "until": pa.array(due, pa.date32())})
    rows = stored.left_join(w.register(now), "lead_id")
    moved = rows.now.notnull()
    return rows.mutate(state=ibis.coalesce(rows.now, rows.state), owner=ibis.coalesce(rows.by, rows.owner),
                       due=moved.ifelse(rows.until, rows.due))[stored.columns]


def overdue(w, on=None, period: str | Period | None = None) -> pd.DataFrame:
    """Leads whose clock has run out, longest first.

    Parameters
    ----------
    w
        A screened warehouse.
    on
        Day the clocks are read; the last day of the data by default.
    period
        Restrict to one screened period.

    Returns
    -------
    pandas.DataFrame
        Leads with `late_days` (working days past the due day).
    """
    on = on or w.as_of
    rows = leads(w, period)
    late = w.run(rows.filter(rows.due < on.isoformat()))
    days = [knowledge.working_days_between(d.date() if hasattr(d, "date") else d, on) for d in late["due"]]
    return late.assign(late_days=days).sort_values(["late_days", "lead_id"], ascending=[False, True], ignore_index=True)


def explain(w, lead: str, screening: Screening | None = None) -> Explanation:
    """What stands behind a lead.

    Parameters
    ----------
    w
        The warehouse.
    lead
        Id of the lead.
    screening
        Where the lead was made; read from the warehouse when absent.
    """
    if screening is None:
        table = w.stored("lead")
        found, findings = w.run(table.filter(table.lead_id == lead)), w.stored("finding")
    else:
        found, findings = screening.leads[screening.leads["lead_id"] == lead], screening.findings
    if found.empty:
        raise Refusal(f"no lead {lead}", "take an id from yb.leads(w)", "usage")
    row = found.iloc[0]
    if not isinstance(findings, pd.DataFrame):
        findings = w.run(findings.filter(findings.finding_id.isin(list(row["finding_ids"]))))
    limit = int(knowledge.fact("leads", "lines", w.as_of))
    return explanation(w, row, findings, limit)

"""Proof by planted truth: every plainly planted scheme is found, and an honest city is left alone.

The truth is read here and nowhere in the package: a unit that peeks at it would be a defect.
"""

from __future__ import annotations

import pandas as pd
import pytest

from yb_analytics.city.schemes import schemes
from yb_analytics.detectors import shelf as detectors
from yb_analytics.leads import screen
from yb_analytics.rules import shelf as rules
from yb_analytics.schema import Period
from yb_analytics.warehouse import open_warehouse

YEAR = Period.parse("2025")
PLANTED = [n for n in schemes.names if not n.startswith("innocent_")]


def caught_by(unit) -> tuple[str, ...]:
    """Schemes a rule or detector catches."""
    told = unit.catches
    return ((told,) if told else ()) if isinstance(told, str) else told


CAUGHT = {c for shelf in (rules, detectors) for u in shelf.values() for c in caught_by(u)}
WAITING = frozenset({
    "doctor_overload", "drg_upcoding", "drug_resale", "fabricated_services",
    "frequent_visits", "item_surge", "large_prescription", "needless_exams", "over_treatment",
    "threshold_bunching",
})
"""Planted, and caught by no rule and no detector yet: their detectors are those of the next issue."""
TOP = 10
"""How deep in the leads of its own theme a planted subject may stand."""


@pytest.fixture(scope="module")
def screened(planted_city):
    w = open_warehouse(planted_city / "warehouse")
    return screen(w, w.periods, progress=False, keep=False)  # a scheme may lie in any of its months


@pytest.fixture(scope="module")
def truth(planted_city) -> pd.DataFrame:
    rows = pd.concat([pd.read_parquet(p) for p in sorted((planted_city / "city" / "truth").glob("*.parquet"))])
    return rows[rows["kind"] == "scheme"]


def test_schemes_that_wait_for_a_detector_are_those_said():
    """Both ways: a scheme that something catches waits no longer, and nothing waits unsaid."""
    assert set(PLANTED) - CAUGHT == WAITING
    assert set(PLANTED) >= CAUGHT


def test_every_scheme_left_truth_with_subjects_of_its_own(truth):
    """Nothing is planted in vain, and no institution or employer stands for two schemes."""
    assert set(truth["scheme"]) == set(PLANTED)
    owned = truth[truth["subject"].isin(["institution", "employer"])]
    twice = owned[owned.duplicated("subject_id", keep=False)]
    assert twice.empty, twice[["subject_id", "scheme"]].to_string()


@pytest.mark.parametrize("scheme", sorted(CAUGHT))
def test_planted_scheme_is_found(screened, truth, scheme):
    names = {n for s in (rules, detectors) for n, u in s.items() if scheme in caught_by(u)}
    found = screened.findings[screened.findings["found_by"].isin(names) & (screened.findings["score"] >= 0.5)]
    assert len(found), f"{sorted(names)} found nothing of {scheme}"
    ids = {i for ids in truth.loc[truth["scheme"] == scheme, "locator"] for i in ids}
    subjects = set(truth.loc[truth["scheme"] == scheme, "subject_id"])
    located = found["locator"].map(lambda where: bool(ids & set(where))).astype(bool)
    hit = found[found["subject_id"].isin(subjects) | located]
    assert len(hit), f"{sorted(names)} found something, but nothing that was planted as {scheme}"
    places = screened.leads.sort_values("priority", ascending=False).groupby("theme").cumcount()
    told = {f for ids in screened.leads.loc[places < TOP, "finding_ids"] for f in ids}
    assert set(hit["finding_id"]) & told, f"{scheme} is not among the first {TOP} leads of its theme"


def test_every_unit_was_evaluated_or_waits_for_knowledge_points(screened):
    wrong = screened.coverage[screened.coverage["state"] != "evaluated"]
    wrong = wrong[~wrong["reason"].str.contains("knowledge points|知识点")]
    assert wrong.empty, wrong[["found_by", "state", "reason"]].to_string()


def test_honest_city_is_left_alone(honest_city):
    w = open_warehouse(honest_city / "warehouse")
    result = screen(w, YEAR, progress=False, keep=False)
    accused = result.findings[result.findings["score"] >= 0.5]
    assert accused.empty, accused[["found_by", "subject_id", "score", "why"]].to_string()


def test_leads_never_claim_more_than_the_fund_paid(screened, planted_city):
    w = open_warehouse(planted_city / "warehouse")
    s = w.valid_settlements
    paid = w.run(s.aggregate(fund=s.fund_pay_sumamt.sum(), account=s.acct_pay.sum())).iloc[0]
    amounts = screened.leads["amount"].astype(float)
    account = screened.leads["theme"] == "个人账户"
    assert 0 < amounts[~account].sum() <= paid["fund"]
    assert amounts[account].sum() <= paid["account"]

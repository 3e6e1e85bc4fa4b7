"""Leads: money counted once, ids that stay, explanations that escape."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import screened as city
from yb_analytics.leads import (
    _allocation,
    allocate,
    explain,
    leads,
    leads_of,
    pooled,
    schemes,
    screen,
)
from yb_analytics.schema import ANSWERS, Period, Refusal
from yb_analytics.schema.finding import findings_of
from yb_analytics.warehouse import ingest, open_warehouse

YEAR = Period.parse("2025")


@pytest.fixture(scope="module")
def planted():
    tables = city.honest()
    for plant in (city.split, city.drain, city.meet, city.resell, city.hoard):
        tables = plant(tables)
    return city.warehouse(tables)


@pytest.fixture(scope="module")
def done(planted):
    return screen(planted, YEAR, progress=False)


def small():
    """Two settlements with two lines each, and one without lines."""
    setl = pd.DataFrame({
        "setl_id": ["s1", "s2", "s3"], "mdtrt_id": ["m1", "m2", "m3"], "psn_no": "p", "fixmedins_code": "h",
        "setl_time": "2025-03-01 10:00", "med_type": "11", "insu_admdvs": "330421",
        "medfee_sumamt": [100, 50, 30], "inscp_amt": [100, 50, 30], "fund_pay_sumamt": [60.01, 40, 20],
        "acct_pay": [10, 0, 5]})
    lines = pd.DataFrame({
        "bkkp_sn": ["a", "b", "c", "d"], "mdtrt_id": ["m1", "m1", "m2", "m2"], "setl_id": ["s1", "s1", "s2", "s2"],
        "psn_no": "p", "fixmedins_code": "h", "fee_ocur_time": "2025-03-01 09:00", "cnt": 1, "hilist_code": "X",
        "det_item_fee_sumamt": [75, 25, 25, 25], "inscp_amt": [75, 25, 25, 25]})
    return city.in_memory({"setl_d": setl, "fee_list_d": lines})


def finding(found_by, locator, grain, amount, tier="疑点", score=1.0, estimated=False):
    hits = pd.DataFrame({"subject_id": ["h"], "locator": [locator], "grain": [grain], "amount": [amount],
                         "score": [score], "why": ["例。"], "estimated": [estimated]})
    return findings_of(hits, period=YEAR, data_version="memory", found_by=found_by, version="1", tier=tier,
                       subject="institution", basis="条例")


def claimed(w, *findings, pots=None):
    claims = allocate(w, pd.concat(findings, ignore_index=True), pots)
    return claims.groupby("finding_id")[["fund_fen", "account_fen"]].sum()


def test_exact_claims_before_estimated_and_nobody_claims_twice():
    w = small()
    line = finding("rule", ["a"], "line", 45.01)
    whole = finding("model", ["s1"], "settlement", 60.01, tier="线索", score=0.9, estimated=True)
    got = claimed(w, whole, line)
    assert got.loc[line["finding_id"][0], "fund_fen"] == 4501
    assert got.loc[whole["finding_id"][0], "fund_fen"] == 1500


def test_a_finding_never_claims_above_its_own_amount():
    w, cheap = small(), finding("rule", ["a", "b"], "line", 3.33)
    assert claimed(w, cheap).loc[cheap["finding_id"][0], "fund_fen"] == 333


def test_a_refund_that_names_no_payment_is_claimed_with_the_payment_it_takes_back():
    setl = pd.DataFrame({
        "setl_id": ["s1", "r1"], "mdtrt_id": "m1", "psn_no": "p", "fixmedins_code": "h", "med_type": "11",
        "setl_time": ["2025-03-01 10:00", "2025-03-02 10:00"], "refd_setl_flag": ["0", "1"],
        "medfee_sumamt": [100, -30], "inscp_amt": [100, -30], "fund_pay_sumamt": [60, -20], "acct_pay": 0})
    lines = pd.DataFrame({
        "bkkp_sn": ["a", "b"], "mdtrt_id": "m1", "setl_id": ["s1", "r1"], "psn_no": "p", "fixmedins_code": "h",
        "fee_ocur_time": "2025-03-01 09:00", "cnt": 1, "hilist_code": "X", "det_item_fee_sumamt": [70, 30],
        "inscp_amt": [70, 30]})
    w = city.in_memory({"setl_d": setl, "fee_list_d": lines})
    assert w.run(w.settlement_chains).values.tolist() == [["r1", "s1"]]
    both = finding("rule", ["a", "b"], "line", 100)
    got = allocate(w, both)
    assert set(got["setl_id"]) == {"s1"}
    assert got["fund_fen"].sum() == 4000


def test_a_settlement_without_lines_and_a_stay_are_claimed_whole():
    w = small()
    bare, stay = finding("x", ["s3"], "settlement", 99), finding("y", ["m2"], "stay", 99)
    got = claimed(w, bare, stay)
    assert got.loc[bare["finding_id"][0], "fund_fen"] == 2000
    assert got.loc[stay["finding_id"][0], "fund_fen"] == 4000


def test_account_money_is_a_pot_of_its_own():
    w, drain = small(), finding("drain", ["s1", "s3"], "settlement", 15, estimated=True)
    got = claimed(w, drain, pots={"drain": "account"}).loc[drain["finding_id"][0]]
    assert (got["fund_fen"], got["account_fen"]) == (0, 1500)


tiers, estimated = st.sampled_from(["疑点", "线索", "监测"]), st.booleans()
places = st.lists(st.integers(0, 9), min_size=1, max_size=6, unique=True)
row = st.tuples(places, st.integers(0, 2000), tiers, estimated, st.floats(0, 1))


@settings(max_examples=60, deadline=None)
@given(st.lists(row, min_size=1, max_size=8), st.integers(0, 2**16))
def test_the_total_never_exceeds_what_was_paid_and_each_line_is_claimed_once(told, seed):
    rng = np.random.default_rng(seed)
    lines = pd.DataFrame({"line_id": [f"l{i}" for i in range(10)], "setl_id": [f"s{i // 3}" for i in range(10)],
                          "fund": rng.integers(0, 900, 10), "account": rng.integers(0, 300, 10)})
    lines["paid"] = lines.groupby("setl_id")["fund"].transform("sum") - rng.integers(0, 2)
    lines["paid"] = lines["paid"].clip(lower=0)
    lines["all_account"] = lines.groupby("setl_id")["account"].transform("sum")
    findings = pd.DataFrame([
        {"finding_id": f"f{i}", "found_by": f"d{i % 3}", "tier": tier, "score": score, "estimated": rough,
         "amount": Decimal(fen) / 100, "grain": "line", "locator": [f"l{k}" for k in at]}
        for i, (at, fen, tier, rough, score) in enumerate(told)])
    ordered = _allocation.ranked(findings)
    spots = _allocation.located(ordered).merge(lines, left_on="id", right_on="line_id")
    claims = _allocation.settle(ordered, spots, {"d2": "account"})
    assert claims["line_id"].is_unique and (claims[["fund_fen", "account_fen"]] >= 0).all().all()
    by_settlement = claims.groupby("setl_id")["fund_fen"].sum()
    assert (by_settlement <= lines.groupby("setl_id")["paid"].first().reindex(by_settlement.index)).all()
    own = findings.set_index("finding_id")["amount"].map(lambda a: int(a * 100))
    pool = claims[~claims["finding_id"].isin(findings.loc[findings["found_by"] == "d2", "finding_id"])]
    spent = pool.groupby("finding_id")["fund_fen"].sum()
    assert (spent <= own.reindex(spent.index)).all()
    shuffled = findings.sample(frac=1, random_state=seed % 1000)
    order = _allocation.ranked(shuffled)
    again = _allocation.settle(order, _allocation.located(order).merge(lines, left_on="id", right_on="line_id"),
                               {"d2": "account"})
    key = ["line_id"]
    pd.testing.assert_frame_equal(claims.sort_values(key).reset_index(drop=True),
                                  again.sort_values(key).reset_index(drop=True))


def test_leads_have_the_shape_and_the_money_is_within_what_was_paid(planted, done):
    assert list(done.leads.columns) == ANSWERS["lead"].names and done.leads["lead_id"].is_unique
    fund = done.leads.loc[done.leads["theme"] != "个人账户", "amount"].sum()
    paid = planted.run(planted.valid_settlements.aggregate(s=planted.valid_settlements.fund_pay_sumamt.sum()))["s"][0]
    assert 0 < fund <= Decimal(str(paid)) and (done.leads["amount"] >= 0).all()
    at_stake = done.findings.set_index("finding_id")["amount"]
    for row in done.leads.itertuples():
        assert row.amount <= at_stake.loc[list(row.finding_ids)].sum()


def test_planted_subjects_lead_the_list(done):
    top = set(done.leads.head(8)["subject_id"])
    assert {"H03", "P03", "p1"} <= top and (done.leads.head(8)["subject"] == "group").any()
    assert (done.leads.set_index("subject_id").loc["P07", "score"] >= 0.5).all()


def test_leads_do_not_depend_on_the_order_of_findings(planted, done):
    known = schemes()
    shuffled = done.findings.sample(frac=1, random_state=3).reset_index(drop=True)
    claims = allocate(planted, shuffled, {n: pot for n, (_s, pot) in known.items()})
    again = leads_of(planted, shuffled, claims, YEAR, known)
    pd.testing.assert_frame_equal(again, done.leads)


def test_two_detectors_of_one_thing_are_one_witness():
    rows = pd.DataFrame({"subject": "institution", "subject_id": "h", "theme": "药品追溯", "scheme": "trace_reuse",
                         "score": [0.6, 0.5]})
    assert pooled(rows).tolist() == [0.6]


def test_every_sentence_is_chinese_and_names_the_money(done):
    for why in done.leads["why"]:
        assert why.endswith("。") and "不重复计算" in why and "发现" in why


def test_an_explanation_reaches_the_rows_and_escapes(planted, done):
    lead = done.leads.iloc[0]
    told = explain(planted, lead["lead_id"], done)
    assert 0 < len(told.lines) <= 200 and "不是违规结论" in told.text
    evil = "<script>alert(1)</script>"
    told.findings.loc[0, "why"] = evil
    assert evil not in told._repr_html_() and "&lt;script&gt;" in told._repr_html_()
    assert "<table>" in done._repr_html_()


def test_an_unknown_lead_and_an_empty_period_are_refused(planted, done):
    with pytest.raises(Refusal, match="no lead L0"):
        explain(planted, "L0", done)
    with pytest.raises(Refusal, match="no care in 2019"):
        screen(planted, "2019", progress=False)


def test_due_days_are_working_days(done):
    assert all(d.weekday() < 5 for d in done.leads["due"])


def test_priority_is_within_the_money_told(planted, done):
    known = schemes()
    claims = allocate(planted, done.findings, {n: pot for n, (_s, pot) in known.items()})
    money = claims.set_index("finding_id")[["fund_fen", "account_fen"]].sum(axis=1) / 100
    for row in done.leads.itertuples():
        told = money[money.index.isin(list(row.finding_ids))].sum()
        assert 0 <= row.priority <= told + 0.01
        assert row.priority <= float(row.amount) + 0.01 or "另涉个人账户" in row.why
    account = done.leads["theme"] == "个人账户"
    assert account.any() and done.leads.loc[account, "why"].str.contains("涉及个人账户").all()
    assert "另涉个人账户" in done.text


def test_what_could_be_evaluated_has_an_empty_reason(done):
    evaluated = done.coverage[done.coverage["found_by"].isin(["split_stays", "hoarding", "trace_reuse"])]
    assert evaluated["state"].eq("evaluated").all() and evaluated["reason"].tolist() == ["", "", ""]


def test_a_stored_screening_is_read_again_and_explained(tmp_path):
    tables = city.split(city.drain(city.honest(persons=300)))
    for name, frame in tables.items():
        (tmp_path / "data" / name).mkdir(parents=True)
        frame.to_parquet(tmp_path / "data" / name / "all.parquet", index=False)
    ingest(tmp_path / "data", tmp_path / "w", progress=False)
    w = open_warehouse(tmp_path / "w")
    made = screen(w, YEAR, progress=False, keep=True)
    again = open_warehouse(tmp_path / "w")
    stored = again.run(leads(again, "2025"))
    assert stored["lead_id"].tolist() == made.leads["lead_id"].tolist()
    assert stored["amount"].round(2).tolist() == made.leads["amount"].astype(float).round(2).tolist()
    one = made.leads["county"].dropna().iloc[0]
    assert set(again.run(leads(again, county=one))["county"]) == {one}
    first = stored["lead_id"][0]
    told, fresh = explain(again, first), explain(w, first, made)
    assert told.text == fresh.text and len(told.lines) == len(fresh.lines) > 0
    assert set(told.findings["finding_id"]) == set(fresh.findings["finding_id"])
    assert "<table>" in told._repr_html_() and "结算ID" in told._repr_html_()
    arrays, facts = again.model("account_drain")
    assert facts["data_version"] == again.data_version and arrays

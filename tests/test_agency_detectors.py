"""Detectors of the agency: for, against, shifts and machines, logs that do not say enough."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.small import YEAR, found, settled, tables, why_not
from yb_analytics.detectors import run
from yb_analytics.warehouse import in_memory

LAST = [settled("z", "z", "2025-12-30 10:00")]


# Payouts.

def payouts(agency: str, days: int, n: int = 30, start: str = "2025-02-03", **more) -> list[dict]:
    out = []
    for i in range(n):
        declared = pd.Timestamp(start) + pd.Timedelta(days=7 * i)
        out.append({"dfr_id": f"{agency}{i}", "insu_admdvs": agency, "dfr_notc_type": "institution",
                    "dfr_obj_code": "H1", "dfr_sumamt": 1000.0, "dcla_time": declared,
                    "pay_time": declared + pd.Timedelta(days=days)} | more)
    return out


PROMPT = [r for a in ("330411", "330421", "330424") for r in payouts(a, 14)]


def test_an_agency_that_pays_weeks_after_the_term_is_found():
    hit = found("late_payment", tables(setl_d=LAST, med_dfr_d=PROMPT + payouts("330402", 75)))
    assert hit["subject_id"].tolist() == ["330402"] and hit["score"][0] >= 0.5 and hit["tier"][0] == "监测"
    assert hit["locator"][0][0].startswith("med_dfr_d:330402") and "工作日" in hit["why"][0]


def test_holidays_count_as_no_days_and_what_is_not_due_is_not_late():
    over_holiday = payouts("330402", 47, n=25, start="2025-01-20")  # 30 working days with the spring festival
    assert found("late_payment", tables(setl_d=LAST, med_dfr_d=PROMPT + over_holiday[:1] * 25)).empty
    not_due = payouts("330402", 0, n=25, pay_time=None, dcla_time="2025-12-20")
    assert found("late_payment", tables(setl_d=LAST, med_dfr_d=PROMPT + not_due)).empty


def test_a_county_scores_the_same_alone_as_among_all():
    models: dict = {}
    whole = run(in_memory(tables(setl_d=LAST, med_dfr_d=PROMPT + payouts("330402", 75))), YEAR, ["late_payment"],
                models=models).findings
    alone = run(in_memory(tables(setl_d=LAST, med_dfr_d=payouts("330402", 75))), YEAR, ["late_payment"],
                models=models).findings
    pd.testing.assert_frame_equal(whole[["subject_id", "score", "why"]], alone[["subject_id", "score", "why"]])


def test_what_is_never_paid_is_late_and_a_city_that_pays_late_alike_names_nobody():
    never = payouts("330402", 0, pay_time=None)
    assert found("late_payment", tables(setl_d=LAST, med_dfr_d=PROMPT + never))["score"][0] >= 0.5
    slow = [r for a in ("330411", "330421", "330424", "330402") for r in payouts(a, 60)]
    assert found("late_payment", tables(setl_d=LAST, med_dfr_d=slow)).empty


def test_clocks_and_agencies_have_to_be_held():
    bare = [{k: v for k, v in r.items() if k != "dcla_time"} for r in PROMPT]
    assert "dcla_time" in why_not("late_payment", tables(setl_d=LAST, med_dfr_d=bare))
    assert "fewer than 3" in why_not("late_payment", tables(setl_d=LAST, med_dfr_d=payouts("330402", 14)))


# Reviews.

def reviews(agency: str, same: int, n: int = 40, machine: str = "") -> list[dict]:
    out = []
    for i in range(n):
        first = machine or f"r{i % 7}"
        for stage, who in (("1", first), ("2", first if i < same else f"q{i % 5}")):
            out.append({"review_id": f"{agency}{i}_{stage}", "insu_admdvs": agency, "setl_id": f"{agency}s{i}",
                        "review_stage": stage, "reviewer_id": who,
                        "review_time": f"2025-05-{i % 28 + 1:02d} 10:0{stage}"})
    return out


def test_second_reviews_by_the_first_account_are_found():
    hit = found("same_reviewer", tables(review_d=reviews("330402", 25) + reviews("330411", 0)))
    assert hit["subject_id"].tolist() == ["330402"] and hit["score"][0] >= 0.5
    assert len(hit["locator"][0]) == 25 and hit["locator"][0][0].startswith("review_d:")


def test_a_few_a_machine_and_unnamed_reviewers_are_no_pair():
    assert found("same_reviewer", tables(review_d=reviews("330402", 3))).empty
    machine = reviews("330402", 600, n=1200, machine="auto")
    assert "first and a second" in why_not("same_reviewer", tables(review_d=machine))
    unnamed = [r | {"reviewer_id": None} if r["review_stage"] == "1" else r for r in reviews("330402", 25)]
    assert "first and a second" in why_not("same_reviewer", tables(review_d=unnamed))


# Operations.

def operations(clerk: str, n: int = 40, night: int = 0, **more) -> list[dict]:
    out = []
    for i in range(n):
        at = pd.Timestamp("2025-03-03") + pd.Timedelta(days=i, hours=1 if i < night else 10, minutes=7)
        out.append({"oper_id": f"{clerk}_{i}", "insu_admdvs": "330402", "opter_id": clerk, "oper_time": at,
                    "oper_type": "pay", "obj_table": "med_dfr_d", "obj_id": f"o{i}", "aprv_flag": "1"} | more)
    return out


OFFICE = [r for c in range(10) for r in operations(f"c{c}")]


def test_a_clerk_who_pays_at_night_is_found_with_the_operations():
    hit = found("night_operations", tables(oper_log_d=OFFICE + operations("x", night=25)))
    assert hit["subject_id"].tolist() == ["x"] and hit["score"][0] >= 0.5
    assert len(hit["locator"][0]) == 25 and hit["subject"][0] == "agency"


def test_shifts_machines_queries_and_bare_dates_are_no_night_work():
    shifts = [r for c in range(10) for r in operations(f"c{c}", night=12)]
    assert found("night_operations", tables(oper_log_d=shifts)).empty
    machine = [operations("m")[0] | {"oper_id": f"m{i}", "oper_time": pd.Timestamp("2025-04-01")
                                     + pd.Timedelta(seconds=84 * i + 30)} for i in range(1000)]
    assert found("night_operations", tables(oper_log_d=OFFICE + machine)).empty
    query = operations("x", night=25, oper_type="query")
    assert found("night_operations", tables(oper_log_d=OFFICE + query)).empty
    dates = [r | {"oper_time": r["oper_time"].normalize()} for r in OFFICE + operations("x", night=25)]
    assert "time of day" in why_not("night_operations", tables(oper_log_d=dates))


def test_edits_nobody_approved_are_found_and_where_nobody_approves_nobody_is_named():
    edits = [r | {"oper_type": "edit", "obj_table": "psn_insu_d"} for r in OFFICE]
    alone = operations("x", oper_type="edit", obj_table="psn_insu_d", aprv_flag="0")
    hit = found("unapproved_edits", tables(oper_log_d=edits + alone))
    assert hit["subject_id"].tolist() == ["x"] and hit["score"][0] >= 0.5 and "参保" in hit["why"][0]
    free = [r | {"aprv_flag": "0"} for r in edits]
    assert found("unapproved_edits", tables(oper_log_d=free + alone)).empty
    unsaid = [r | {"aprv_flag": None} for r in alone]
    assert found("unapproved_edits", tables(oper_log_d=edits + unsaid)).empty


@pytest.mark.parametrize(("name", "column"), [("night_operations", "opter_id"), ("unapproved_edits", "aprv_flag")])
def test_logs_without_the_column_are_not_evaluable(name, column):
    bare = [{k: v for k, v in r.items() if k != column} | {"oper_type": "edit"} for r in OFFICE]
    assert column in why_not(name, tables(oper_log_d=bare))


# Access.

def reads(clerk: str, days: int = 60, large: int = 0, **more) -> list[dict]:
    return [{"access_id": f"{clerk}_{i}", "insu_admdvs": "330402", "opter_id": clerk,
             "access_time": pd.Timestamp("2025-03-03 10:00") + pd.Timedelta(days=i), "obj_table": "psn_info_b",
             "row_cnt": 40_000 if i < large else 5 + i % 30, "export_flag": "0", "grant_flag": "1"} | more
            for i in range(days)]


READERS = [r for c in range(30) for r in reads(f"c{c}")]


def test_an_account_that_takes_the_register_home_is_found():
    taken = [r | {"grant_flag": "0"} if r["row_cnt"] > 1000 else r for r in reads("x", large=9)]
    hit = found("access_spike", tables(data_access_d=READERS + taken))
    assert hit["subject_id"].tolist() == ["x"] and hit["score"][0] >= 0.5 and hit["tier"][0] == "疑点"
    assert set(hit["locator"][0]) == {f"data_access_d:x_{i}" for i in range(9)}
    granted = found("access_spike", tables(data_access_d=READERS + reads("x", large=9)))
    assert granted["tier"].tolist() == ["线索"]


def test_one_large_query_and_a_post_that_reads_much_are_no_spike():
    assert found("access_spike", tables(data_access_d=READERS + reads("x", large=1))).empty
    much = [r for c in range(30) for r in reads(f"c{c}", large=20)]
    assert found("access_spike", tables(data_access_d=much)).empty
    assert "row_cnt" in why_not("access_spike", tables(data_access_d=[r | {"row_cnt": None} for r in READERS]))
    assert "fewer than" in why_not("access_spike", tables(data_access_d=reads("x", days=20)))


@pytest.mark.parametrize(("name", "table", "rows", "odd"), [
    ("night_operations", "oper_log_d", OFFICE, operations("x", night=25)),
    ("access_spike", "data_access_d", READERS, reads("x", large=9))])
def test_a_clerk_scores_the_same_alone_as_among_all(name, table, rows, odd):
    models: dict = {}
    whole = run(in_memory(tables(**{table: rows + odd})), YEAR, [name], models=models).findings
    alone = run(in_memory(tables(**{table: odd})), YEAR, [name], models=models).findings
    pd.testing.assert_frame_equal(whole[["subject_id", "score", "why"]], alone[["subject_id", "score", "why"]])

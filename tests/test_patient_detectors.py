"""Detectors of what persons fetch and how they are seen: an example for and one against each."""

from __future__ import annotations

import pandas as pd
import pytest

from tests import patients, screened
from tests.test_shop_detectors import YEAR, findings, loud
from yb_analytics.detectors import run


@pytest.fixture(scope="module")
def honest():
    return screened.honest()


@pytest.fixture(scope="module")
def chronic(honest):
    return patients.chronic(honest)


def test_a_ring_is_found_with_its_lines_and_ordinary_patients_are_not(chronic):
    found = findings(patients.ring(chronic), "drug_resale")
    assert len(found) == 1 and found.loc[0, "score"] >= 0.5 and "6人" in found.loc[0, "why"]
    assert len(found.loc[0, "locator"]) == 6 * 10 * 2 and found.loc[0, "amount"] > 0


@pytest.mark.parametrize("less", [{"members": 2}, {"days": 14}, {"turns": 3}])
def test_couples_fitting_supplies_and_few_rounds_are_no_ring(chronic, less):
    assert not loud(patients.ring(chronic, **less), "drug_resale")


def test_over_supplied_persons_who_do_not_meet_are_no_ring(chronic):
    assert not loud(patients.ring(chronic, apart=11), "drug_resale")


def test_the_same_drug_fetched_elsewhere_every_week_is_found(chronic):
    found = findings(patients.elsewhere(chronic), "duplicate_dispensing")
    assert found.loc[0, "subject_id"] == "p1" and found.loc[0, "score"] >= 0.5
    assert not loud(patients.elsewhere(chronic, places=1), "duplicate_dispensing")


def test_what_a_person_pays_alone_is_no_supply(chronic):
    planted = patients.elsewhere(chronic)
    lines = planted["fee_list_d"]
    lines.loc[lines["psn_no"] == "p1", "inscp_amt"] = 0.0
    assert not loud(planted, "duplicate_dispensing") and not loud(planted, "hoarding")


def test_the_same_drug_bought_day_after_day_is_found(chronic):
    rows = pd.DataFrame({"psn_no": "p3", "fixmedins_code": "P01", "hilist_code": "X1", "cnt": 1, "prd_days": 3,
                         "fee_ocur_time": patients.START + pd.to_timedelta(range(25), unit="D")})
    assert loud(patients.fills(chronic, rows), "frequent_purchases") == ["p3"]
    monthly = rows.assign(fee_ocur_time=patients.START + pd.to_timedelta([14 * i for i in range(25)], unit="D"))
    assert not loud(patients.fills(chronic, monthly), "frequent_purchases")


def test_drugs_taken_home_from_a_stay_are_a_supply_and_those_used_in_it_are_not(honest):
    for home, expected in (("1", ["p1"]), ("0", [])):
        planted = screened.hoard(honest)
        lines = planted["fee_list_d"]
        own = lines["bkkp_sn"].str.match(r"h\d+")
        lines.loc[own, "med_type"], lines.loc[own, "dscg_tkdrug_flag"] = "21", home
        assert loud(planted, "hoarding") == expected


def test_returned_drugs_are_no_supply(honest):
    planted = screened.hoard(honest)
    lines = planted["fee_list_d"]
    back = lines[lines["bkkp_sn"].str.match(r"h\d+")].iloc[4:]
    back = back.assign(init_feedetl_sn=back["bkkp_sn"], bkkp_sn="r" + back["bkkp_sn"], cnt=-back["cnt"],
                       det_item_fee_sumamt=-back["det_item_fee_sumamt"], inscp_amt=-back["inscp_amt"])
    assert not loud(planted | {"fee_list_d": pd.concat([lines, back])}, "hoarding")


def test_where_a_line_states_no_days_its_quantity_tells_them(honest):
    planted = screened.hoard(honest)
    lines = planted["fee_list_d"]
    lines["prd_days"] = lines["prd_days"].astype(float).mask(lines["bkkp_sn"].str.match(r"h\d+"))
    assert loud(planted, "hoarding") == ["p1"]


def test_somebody_seen_everywhere_is_found_and_a_course_is_not(honest):
    assert loud(patients.seen(honest), "frequent_visits") == ["p2"]
    assert not loud(patients.seen(honest, places=1, disease="M54.5"), "frequent_visits")
    assert not loud(patients.seen(honest, disease="N18.5"), "frequent_visits")


def test_lines_of_many_times_the_usual_quantity_are_found(honest):
    found = findings(patients.enlarge(honest), "large_prescription")
    assert found.loc[0, "subject_id"] == "P08" and found.loc[0, "score"] >= 0.5 and found.loc[0, "amount"] > 0
    assert not loud(honest, "large_prescription")


def test_long_prescriptions_of_a_usual_daily_quantity_are_not_large(honest):
    assert not loud(patients.enlarge(honest, times=2, days=60), "large_prescription")


def test_bills_just_below_a_round_sum_are_found(honest):
    found = findings(patients.bunch(honest), "threshold_bunching")
    assert found.loc[0, "subject_id"] == "P09" and found.loc[0, "score"] >= 0.5 and "200.00元" in found.loc[0, "why"]


@pytest.mark.parametrize("plain", [{"fixed": True}, {"below": 100.0}])
def test_one_price_for_all_and_bills_of_any_sum_are_not_bunched(honest, plain):
    assert not loud(patients.bunch(honest, **plain), "threshold_bunching")


def test_without_days_of_supply_nothing_can_be_said(honest):
    lines = honest["fee_list_d"].drop(columns="prd_days")
    for name in ("hoarding", "drug_resale", "duplicate_dispensing", "frequent_purchases"):
        coverage = run(screened.warehouse(honest | {"fee_list_d": lines}), YEAR, [name]).coverage
        assert coverage["state"].tolist() == ["not evaluable"] and "prd_days" in coverage["reason"][0]

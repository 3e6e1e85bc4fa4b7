"""Detectors of what happens in shops: an example for and one against each."""

from __future__ import annotations

import pandas as pd
import pytest

from tests import screened, shops
from yb_analytics.detectors import run
from yb_analytics.schema import Period

YEAR = Period.parse("2025")


@pytest.fixture(scope="module")
def honest():
    return screened.honest()


def findings(tables, name):
    answers = run(screened.warehouse(tables), YEAR, [name])
    assert answers.coverage["state"].tolist() == ["evaluated"], answers.coverage["reason"].tolist()
    return answers.findings.sort_values("score", ascending=False, ignore_index=True)


def loud(tables, name) -> list[str]:
    """Subjects that score at least a half."""
    found = findings(tables, name)
    return found.loc[found["score"] >= 0.5, "subject_id"].tolist()


def test_cards_in_the_same_order_are_found_with_their_settlements(honest):
    found = findings(shops.swipe(honest), "card_collecting")
    assert found.loc[0, "subject_id"] == "P04" and found.loc[0, "score"] >= 0.5
    assert set(found.loc[0, "locator"]) == {f"c{d}_{i}" for d in range(5) for i in range(12)}
    assert found.loc[0, "amount"] > 0 and "12张" in found.loc[0, "why"]


@pytest.mark.parametrize("less", [{"cards": 3}, {"days": 1}, {"shuffled": True}])
def test_families_single_days_and_changing_orders_are_no_collected_cards(honest, less):
    assert not loud(shops.swipe(honest, **less), "card_collecting")


def test_patients_of_a_course_are_no_collected_cards(honest):
    planted = shops.swipe(honest)
    setl = planted["setl_d"]
    own = setl["setl_id"].str.match(r"c\d+_")
    day = setl.loc[own, "setl_id"].str.extract(r"c(\d+)_")[0].astype(int)
    late = pd.to_timedelta(29 * day, unit="D").to_numpy()
    setl.loc[own, "setl_time"] = setl.loc[own, "setl_time"].to_numpy() - late  # every other day now
    assert not loud(planted, "card_collecting")


def test_groceries_of_the_same_sum_at_the_till_are_found(honest):
    found = findings(shops.till(honest, "P02"), "substitution")
    assert found.loc[0, "subject_id"] == "P02" and found.loc[0, "score"] >= 0.5 and "大米" in found.loc[0, "why"]
    assert len(found.loc[0, "locator"]) >= 30 and len(found) == 1


def test_tills_that_tell_drugs_and_sundries_are_left_alone(honest):
    assert not loud(shops.till(honest), "substitution")


def test_chance_is_what_the_same_sums_do_at_other_times(honest):
    """A shop with one price for everything meets the same sum all day long."""
    planted = shops.till(honest, "P02")
    till = planted["pos_sale"]
    extra = [till[till["goods_name"] == "大米"].assign(
        pos_sn=lambda t, m=m: t["pos_sn"] + f"x{m}", sale_time=lambda t, m=m: t["sale_time"] + pd.Timedelta(minutes=m))
        for m in (-60, -45, -30, -15, 15, 30, 45, 60)]
    assert not loud(planted | {"pos_sale": pd.concat([till, *extra])}, "substitution")


def test_without_a_mark_of_drugs_the_till_cannot_answer(honest):
    planted = shops.till(honest, "P02")
    planted["pos_sale"] = planted["pos_sale"].drop(columns="drug_flag")
    coverage = run(screened.warehouse(planted), YEAR, ["substitution"]).coverage
    assert coverage["state"].tolist() == ["not evaluable"] and "pos_sale.drug_flag" in coverage["reason"][0]


@pytest.mark.parametrize("counted", [True, False])
def test_goods_that_were_never_bought_are_found_with_and_without_counts(honest, counted):
    found = findings(shops.goods(honest, "P06", counted=counted), "stock_gap")
    assert found.loc[0, "subject_id"] == "P06" and found.loc[0, "score"] >= 0.5
    assert not (found["score"].iloc[1:] >= 0.5).any()
    assert found.loc[0, "amount"] > 0 and found.loc[0, "grain"] == "line"


@pytest.mark.parametrize("told", [{}, {"lacking": 0.0, "place": "P06"}, {"place": "P06", "unit": 10, "lacking": 0.0}])
def test_books_that_balance_or_count_in_another_unit_are_left_alone(honest, told):
    assert not loud(shops.goods(honest, **told), "stock_gap")


def test_where_everything_is_bought_in_another_unit_nothing_can_be_said(honest):
    coverage = run(screened.warehouse(shops.goods(honest, unit=10, lacking=0.0)), YEAR, ["stock_gap"]).coverage
    assert coverage["state"].tolist() == ["not evaluable"], coverage["reason"].tolist()

"""The sixteen measures and their departments: every one told, none reached without an indicator."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics import knowledge
from yb_analytics.indicators import PILLARS, shelf
from yb_analytics.scores import departments, measures
from yb_analytics.scores._departments import measures_of


def values(value_of=lambda unit: unit.target_for(2025)) -> pd.DataFrame:
    rows = [{"indicator": n, "value": value_of(u), "target": u.target_for(2025)} for n, u in shelf.items()]
    return pd.DataFrame(rows)


def test_the_plan_has_sixteen_measures_of_six_controls():
    table = knowledge.measures()
    assert list(table["number"]) == list(range(1, 17)) and set(table["pillar"]) == set(PILLARS)
    assert set(table["status"]) == {"read in source"} and table["lead"].ne("").all()


def test_all_reached_where_every_value_is_its_target():
    table = measures(values())
    judged = table[table["indicators"] > 0]
    assert (judged["state"] == "reached").all() and (judged["share"] == 1).all() and len(judged) >= 10
    assert set(table.loc[table["indicators"] == 0, "state"]) <= {"no indicator"}


def test_one_indicator_behind_is_named_and_lowers_its_departments():
    behind = values().set_index("indicator")
    behind.loc["collection_rate", "value"] = 0.5
    table = measures(behind.reset_index()).set_index("number")
    assert table.loc[1, "state"] == "not reached" and "缴费率50.00%（目标98.00%）" in table.loc[1, "text"]
    league = departments(table.reset_index()).set_index("department")
    assert league.loc["市税务局", "share"] < 1 and league["share"].max() <= 1


def test_what_cannot_be_evaluated_is_not_reached():
    table = measures(values(lambda unit: np.nan))
    assert set(table["state"]) <= {"not evaluable", "no indicator"} and table["reached"].sum() == 0
    assert departments(table)["share"].isna().all()


def test_clauses_name_measures_of_the_plan():
    for name, unit in shelf.items():
        assert all(1 <= n <= 16 for n in measures_of(unit.basis)), name
    assert measures_of("S3 三5") == [5]

"""Detectors: an example for and one against each, silence, frozen scores, answers where needs are not met."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import screened as city
from yb_analytics import knowledge
from yb_analytics.detectors import Scope, _peers, account_drain, fit, institution_outlier, run, shelf
from yb_analytics.detectors._excess import Levels, Rates, score_of
from yb_analytics.schema import ANSWERS, Period
from yb_analytics.schema.finding import fen

YEAR = Period.parse("2025")
SHELF = Path(__file__).resolve().parents[1] / "yb_analytics" / "detectors"


@pytest.fixture(scope="module")
def honest():
    return city.honest()


@pytest.fixture(scope="module")
def quiet(honest):
    return city.warehouse(honest)


def found_in(tables, name):
    return run(city.warehouse(tables), YEAR, [name])[0]


def test_an_honest_city_gives_no_finding_of_half(quiet):
    findings, coverage, _evidence = run(quiet, YEAR)
    asked = coverage[~coverage["reason"].str.contains("covers 0 %|is empty")]  # what this city does not hold
    assert len(asked) >= 6 and asked["state"].eq("evaluated").all(), asked[["found_by", "reason"]].to_string()
    assert list(findings.columns) == ANSWERS["finding"].names
    findings = findings[findings["found_by"] != "attended_in_stay"]  # persons go at random here, during stays too
    assert not (findings["score"].astype(float) >= 0.5).any()


CASES = {
    "split_stays": (city.split, "H03"), "institution_outlier": (city.inflate, "H05"),
    "account_drain": (city.drain, "P03"), "trace_reuse": (city.resell, "P07"), "hoarding": (city.hoard, "p1"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_planted_subject_is_named_first_and_explained(honest, name):
    plant, subject = CASES[name]
    found = found_in(plant(honest), name).sort_values("score", ascending=False)
    assert found["subject_id"].iloc[0] == subject and found["score"].iloc[0] >= 0.5
    assert not (found["score"].iloc[1:] >= 0.5).any()
    why = found["why"].iloc[0]
    assert why.count("。") == 1 and "已排除" in why and "尚待核实" in why
    assert len(found["locator"].iloc[0]) >= 5 and found["amount"].iloc[0] > 0


def test_a_group_is_found_with_its_settlements(honest):
    found = found_in(city.meet(honest), "covisit_groups")
    assert len(found) == 1 and found["score"].iloc[0] >= 0.5
    assert set(found["locator"].iloc[0]) == {f"g{d}_{i}" for d in range(10) for i in range(8)}


def test_a_family_stays_below_half(honest):
    found = found_in(city.meet(honest, members=3), "covisit_groups")
    assert len(found) == 1 and found["score"].iloc[0] < 0.5


def test_a_village_checkup_is_no_group(honest):
    times = pd.Timestamp("2025-04-01 08:00")
    rows = pd.DataFrame([
        {"setl_id": f"v{d}_{i}", "mdtrt_id": f"mv{d}_{i}", "psn_no": f"v{i}", "fixmedins_code": "H20", "med_type": "11",
         "setl_time": times + pd.Timedelta(days=30 * d, seconds=(i * (7 + 4 * d)) % 120 * 90), "medfee_sumamt": 50.0,
         "fund_pay_sumamt": 30.0} for d in range(6) for i in range(120)])
    found = found_in(honest | {"setl_d": pd.concat([honest["setl_d"], rows])}, "covisit_groups")
    assert not (found["score"] >= 0.5).any()


def test_dates_without_time_of_day_are_not_evaluable(honest):
    setl = honest["setl_d"].assign(setl_time=honest["setl_d"]["setl_time"].dt.normalize())
    _found, coverage, _evidence = run(city.warehouse(honest | {"setl_d": setl}), YEAR, ["covisit_groups"])
    assert coverage["state"].tolist() == ["not evaluable"] and "time of day" in coverage["reason"][0]


def test_treatment_cycles_are_no_split_stays(honest):
    planted = city.split(honest)
    stays = planted["mdtrt_d"].assign(dscg_maindiag_code="Z51.1")
    assert found_in(planted | {"mdtrt_d": stays}, "split_stays").empty


def test_split_packs_returns_and_reversed_sales_are_not_resold(honest):
    for marks in ({"split_flag": "1"}, {"refd_flag": "1"}):
        assert found_in(city.resell(honest, **marks), "trace_reuse").empty
    planted = city.resell(honest)
    again = planted["drug_trace_d"].loc[lambda t: t["sale_sn"].str.startswith("again"), "bkkp_sn"]
    lines = planted["fee_list_d"]
    back = lines[lines["bkkp_sn"].isin(again)]
    back = back.assign(init_feedetl_sn=back["bkkp_sn"], bkkp_sn="r" + back["bkkp_sn"], cnt=-back["cnt"],
                       det_item_fee_sumamt=-back["det_item_fee_sumamt"], inscp_amt=-back["inscp_amt"])
    assert found_in(planted | {"fee_list_d": pd.concat([lines, back])}, "trace_reuse").empty


def test_where_split_packs_are_not_marked_only_other_sellers_count(honest):
    planted = city.resell(honest)
    trace = planted["drug_trace_d"].drop(columns="split_flag")
    assert found_in(planted | {"drug_trace_d": trace}, "trace_reuse")["score"].iloc[0] >= 0.5
    own = honest["drug_trace_d"].drop(columns="split_flag").loc[lambda t: t["fixmedins_code"] == "P07"]
    same = own.assign(sale_sn="own" + own["sale_sn"], sale_time=own["sale_time"] + pd.Timedelta(hours=1))
    alone = pd.concat([honest["drug_trace_d"].drop(columns="split_flag"), same])
    assert found_in(honest | {"drug_trace_d": alone}, "trace_reuse").empty


def test_steady_refills_are_no_hoard(honest):
    assert found_in(city.hoard(honest, fills=24, days=14), "hoarding").empty


def test_one_sign_alone_stays_below_half(honest):
    night = honest["setl_d"].copy()
    shop = night["fixmedins_code"] == "P02"
    night.loc[shop, "setl_time"] = night.loc[shop, "setl_time"].dt.normalize() + pd.Timedelta(hours=23)
    found = found_in(honest | {"setl_d": night}, "account_drain")
    assert not (found["score"] >= 0.5).any()


def test_a_shop_open_at_night_is_no_drain(honest):
    setl, rng = honest["setl_d"].copy(), np.random.default_rng(3)
    shop = setl.index[(setl["fixmedins_code"] == "P02") & (setl["acct_pay"] > 0)]
    late = rng.choice(shop, len(shop) // 3, replace=False)
    setl.loc[late, "setl_time"] = setl.loc[late, "setl_time"].dt.normalize() + pd.Timedelta(hours=23)
    round_sums = rng.choice(shop, len(shop) // 6, replace=False)
    setl.loc[round_sums, ["acct_pay", "medfee_sumamt"]] = 200.0
    found = found_in(honest | {"setl_d": setl}, "account_drain")
    assert not (found["score"] >= 0.5).any()


@pytest.mark.parametrize("name", shelf.names)
def test_missing_needs_are_told_and_never_zero_findings(name):
    empty = city.in_memory({"psn_info_b": pd.DataFrame({"psn_no": ["p"]})})
    findings, coverage, _evidence = run(empty, YEAR, [name])
    assert findings.empty and coverage["state"].tolist() == ["not evaluable"]
    assert any(why in coverage["reason"][0] for why in ("covers 0 % of 2025", "is empty in 2025"))


def test_an_empty_column_is_named(honest):
    setl = honest["setl_d"].drop(columns="acct_pay")
    _findings, coverage, _evidence = run(city.warehouse(honest | {"setl_d": setl}), YEAR, ["account_drain"])
    assert "setl_d.acct_pay" in coverage["reason"][0]


def test_a_broken_detector_does_not_stop_the_rest(quiet, monkeypatch):
    monkeypatch.setattr(institution_outlier._features, "item_norms", lambda w: 1 / 0)
    _findings, coverage, _evidence = run(quiet, YEAR, ["institution_outlier", "hoarding"])
    assert coverage["state"].tolist() == ["error", "evaluated"]


# Frozen scoring: a record scores the same alone, in any batch and after save and load.


@pytest.fixture(scope="module")
def frozen(quiet):
    return {name: fit(quiet, YEAR, name) for name in ("institution_outlier", "account_drain")}


def test_institutions_score_the_same_alone_and_after_loading(quiet, frozen, tmp_path):
    w, p = Scope(quiet, YEAR), knowledge.parameters("institution_outlier", YEAR.end)
    model = frozen["institution_outlier"]
    _rows, (value, error, _sizes) = institution_outlier._seen(w, p, model.items, model.groups)
    labels = _peers.cells(w, value.index, model.counties)
    np.savez(tmp_path / "m.npz", **model.to_arrays())
    with np.load(tmp_path / "m.npz", allow_pickle=False) as arrays:
        loaded = institution_outlier.Model.from_arrays(dict(arrays))
    together = institution_outlier.scored(model, value, error, labels, p)
    for code in list(value.index)[:8]:
        one = [t.loc[[code]] for t in (value, error, labels)]
        pd.testing.assert_frame_equal(institution_outlier.scored(loaded, *one, p), together.loc[[code]],
                                      check_exact=True)


def test_shops_score_the_same_alone_and_after_loading(honest, frozen):
    w, p = Scope(city.warehouse(city.drain(honest)), YEAR), knowledge.parameters("account_drain", YEAR.end)
    table = account_drain.units(w, account_drain.settlements(w, p), p)
    model = frozen["account_drain"]
    labels = _peers.cells(w, table.index, model.counties)
    loaded = account_drain.Model.from_arrays(model.to_arrays())
    together = account_drain.scored(model, table, labels, p)
    assert together.loc["P03", "score"] >= 0.5
    for code in table.index[::4]:
        alone = account_drain.scored(loaded, table.loc[[code]], labels.loc[[code]], p)
        pd.testing.assert_frame_equal(alone, together.loc[[code]], check_exact=True)


def test_an_earlier_reference_can_score_a_later_city(honest, frozen):
    models = {"account_drain": frozen["account_drain"]}
    found, _coverage, _evidence = run(city.warehouse(city.drain(honest)), YEAR, ["account_drain"], models=models)
    assert found.loc[found["score"] >= 0.5, "subject_id"].tolist() == ["P03"]


def test_running_again_gives_the_same_findings(honest):
    planted = city.drain(city.inflate(city.split(honest)))
    first, second = (run(city.warehouse(planted), YEAR, list(CASES))[0] for _ in range(2))
    pd.testing.assert_frame_equal(first, second, check_exact=True)


@settings(max_examples=20, deadline=None)
@given(st.integers(8, 200), st.floats(0.001, 0.2), st.integers(0, 2**16))
def test_rates_are_silent_among_honest_peers_and_find_a_planted_one(n, rate, seed):
    rng, p = np.random.default_rng(seed), knowledge.parameters("split_stays", YEAR.start, shared="peers")
    index = [f"h{i}" for i in range(n)]
    trials = pd.Series(rng.integers(50, 800, n), index=index)
    x = pd.Series(rng.binomial(trials, rate * np.exp(rng.normal(0, 0.2, n)).clip(0, 1 / rate)), index=index)
    labels = pd.DataFrame({0: "all"}, index=index)

    def scores(counts):
        model = Rates.fit(counts, trials, labels, p)
        at = np.zeros(n, int)
        return score_of(model.log_tail(counts.to_numpy(), trials.to_numpy(), at), n, p)

    assert scores(x).max() < 0.5
    x.iloc[0] = int(trials.iloc[0] * min(0.9, rate * 4 + 0.3))
    assert scores(x)[0] >= 0.5


@pytest.mark.parametrize(("n", "spread"), [(8, 0.05), (20, 0.5), (44, 0.5), (150, 0.2)])
def test_levels_are_silent_among_honest_peers_of_any_spread(n, spread):
    """The family-wise level is a rate: of 100 honest families hardly one may hold a score of a half."""
    p = knowledge.parameters("institution_outlier", YEAR.start)
    error = pd.DataFrame(np.zeros((n, 3)), columns=list("abc"))
    labels, at, loud = pd.DataFrame({0: "all"}, index=error.index), np.zeros(n, int), 0
    for seed in range(100):
        x = pd.DataFrame(np.random.default_rng(seed).normal(0, spread, (n, 3)), columns=list("abc"))
        model = Levels.fit(x, error, labels, p)
        loud += score_of(model.log_tail(model.distance(x, error, at), at), 3 * n, p).max() >= 0.5
    assert loud <= 100 * p.alpha


def test_amounts_are_exact_fen(honest):
    found = found_in(city.split(honest), "split_stays")
    assert all(a == fen(a) for a in found["amount"])


def test_one_stratum_weighs_one_however_rare_the_hits():
    from yb_analytics.detectors._against_peers import Mix

    p = knowledge.parameters("split_stays", YEAR.start, shared="peers")
    for hits in (0, 1, 40):
        counts = pd.DataFrame({"stratum": "", "x": [hits, 0], "n": [5000, 5000]})
        assert Mix.fit(counts, p).ratio.round(9).tolist() == [1.0]


@pytest.mark.parametrize("file", sorted(SHELF.glob("*.py")), ids=lambda f: f.stem)
def test_what_cannot_be_evaluated_is_told_in_chinese_too(file):
    """Every reason a detector gives ends in its Chinese, which reports print alone."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "NotEvaluable":
            words = ast.unparse(node.args[0]).strip("f'\"")
            named = words == "reason"  # of an unmet need: the report names table and column in Chinese
            assert named or ("（" in words and words.endswith("）")), f"{file.name}:{node.lineno}"

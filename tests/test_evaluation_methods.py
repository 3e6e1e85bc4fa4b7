"""Methods of the index: scales and weights by published examples, what the index hangs on, games that do not pay."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from tests.test_scores import CITY, COUNTIES, INDEX, effort, small_index, values
from yb_analytics.schema import Refusal
from yb_analytics.scores import scored
from yb_analytics.scores._compare import METHODS, rank_sum_ratio, topsis
from yb_analytics.scores._gaming import STRATEGIES, Scorer, gaming, text
from yb_analytics.scores._normalise import relative
from yb_analytics.scores._questions import QUESTIONS
from yb_analytics.scores._weigh import ahp, critic, entropy

points_ = st.lists(st.lists(st.floats(0, 100), min_size=4, max_size=4), min_size=3, max_size=9).map(np.array)


@pytest.fixture(scope="module")
def score():
    low = {"330402": (20, 200), "330411": (199, 200)}
    return scored(values(precheck_rate=low, collection_rate={"330424": (120, 200)},
                         institution_case_rate={"330481": (9, 60)}), effort(), INDEX, 300)


def test_judgements_are_consistent_or_refused():
    """Consistent judgements give their weights and ratio 0; a circle and a lopsided pair are refused."""
    whole = np.array([[1, 2, 4], [0.5, 1, 2], [0.25, 0.5, 1]])
    weights, ratio = ahp(whole)
    np.testing.assert_allclose(weights, [4 / 7, 2 / 7, 1 / 7])
    assert ratio == pytest.approx(0, abs=1e-9)
    with pytest.raises(Refusal, match="contradict"):
        ahp(np.array([[1, 9, 1 / 9], [1 / 9, 1, 9], [9, 1 / 9, 1]]))
    with pytest.raises(Refusal, match="reciprocal"):
        ahp(np.array([[1, 2], [2, 1]]))


@given(points_)
def test_weights_are_shares(x):
    for how in (entropy, critic):
        told = how(x)
        assert (told >= -1e-12).all() and told.sum() == pytest.approx(1)


@given(points_, st.sampled_from(["min_max", "z_score", "rank"]))
def test_relative_scales_keep_the_order_and_the_bounds(x, how):
    told = relative(x, np.ones(4), np.ones(len(x), bool), how)
    assert ((told >= 0) & (told <= 100)).all()
    for a, b in zip(x.T, told.T, strict=True):
        order = np.argsort(a, kind="stable")
        assert (np.diff(b[order]) >= -1e-9).all()


@given(points_)
def test_topsis_and_rank_sum_lie_between_their_ends(x):
    weights = np.full(4, 0.25)
    assert ((topsis(x, weights) >= 0) & (topsis(x, weights) <= 100)).all()
    ratio = rank_sum_ratio(x, weights)
    assert ((ratio > 0) & (ratio <= 100 + 1e-9)).all()


def test_every_question_has_an_answer(score):
    for name in QUESTIONS:
        table = score.question(name, **({"size": 64} if name == "sobol" else {}))
        assert len(table) and not table.isna().all(axis=None)
    with pytest.raises(Refusal, match="no question 'colour'"):
        score.question("colour")
    with pytest.raises(Refusal, match="no unit X"):
        score.question("sobol", unit="X")


def test_the_comparison_shows_every_method_for_every_unit(score):
    table = score.question("comparison")
    assert set(table["method"]) == set(METHODS) and (table.groupby("method").size() == 1 + len(COUNTIES)).all()
    own = table[table["method"] == "approved"].set_index("unit_id")
    told = score.table.set_index("unit_id")
    np.testing.assert_allclose(own["score"], told["score"].reindex(own.index))
    assert own.loc[CITY, "rank"] != own.loc[CITY, "rank"]


def test_effective_weights_add_up_and_obstacles_name_what_was_lost(score):
    told = score.question("effective_weights")
    assert told["effective"].sum() == pytest.approx(1) and told["stated"].sum() == pytest.approx(1)
    lost = score.question("obstacles")
    by = lost.groupby("unit_id")[["lost", "degree"]].sum()
    table = score.table.set_index("unit_id")["score"]
    np.testing.assert_allclose(100 - by["lost"], table.reindex(by.index), atol=1e-6)
    np.testing.assert_allclose(by["degree"], 1)
    held = lost[lost["indicator"] == "collection_rate"].set_index("unit_id")["degree"]
    assert held.idxmax() == "330424"


def test_removing_one_indicator_moves_what_it_held(score):
    told = score.question("remove_one")
    own = told[(told["indicator"] == "precheck_rate")].set_index("unit_id")["change"]
    assert own["330402"] > own["330411"]


def test_sobol_shares_are_shares(score):
    told = score.question("sobol", size=128).set_index("choice")
    assert (told["first"] <= told["total"] + told["total_error"] + 0.1).all()
    assert 0.5 < told["first"].sum() < 1.3


def test_ranks_feel_the_scale(score):
    table = score.table[score.table["unit_kind"] == "county"]
    assert ((table["rank_low"] <= table["rank"]) & (table["rank"] <= table["rank_high"])).all()
    assert (table["rank_high"] - table["rank_low"]).max() >= 1


@pytest.fixture(scope="module")
def played():
    index = small_index()
    v, e = values(), effort()
    v = v[v["indicator"].isin(index.items["indicator"])]
    for name, top in (("inspection_rate", 50), ("violation_rate_random", 3)):
        at = (v["indicator"] == name) & (v["unit_id"] != CITY)
        v.loc[at, ["numerator", "denominator"]] = top, 60 if name == "inspection_rate" else 20
        v.loc[at, "value"] = top / v.loc[at, "denominator"]
    s = scored(v, e, index, 20)
    play = Scorer(s.arrays["points"], list(s.arrays["units"]), index)
    pd.testing.assert_series_equal(play(v, e).sort_index(), s.table.set_index("unit_id")["score"].sort_index(),
                                   check_names=False)
    return gaming(play, v, e, "330402", runs=16)


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_no_game_pays_beyond_noise(played, strategy):
    row = played.set_index("strategy").loc[strategy]
    assert not row["beyond"], row.to_dict()


def test_without_the_correction_a_game_would_pay(played):
    assert len(STRATEGIES) >= 6 and (played["raw_gain"] > played["raw_noise"]).any()
    assert "没有一种" in text(played) and "若不校正" in text(played)


def misuse(seed: int, counties: int = 12):
    """Counties with known misuse and inspection effort that differs five-fold, independent of it."""
    rng = np.random.default_rng(seed)
    codes = [f"3304{i:02d}" for i in range(1, counties + 1)]
    truth = rng.permutation(np.linspace(0.05, 0.6, counties))
    reach = rng.permutation(np.linspace(0.18, 0.9, counties))
    rows, v = [], []
    for code, bad, look in zip(codes, truth, reach, strict=True):
        n = int(rng.integers(60, 160))
        wrong = rng.random(n) < bad
        drawn, aimed = np.zeros(n, bool), np.zeros(n, bool)
        drawn[rng.permutation(n)[:n // 4]] = True
        aimed[rng.permutation(n)[:round(look * n)]] = True
        seen = aimed | drawn if look > 0.3 else drawn  # who hardly looks does the lot and nothing else
        cases = int(rng.binomial((seen & wrong).sum(), min(1.0, look + 0.1)))
        rows.append({"unit_id": code, "institutions": float(n), "inspected": float(seen.sum()),
                     "violating": float((seen & wrong).sum()), "random_inspected": float(drawn.sum()),
                     "random_violating": float((drawn & wrong).sum())})
        v.append((code, cases, n, rows[-1]))
    e = pd.DataFrame(rows)
    return codes, truth, v, pd.concat([e.drop(columns="unit_id").sum().to_frame().T.assign(unit_id=CITY), e])


def test_the_corrected_index_ranks_by_true_misuse_and_the_raw_one_does_worse():
    index, good, raw = small_index(), [], []
    index.items.drop(index.items[~index.items["indicator"].isin(["institution_case_rate"])].index, inplace=True)
    for seed in range(12):
        codes, truth, told, e = misuse(seed)
        rows = [{"indicator": "institution_case_rate", "unit_kind": "county", "unit_id": c, "period": "2025",
                 "numerator": float(k), "denominator": float(n), "value": 100 * k / n, "low": 0.0, "high": 100.0,
                 "coverage": 1.0, "target": 5.0, "state": "ok"} for c, k, n, _e in told]
        whole = pd.DataFrame(rows)[["numerator", "denominator"]].sum()
        rows.append({**rows[0], "unit_kind": "city", "unit_id": CITY, "numerator": whole.iloc[0],
                     "denominator": whole.iloc[1], "value": 100 * whole.iloc[0] / whole.iloc[1]})
        v = pd.DataFrame(rows)
        for kept, known in ((good, e), (raw, None)):
            s = scored(v, known, index, 20)
            scored_ = s.parts.set_index("unit_id")["scored"].reindex(codes)
            kept.append(spearmanr(scored_, truth)[0])
    assert np.median(good) >= 0.8, good
    assert np.median(good) > np.median(raw) + 0.1, (np.median(good), np.median(raw))

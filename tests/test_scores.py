"""The index: strict data, points, missing items, veto, intervals, and no reward for looking less."""

from __future__ import annotations

import copy

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yb_analytics import knowledge
from yb_analytics.indicators import shelf
from yb_analytics.schema import Period, Refusal
from yb_analytics.scores import build, load, scored
from yb_analytics.scores._aggregate import mean
from yb_analytics.scores._effort import corrected, counts
from yb_analytics.scores._shrink import beta_prior, gamma_prior
from yb_analytics.warehouse import in_memory

CITY = "330400"
COUNTIES = ["330402", "330411", "330421", "330424", "330481", "330482", "330483"]
INDEX = load("2025")
DRAWS = 300


def values(**changed) -> pd.DataFrame:
    """Plausible values of every indicator; `changed` maps an indicator to {county: (n, d)}."""
    rows = []
    for item in INDEX.items.itertuples():
        unit = shelf[item.indicator]
        n, d = (0, 1) if unit.unit == "count" else (3, 60) if unit.unit.startswith("per_") else (180, 200)
        if unit.better == "lower" and unit.unit == "share":
            n, d = 4, 80
        for code in [CITY, *COUNTIES]:
            top, bottom = changed.get(item.indicator, {}).get(code, (n, d))
            scale = {"per_100": 100, "per_10k": 10_000}.get(unit.unit, 1)
            value = top * scale / bottom if bottom else np.nan
            rows.append({"indicator": item.indicator, "unit_kind": "city" if code == CITY else "county",
                         "unit_id": code, "period": "2025", "numerator": float(top), "denominator": float(bottom),
                         "value": value, "low": value, "high": value, "coverage": 1.0,
                         "target": unit.target_for(2025), "state": "ok" if bottom else "not evaluable"})
    return pd.DataFrame(rows)


def effort(**changed) -> pd.DataFrame:
    """Everybody inspects 50 of 60, 20 at random, 5 of those and 10 of all in violation."""
    base = {"institutions": 60.0, "inspected": 50.0, "violating": 10.0, "random_inspected": 20.0,
            "random_violating": 3.0}
    rows = [{"unit_id": c, **base, **changed.get(f"c{c}", {})} for c in COUNTIES]
    city = pd.DataFrame(rows).drop(columns="unit_id").sum()
    return pd.DataFrame([{"unit_id": CITY, **city}, *rows])


def score_of(result, county: str) -> float:
    return float(result.table.set_index("unit_id").loc[county, "score"])


def test_contributions_add_up_and_intervals_hold_the_score():
    s = scored(values(), effort(), INDEX, DRAWS)
    total = s.parts.groupby("unit_id")["contribution"].sum()
    for row in s.table.itertuples():
        assert total[row.unit_id] == pytest.approx(row.score)
        assert 0 <= row.low <= row.score <= row.high <= 100
    ranked = s.table[s.table.unit_kind == "county"]
    assert ((ranked.rank_low <= ranked["rank"]) & (ranked["rank"] <= ranked.rank_high)).all()
    assert "不能区分" in s.table.text.iloc[0] and s.table.iloc[-1].unit_id == CITY
    assert not s.table.text.str.contains("nan").any() and not s.parts.text.str.contains("nan").any()


def test_same_seed_same_bytes():
    a, b = (scored(values(), effort(), INDEX, DRAWS, seed=3).table for _ in range(2))
    pd.testing.assert_frame_equal(a, b)


def test_index_is_read_strictly():
    tree = copy.deepcopy(knowledge.index("2025"))
    tree["colour"] = "blue"
    with pytest.raises(Refusal, match="unknown key colour"):
        build(tree)
    tree = copy.deepcopy(knowledge.index("2025"))
    tree["subjects"]["agency"]["dimensions"]["service"]["indicators"]["nobody"] = {"weight": 1, "worst": 0,
                                                                                 "missing": "rescale"}
    with pytest.raises(Refusal, match="nobody"):
        build(tree)


def test_missing_items_are_rescaled_and_low_coverage_has_no_grade():
    gone = dict.fromkeys([CITY, *COUNTIES], (0, 0))
    s = scored(values(readmission_15d=gone), effort(), INDEX, DRAWS)
    assert (s.table.coverage < 1).all() and (s.table.grade != "").all()
    many = {i: gone for i in INDEX.items.indicator if shelf[i].subject in ("person", "employer")}
    s = scored(values(**many), effort(), INDEX, DRAWS)
    assert (s.table.grade == "").all() and s.table.text.str.contains("不评等级").all()
    assert s.table.score.notna().all()


def test_a_county_that_delivers_nothing_gets_zero_where_the_city_has_data():
    s = scored(values(inspection_rate={"330424": (0, 0)}), effort(), INDEX, DRAWS)
    part = s.parts.set_index(["unit_id", "indicator"]).loc[("330424", "inspection_rate")]
    assert part.normalised == 0 and part.state == "missing"


def test_a_criminal_case_caps_the_grade():
    best = dict.fromkeys([CITY, *COUNTIES], (200, 200))
    good = {i: best for i in INDEX.items.indicator if shelf[i].better == "higher"}
    none = {i: dict.fromkeys([CITY, *COUNTIES], (0, 600)) for i in INDEX.items.indicator
            if shelf[i].better == "lower"}
    clean = {f"c{c}": {"inspected": 60.0, "violating": 0.0, "random_inspected": 60.0, "random_violating": 0.0}
             for c in COUNTIES}
    s = scored(values(**good, **none, institution_criminal_cases={"330421": (1, 1)}), effort(**clean), INDEX, DRAWS)
    table = s.table.set_index("unit_id")
    assert table.loc["330402", "grade"] == "优秀" and table.loc["330402", "veto"] == ""
    assert table.loc["330421", "grade"] == "合格" and "机构刑事案件数" in table.loc["330421", "veto"]
    assert "一票否决" in table.loc["330421", "text"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0.1, 5)), min_size=1, max_size=8))
def test_means_stay_inside_and_geometric_is_never_above(pairs):
    x, w = (np.array(v) for v in zip(*pairs, strict=True))
    flat, geometric = mean(x, w, "arithmetic"), mean(np.clip(x, 1, None), w, "geometric")
    assert x.min() - 1e-9 <= flat <= x.max() + 1e-9
    assert geometric <= mean(np.clip(x, 1, None), w, "arithmetic") + 1e-9


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(20, 400)), min_size=2, max_size=9))
def test_shrinkage_lies_between_own_and_common_rate(pairs):
    y, n = (np.array(v, float) for v in zip(*pairs, strict=True))
    for a, b, total in (*[(*gamma_prior(y, n), n)], (beta_prior(y, n)[0], sum(beta_prior(y, n)), n)):
        shrunk, common = (y + a) / (total + b), a / b
        own = y / total
        assert ((np.minimum(own, common) - 1e-9 <= shrunk) & (shrunk <= np.maximum(own, common) + 1e-9)).all()


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 30), st.integers(1, 60), st.integers(0, 20), st.data())
def test_correction_never_lowers_a_rate(cases, inspected, random, data):
    bad = data.draw(st.integers(0, random))
    e = effort(c330402={"inspected": float(inspected), "random_inspected": float(random),
                        "random_violating": float(bad)})
    got = corrected(e, pd.Series(dict.fromkeys(COUNTIES, 3.0) | {"330402": float(cases), CITY: 18.0 + cases}))
    assert (got.estimate >= got.raw - 1e-12).all() and (got.high >= got.estimate - 1e-12).all()


def looked(rng, keep, hide: bool, drop_random: float = 0.0):
    """What a county with 30 % violators reports when it inspects only a share of its institutions.

    All violators found become cases. `hide`: it leaves out violators first. The random arm is drawn by the
    city; `drop_random` is the share of it the county does not carry out.
    """
    n = 60
    bad = rng.random(n) < 0.3
    order = np.argsort(bad, kind="stable") if hide else rng.permutation(n)
    chosen = np.zeros(n, bool)
    chosen[order[:round(keep * n)]] = True
    drawn = np.zeros(n, bool)
    drawn[rng.permutation(n)[:20]] = True
    drawn &= rng.random(n) >= drop_random
    seen = chosen | drawn
    cases = int((seen & bad).sum())
    e = {"inspected": float(seen.sum()), "violating": float(cases), "random_inspected": float(drawn.sum()),
         "random_violating": float((drawn & bad).sum())}
    return cases, e


def test_effort_is_counted_by_institution():
    looks = pd.DataFrame({"inspection_id": range(4), "insu_admdvs": "330402", "insp_date": "2025-03-01",
                          "fixmedins_code": ["H1", "H1", "H2", "H9"], "arm": ["random", "risk", "risk", "risk"],
                          "violation_flag": ["0", "1", "0", "1"]})
    register = pd.DataFrame({"fixmedins_code": ["H1", "H2", "H3"], "fix_blng_admdvs": "330402",
                             "begntime": "2020-01-01"})
    w = in_memory({"inspection_d": looks, "fixmedins_b": register})
    got = counts(w, Period.parse("2025")).set_index("unit_id").loc["330402"]
    assert got.to_dict() == {"institutions": 3, "inspected": 2, "violating": 2, "random_inspected": 1,
                             "random_violating": 0}


def small_index():
    """Only what a county can move by inspecting: compliance and supervision of institutions."""
    tree = copy.deepcopy(knowledge.index("2025"))
    del tree["judgements"]
    dimensions = tree["subjects"]["institution"]["dimensions"]
    tree["subjects"] = {"institution": {"title": "定点医药机构", "weight": 1, "dimensions": {
        d: dimensions[d] for d in ("compliance", "supervision")}}}
    return build(tree)


def test_inspecting_less_does_not_raise_the_score():
    index = small_index()

    def score(keep, hide, drop_random, seed):
        cases, e = looked(np.random.default_rng(seed), keep, hide, drop_random)
        v = values(institution_case_rate={"330402": (cases, 60)}, inspection_rate={"330402": (e["inspected"], 60)},
                   violation_rate_random={"330402": (e["random_violating"], e["random_inspected"])})
        return score_of(scored(v[v.indicator.isin(index.items.indicator)], effort(c330402=e), index, 20), "330402")

    honest = np.array([score(1.0, False, 0.0, seed) for seed in range(8)])
    for strategy in ((0.6, False, 0.0), (0.0, False, 0.0), (0.6, True, 0.0), (0.2, True, 0.5), (0.2, True, 1.0)):
        gain = np.array([score(*strategy, seed) for seed in range(8)]) - honest
        assert gain.mean() <= 2 * gain.std(ddof=1) / np.sqrt(len(gain)) + 0.1, (strategy, gain)

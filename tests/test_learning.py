"""Learning from feedback: refuses thin labels, beats or admits to size, scores the same alone, stored as arrays."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier

from tests import screened as city
from yb_analytics import knowledge
from yb_analytics.leads import _learning as lessons
from yb_analytics.leads import draw, drawn, leads, learn, record, screen, waterfall
from yb_analytics.leads._learned import Learned
from yb_analytics.schema import Refusal
from yb_analytics.warehouse import ingest, open_warehouse


def rows(n=300, seed=0):
    """Leads whose confirmation hangs on one detector's score, hardly on size."""
    rng = np.random.default_rng(seed)
    x = pd.DataFrame({"by_a": np.where(rng.random(n) < 0.4, np.nan, rng.random(n)), "money": rng.normal(8, 1, n),
                      "size": rng.normal(12, 2, n)})
    chance = 1 / (1 + np.exp(-(6 * x["by_a"].fillna(0.3) - 3)))
    return x, pd.Series((rng.random(n) < chance).astype(int)), pd.Series(rng.choice([1.0, 8.0], n))


@pytest.fixture(scope="module")
def fitted():
    x, y, weight = rows()
    p = knowledge.parameters("learning", "2025-12-31")
    raw = lessons._fitted(x, y, weight, p)
    return x, raw, Learned.of(raw, list(x.columns), 0.9, -0.1)


def test_the_arrays_score_as_the_fitted_trees(fitted):
    x, raw, model = fitted
    assert isinstance(raw, HistGradientBoostingClassifier)
    np.testing.assert_allclose(model.raw(x.to_numpy(float)), raw.decision_function(x.to_numpy(float)), rtol=1e-9)


@given(st.permutations(list(range(20))), st.integers(0, 19))
def test_a_score_does_not_depend_on_the_batch(fitted, order, one):
    x, _raw, model = fitted
    some = x.head(20).to_numpy(float)
    whole = model.probability(some)
    assert (model.probability(some[order]) == whole[order]).all()
    assert model.probability(some[[one]])[0] == whole[one]
    again = Learned.from_arrays(model.to_arrays())
    assert (again.probability(some) == whole).all()


def test_the_model_is_reported_beside_size():
    x, y, weight = rows()
    p = knowledge.parameters("learning", "2025-12-31")
    raw = lessons._out_of_fold(x, y, weight, p)
    table = lessons._worth(x, y, weight, raw, 50).set_index("what")
    assert table.loc["model", "average_precision"] > table.loc["size", "average_precision"] + 0.1
    assert table.loc["model", "brier"] < table.loc["size", "brier"]
    slope, _level = lessons._calibration(raw, y, weight)
    assert 0.2 < slope < 2


def test_drift_is_seen():
    x, _y, _w = rows()
    moved = lessons.drifted(x, x.assign(money=x["money"] + 3)).set_index("feature")["psi"]
    assert moved["money"] > 1 and moved["size"] < 0.01


@pytest.fixture(scope="module")
def screened(tmp_path_factory):
    top = tmp_path_factory.mktemp("learn")
    for name, frame in city.resell(city.split(city.drain(city.honest(persons=300)))).items():
        (top / "data" / name).mkdir(parents=True)
        frame.to_parquet(top / "data" / name / "all.parquet", index=False)
    ingest(top / "data", top / "w", progress=False)
    screen(open_warehouse(top / "w"), "2025", progress=False)
    return top / "w"


def test_thin_labels_are_refused(screened):
    with pytest.raises(Refusal, match="不足以学习"):
        learn(open_warehouse(screened), "2025")


def test_what_was_learned_sets_the_priority(screened, tmp_path, monkeypatch):
    for suffix in ("", ".raw", ".head"):
        shutil.copytree(screened.with_name(screened.name + suffix), tmp_path / f"w{suffix}")
    shutil.copy2(screened.with_name("w.key"), tmp_path / "w.key")
    w = open_warehouse(tmp_path / "w")
    draw(w, "2025", 9, 4)
    ids = list(dict.fromkeys([*w.run(leads(w, "2025"))["lead_id"], *drawn(w)["lead_id"]]))
    record(w, [{"lead_id": i, "state": "confirmed" if n % 2 else "refuted"} for n, i in enumerate(ids)])
    real = knowledge.parameters("learning", w.as_of)

    class Few:
        def __getattr__(self, name):
            return {"min_labels": 4, "min_of_a_kind": 2, "folds": 2, "leaf_size": 1}.get(name) or real[name]

    monkeypatch.setattr(lessons.knowledge, "parameters", lambda owner, on: Few())
    told = learn(w, "2025")
    monkeypatch.undo()
    assert "仅按机构规模排序" in told.text and set(told.table["what"]) == {"model", "size"}
    again = screen(open_warehouse(w.path), "2025", progress=False, keep=False)
    top = again.leads.iloc[0]
    assert 0 <= top["priority"] <= float(top["amount"]) * 1.0 + 1e6
    steps = waterfall(w, top, again.findings[again.findings["finding_id"].isin(list(top["finding_ids"]))])
    assert steps["change"].sum() == pytest.approx(top["priority"]) and "学得" in steps["label"].iloc[3]

"""The ensemble of simple detectors: frozen, the same alone as in any batch, equal to PyOD where it should be.

On the public sets of ADBench its mean AUROC is at least that of the best of PyOD's single detectors; `YB_SOAK=1` asks
with five seeds instead of one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sizes import SOAK
from yb_analytics.detectors import Ensemble
from yb_analytics.detectors._members import Forest
from yb_analytics.detectors._tails import Tails

numbers = st.floats(-50, 50, allow_nan=False, width=32)
ADBENCH = Path(__file__).parents[2] / "shared" / "data" / "adbench"
_MADE: dict[str, Ensemble] = {}


def _reference() -> Ensemble:
    if "model" not in _MADE:
        _MADE["model"] = Ensemble.fit(np.random.default_rng(1).normal(size=(300, 3)))
    return _MADE["model"]


@settings(max_examples=12, deadline=None)
@given(st.lists(st.lists(numbers, min_size=3, max_size=3), min_size=1, max_size=12), st.integers(0, 2**16))
def test_a_row_scores_the_same_alone_in_any_batch_and_after_loading(rows, seed):
    model = _reference()
    x = np.array(rows)
    together = model.score(x)
    alone = np.array([model.score(r[None])[0] for r in x])
    order = np.random.default_rng(seed).permutation(len(x))
    again = Ensemble.from_arrays(model.to_arrays())
    assert (together == alone).all() and (model.score(x[order]) == together[order]).all()
    assert (again.surprise(x) == model.surprise(x)).all() and ((together >= 0) & (together <= 1)).all()


def test_the_strange_rank_first_and_ever_stranger_ones_before_them():
    model = _reference()
    near, far = np.array([[8.0, 8, 8]]), np.array([[800.0, 800, 800]])
    assert model.score(near)[0] > 0.95 > model.score(np.zeros((1, 3)))[0]
    assert model.surprise(far)[0] > model.surprise(near)[0]
    assert list(model.members(near)) == ["tails", "density", "forest", "nearness"]
    assert model.contributions(np.array([[0.0, 9.0, 0.0]])).loc[0].idxmax() == "c1"


def test_missing_values_say_nothing_and_categories_count_by_their_rarity(tmp_path):
    rng = np.random.default_rng(2)
    table = pd.DataFrame({"fee": rng.normal(300, 30, 400), "days": rng.poisson(5, 400).astype(float),
                          "kind": rng.choice(["内科", "外科", "儿科"], 400)})
    table.loc[::7, "days"] = np.nan
    model = Ensemble.fit(table)
    np.savez(tmp_path / "m.npz", **model.to_arrays())
    with np.load(tmp_path / "m.npz", allow_pickle=False) as arrays:
        model = Ensemble.from_arrays(dict(arrays))
    asked = pd.DataFrame({"fee": [300.0, None, 300.0], "days": [5.0, None, 5.0], "kind": ["内科", None, "整形"]})
    usual, unknown, rare = model.surprise(asked)
    assert rare > usual and unknown <= np.quantile(model.surprise(table), 0.9)
    assert model.contributions(asked).loc[2].idxmax() == "kind"


def test_the_forest_is_that_of_pyod():
    from pyod.models.iforest import IForest

    x = np.random.default_rng(1).normal(size=(300, 3))
    own = IForest(n_estimators=100, max_samples=256, random_state=7).fit(x)
    told = pd.Series(Forest.fit(x, 7).surprise(x))
    assert np.corrcoef(told.rank(), pd.Series(own.decision_scores_).rank())[0, 1] > 0.999


@pytest.mark.parametrize("ties", [False, True])
def test_tails_are_those_of_pyod_on_the_reference(ties):
    from pyod.models.ecod import ECOD

    x = np.random.default_rng(3).lognormal(size=(1500, 4))
    x = x.round(1) if ties else x
    theirs = ECOD().fit(x).decision_scores_
    tails, exact = Tails.fit_scored(x.T)
    np.testing.assert_allclose(exact, theirs, rtol=0, atol=1e-12)
    np.testing.assert_allclose(tails.surprise(x.T), theirs, rtol=0, atol=1e-12)


def test_tails_of_a_long_reference_are_exact_outside_and_close_inside():
    x = np.random.default_rng(4).lognormal(size=60_000)
    tails, exact = Tails.fit_scored([x])
    told = tails.surprise([x])
    outer = (x < np.quantile(x, 0.01)) | (x > np.quantile(x, 0.99))
    np.testing.assert_allclose(told[outer], exact[outer], rtol=0, atol=1e-12)
    assert np.abs(told - exact).max() < 0.02 and tails.value.shape[1] < 2500


def _sets() -> list[Path]:
    return sorted(ADBENCH.glob("*.npz"))


def _auroc(file: Path, seed: int) -> dict[str, float]:
    """AUROC on the third held out, labels unseen, of every detector."""
    from pyod.models.copod import COPOD
    from pyod.models.ecod import ECOD
    from pyod.models.hbos import HBOS
    from pyod.models.iforest import IForest
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import train_test_split

    with np.load(file) as told:
        x, y = told["X"].astype(float), told["y"]
    seen, asked, _y, truth = train_test_split(x, y, test_size=0.3, stratify=y, random_state=seed)
    out = {"ensemble": roc_auc_score(truth, Ensemble.fit(seen, seed=seed).surprise(asked))}
    for name, model in {"IForest": IForest(random_state=seed), "ECOD": ECOD(), "COPOD": COPOD(),
                        "HBOS": HBOS()}.items():
        out[name] = roc_auc_score(truth, model.fit(seen).decision_function(asked))
    return out


@pytest.mark.soak
@pytest.mark.skipif(not _sets(), reason="shared/data/adbench is not there")
def test_on_public_sets_the_ensemble_is_at_least_the_best_single_detector():
    seeds = range(5) if SOAK else range(1)
    told = pd.DataFrame([{"set": f.stem, **_auroc(f, seed)} for f in _sets() for seed in seeds])
    mean = told.groupby("set").mean().mean()
    print("\n", told.groupby("set").mean().round(4).to_string(), "\n", mean.round(4).to_string())
    assert len(_sets()) == 12 and mean["ensemble"] >= mean.drop("ensemble").max()

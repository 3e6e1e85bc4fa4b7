"""Every detector, on a planted city: a subject scores the same alone as among all, with a model saved and loaded."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.alone import cut
from tests.sizes import amount
from yb_analytics.detectors import NotEvaluable, Scope, shelf
from yb_analytics.warehouse import open_warehouse

LOOKED_AT = amount(1, 3)
"""Flagged subjects of each detector that are scored alone: the strongest, and in a soak the weakest."""


@pytest.fixture(scope="module")
def planted(planted_city):
    return open_warehouse(planted_city / "warehouse")


def saved_and_loaded(unit, model, file):
    """The model after a file of plain arrays."""
    assert not any(np.asarray(a).dtype.hasobject for a in model.to_arrays().values())
    np.savez(file, **model.to_arrays())
    with np.load(file, allow_pickle=False) as arrays:
        return unit.model.from_arrays(dict(arrays))


@pytest.mark.parametrize("name", shelf.names)
def test_a_subject_scores_the_same_alone(planted, name, tmp_path):
    unit, period = shelf[name], planted.periods
    scope = Scope(planted, period)
    try:
        model = unit.fitted(scope) if unit.fit else None
        together = unit.hits(scope, model)
    except NotEvaluable as reason:
        pytest.skip(str(reason))
    assert len(together) or not unit.catches, f"{name} found nothing in a city with every scheme"
    loaded = saved_and_loaded(unit, model, tmp_path / "model.npz") if unit.fit else None
    order = together.sort_values(["score", "subject_id"])
    for _at, found in pd.concat([order.tail(1), order.head(LOOKED_AT - 1)]).iterrows():
        alone = unit.hits(Scope(cut(planted, unit, found), period), loaded)
        mine = alone[alone["subject_id"] == found["subject_id"]]
        assert len(mine) == 1, f"{found['subject_id']} alone: {len(mine)} hits"
        for column in ("score", "why", "grain", "amount", "estimated"):
            assert mine[column].iloc[0] == found[column], (column, mine[column].iloc[0], found[column])
        assert list(mine["locator"].iloc[0]) == list(found["locator"])
        assert mine["evidence"].iloc[0] == found["evidence"]

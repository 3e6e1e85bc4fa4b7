"""Completion of late claims: equal to the published examples, sound on what is thin."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yb_analytics.fund._completion import ladder


@pytest.mark.parametrize("name", ["raa", "genins", "abc"])
@pytest.mark.parametrize("with_tail", [False, True])
def test_as_the_reference_implementation_on_published_triangles(name, with_tail):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import chainladder as cl

        sample = cl.load_sample(name)
        known = cl.Development(average="volume", sigma_interpolation="mack").fit_transform(sample)
        if with_tail:
            known = cl.TailCurve(curve="exponential").fit_transform(known)
        theirs = cl.MackChainladder().fit(known)
        told = theirs.summary_.to_frame()
        total = float(theirs.total_mack_std_err_.to_numpy().ravel()[0])
    ours = ladder(np.array(sample.values[0, 0]), tail=with_tail)
    np.testing.assert_allclose(ours.ultimate, told["Ultimate"], rtol=1e-6)
    at = slice(None) if with_tail else slice(1, None)
    np.testing.assert_allclose(ours.se[at], told["Mack Std Err"].to_numpy()[at], rtol=1e-6)
    assert ours.total_se == pytest.approx(total, rel=1e-6)


def test_the_oldest_month_is_complete_without_a_tail():
    made = ladder(np.array([[10.0, 12, 13, 13.5], [11, 13, 14, np.nan], [9, 10.5, np.nan, np.nan],
                            [12, np.nan, np.nan, np.nan]]))
    assert made.ultimate[0] == 13.5 and made.se[0] == 0 and made.share[0] == 1


@given(st.integers(0, 2**16), st.floats(1e-3, 1e6))
def test_the_unit_of_money_does_not_matter(seed, unit):
    rng = np.random.default_rng(seed)
    c = np.cumsum(rng.gamma(4, 10, (6, 6)) * 0.6 ** np.arange(6), axis=1)
    c[np.add.outer(np.arange(6), np.arange(6)) > 5] = np.nan
    one, other = ladder(c, tail=True), ladder(c * unit, tail=True)
    np.testing.assert_allclose(other.ultimate, one.ultimate * unit, rtol=1e-9)
    assert other.tail == pytest.approx(one.tail) and np.all(one.ultimate >= one.latest - 1e-9)


def test_nothing_develops_where_nothing_is_late():
    c = np.full((5, 5), 100.0)
    c[np.add.outer(np.arange(5), np.arange(5)) > 4] = np.nan
    made = ladder(c, tail=True)
    assert made.tail == 1 and made.ultimate.tolist() == [100.0] * 5 and made.total_se == 0


def test_ninety_percent_limits_cover_ninety_percent_of_simulated_years():
    rng, inside, tried = np.random.default_rng(5), 0, 0
    for _ in range(150):
        size = rng.gamma(400, 1, 24)[:, None]
        c = np.cumsum(rng.gamma(size * 0.75 * 0.25 ** np.arange(6)) * 1000, axis=1)
        final = c[:, -1].copy()
        c[np.add.outer(np.arange(24), np.arange(6)) > 23] = np.nan
        made = ladder(c)
        for i in (21, 22, 23):
            spread = np.sqrt(np.log1p((made.se[i] / made.ultimate[i]) ** 2))
            low, high = made.ultimate[i] * np.exp(-spread**2 / 2 + spread * np.array([-1.645, 1.645]))
            inside, tried = inside + (low <= final[i] <= high), tried + 1
    assert 0.85 <= inside / tried <= 0.95


def test_two_months_are_too_few():
    with pytest.raises(ValueError, match="three"):
        ladder(np.ones((2, 4)))

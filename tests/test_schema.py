"""The schema: labels in two languages, known kinds and code lists, keys that exist, periods, refusals, text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yb_analytics.schema import ANSWERS, CODES, EXIT_CODES, TABLES, Period, Refusal
from yb_analytics.schema.column import TYPES
from yb_analytics.schema.text import rounded

EVERY = {**TABLES, **ANSWERS}
COLUMNS = [(t.name, c) for t in EVERY.values() for c in t.columns]


@pytest.mark.parametrize("table", EVERY.values(), ids=lambda t: t.name)
def test_table_is_well_formed(table):
    assert table.zh and table.en
    assert len(set(table.names)) == len(table.names)
    assert set(table.key) <= set(table.names) and table.key
    assert set(table.sort) <= set(table.names)
    assert bool(table.month) == bool(table.part)
    if table.month:
        assert table[table.month].kind == "time" and table[table.month].required
    assert set(table.aliases.values()) <= set(table.names)
    assert not set(table.aliases) & set(table.names)


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=[f"{t}.{c.name}" for t, c in COLUMNS])
def test_column_is_well_formed(table, column):
    assert " · " in column.label and column.zh and column.en
    assert column.kind in TYPES
    assert not column.codes or column.codes in CODES
    assert column.personal in ("", "pseudonym", "hashed", "dropped")
    if column.kind == "money":
        assert column.unit == "元"


def test_code_names_are_bilingual():
    for name, codes in CODES.items():
        for code, label in codes.items():
            assert " · " in label, f"{name} {code}"


def test_no_column_could_name_an_informer():
    names = {c.name for t in TABLES.values() for c in t.columns if t.name.startswith(("tip", "reward"))}
    assert not {n for n in names if any(word in n for word in ("psn", "name", "tel", "cert", "informer"))}


TAILS = ["", "H1", "H2", "Q1", "Q2", "Q3", "Q4", *[f"-{m:02d}" for m in range(1, 13)]]


@given(st.integers(2000, 2090), st.sampled_from(TAILS))
def test_period_reads_back_and_splits_into_its_months(year, tail):
    period = Period.parse(f"{year}{tail}")
    assert Period.parse(period.text) == period
    assert period.months[0].start == period.start and period.months[-1].end == period.end
    assert period.year_ago.shifted(12) == period
    assert period.previous.end == period.start


@pytest.mark.parametrize("text", ["", "25", "2025-13", "2025Q5", "2025-02-30", "2025-06:2024-01", "last year",
                                  "2025H3"])
def test_not_a_period_is_refused_with_what_may_be_written(text):
    with pytest.raises(Refusal) as refused:
        Period.parse(text)
    assert "2025Q2" in refused.value.remedy or "calendar" in refused.value.cause
    assert refused.value.exit_code == EXIT_CODES["usage"]


@given(st.decimals(min_value=-10**9, max_value=10**9, places=4))
def test_rounding_is_half_up(value):
    shown = rounded(value, 2).replace(",", "")
    assert abs(float(shown) - float(value)) <= 0.005 + 1e-9

"""Journals: appended, never overwritten; every change is named; a killed writer leaves all of a piece or nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sealed import (
    made,  # noqa: F401  (a fixture)
    w,  # noqa: F401
)
from yb_analytics.schema import Refusal
from yb_analytics.warehouse import Journal, verify


@pytest.fixture
def journal(tmp_path):
    written = Journal(tmp_path / "w", "lead_events")
    written.append([{"lead": "L1", "state": "dispatched"}, {"lead": "L2", "state": "dispatched"}])
    written.append([{"lead": "L1", "state": "verifying"}])
    return written


def test_events_come_back_in_order(journal):
    assert [e["lead"] for e in journal.events()] == ["L1", "L2", "L1"]
    assert journal.events()[0] == {"lead": "L1", "state": "dispatched"} and journal.damage() == []


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["change", "drop", "swap", "cut", "insert"]))
def test_every_change_of_a_line_is_found(tmp_path_factory, seed, how):
    journal = Journal(tmp_path_factory.mktemp("j") / "w", "events")
    journal.append([{"n": i, "text": f"第{i}条"} for i in range(5)])
    lines = journal.path.read_bytes().splitlines(keepends=True)
    at = seed % 5
    if how == "change":
        lines[at] = lines[at].replace(f'"n": {at}'.encode(), b'"n": 7')
    elif how == "drop":
        del lines[at]
    elif how == "swap":
        other = (at + 1) % 5
        lines[at], lines[other] = lines[other], lines[at]
    elif how == "cut":
        lines = lines[:at]
    else:  # behind the last line it would only be something never acknowledged
        lines.insert(at % 4, lines[at])
    journal.path.write_bytes(b"".join(lines))
    assert len(journal.damage()) == 1
    with pytest.raises(Refusal, match="台账被改动"):
        journal.append([{"n": 6}])


def test_rewriting_with_right_plain_hashes_needs_the_key(w):  # noqa: F811
    warehouse = w
    journal = Journal(warehouse, "events")
    journal.append([{"n": 1}])
    record = json.loads(journal.path.read_text())
    from yb_analytics.warehouse.sealing.records import chain_of

    forged = {**{k: v for k, v in record.items() if k != "chain"}, "n": 2}
    journal.path.write_text(json.dumps({**forged, "chain": chain_of(forged)}, ensure_ascii=False) + "\n")
    assert journal.damage() == ["第1条被改动"]
    told = verify(warehouse)
    assert len(told) == 1 and "events.jsonl" in told[0]


def test_what_a_killed_writer_left_behind_the_head_is_as_if_never_written(journal):
    whole = journal.path.read_bytes()
    with journal.path.open("ab") as f:
        f.write(whole.splitlines(keepends=True)[0])
        f.write(b'{"half')
    assert len(journal.events()) == 3
    journal.append([{"lead": "L3", "state": "dispatched"}])
    assert [e["lead"] for e in journal.events()] == ["L1", "L2", "L1", "L3"] and journal.damage() == []


def test_a_lost_head_leaves_the_lines_readable(journal, tmp_path):
    (tmp_path / "w.head" / "journal_lead_events.json").unlink()
    assert len(journal.events()) == 3

"""Checks of the data: every kind by its own example, planted defects found, undamaged cities not blocked."""

from __future__ import annotations

import time
from fnmatch import fnmatchcase
from functools import cache

import pandas as pd
import pytest

from tests.defects import DEFECTS, city_frames, damaged
from tests.sizes import amount
from yb_analytics.schema import TABLES, Period, Refusal
from yb_analytics.warehouse import checks, in_memory, ingest, open_warehouse
from yb_analytics.warehouse._frames import canonical
from yb_analytics.warehouse.checks import (
    SUBS,
    Check,
    Kind,
    Limits,
    all_checks,
    failing,
    judge,
    kept,
    run,
    shelf,
)
from yb_analytics.warehouse.checks._scan import Scan, count
from yb_analytics.warehouse.reader import Memory, Warehouse


def _one(frames: dict, check: str) -> pd.Series:
    """The answer of one check over frames."""
    table = run(in_memory({t: pd.DataFrame(c) for t, c in frames.items()}), names=[check]).table
    return table.set_index("check").loc[check]


@pytest.mark.parametrize("name", shelf.names)
def test_kind_passes_its_example_for_and_fails_the_one_against(name):
    unit = shelf[name]
    assert unit.sub in SUBS[unit.category] and unit.says and unit.advice and unit.basis and unit.title.reason
    assert unit.shows.startswith(f"{name}:") and unit.shows in all_checks()
    fine = _one(unit.fine, unit.shows)
    assert fine["state"] == "pass", fine["text"]
    if not unit.broken:
        assert name == "quarantined"  # frames in memory have no quarantine; tested below on disk
        return
    strict = run(in_memory({t: pd.DataFrame(c) for t, c in unit.broken.items()}), names=[unit.shows])
    own = checks.limits_of(unit.shows)
    hard = judge(strict.counts, all_checks(), lambda c: Limits(
        min(own.limit, 1e-9) if not unit.shows.startswith("money_level") else own.limit, 0.0, own.measure))
    row = hard.set_index("check").loc[unit.shows]
    assert row["state"] == "fail" and row["failed"] > 0, row["text"]


def test_there_are_enough_kinds_and_checks_in_all_of_kahn_s_categories():
    assert len(shelf) >= 30 and len(all_checks()) >= 300
    assert {k.category for k in shelf.values()} == set(SUBS)
    delivered = ("setl_d", "fee_list_d", "mdtrt_d")
    assert all({c.kind.category for c in all_checks().values() if c.table == t} == set(SUBS) for t in delivered)
    assert {c.table for c in all_checks().values()} == set(TABLES)


def test_a_broken_check_is_an_error_and_the_rest_goes_on():
    def explode(r):
        raise ValueError("no such thing")

    unit = shelf["code_valid"]
    bad = [Check("setl_d", "gend", bad=lambda r: r["gend"].cast("int64") > 0, kind=unit),
           Check("setl_d", "med_type", bad=explode, kind=unit), Check("setl_d", "insutype", kind=unit, of=(),
                                                                     bad=lambda r: r["insutype"].isnull())]
    w = in_memory({"setl_d": pd.DataFrame({"setl_id": ["a"], "gend": ["x"], "insutype": ["310"]})})
    counts = count(Scan(w), bad)
    states = counts.groupby("check")["state"].max()
    assert states["code_valid:setl_d.gend"] == states["code_valid:setl_d.med_type"] == "error"
    assert states["code_valid:setl_d.insutype"] == ""
    told = judge(counts, {c.id: c for c in bad}).set_index("check")["state"]
    assert told.to_dict() == {bad[0].id: "error", bad[1].id: "error", bad[2].id: "pass"}


def test_a_table_that_never_came_is_not_applicable_and_so_is_a_column():
    w = in_memory({"setl_d": pd.DataFrame({"setl_id": ["a"], "psn_no": ["p"]})})
    table = run(w).table
    assert set(table.loc[table["table"] == "fee_list_d", "state"]) == {"not applicable"}
    state = table.set_index("check")["state"]
    assert state["code_valid:setl_d.gend"] == state["reference_resolves:setl_d.psn_no"] == "not applicable"
    assert state["columns_delivered:setl_d.列"] == "fail"
    assert "error" not in set(table["state"])


def test_limits_are_judged_again_without_counting_again(tmp_path, monkeypatch):
    frames = city_frames(seed=3)
    folder = tmp_path / "in"
    folder.mkdir()
    frames["psn_info_b"].loc[:99, "gend"] = "7"
    for name in ("psn_info_b", "setl_d"):
        frames[name].to_parquet(folder / f"{name}.parquet")
    ingest(folder, tmp_path / "w", progress=False)
    w = open_warehouse(tmp_path / "w")
    first = run(w, names=["code_valid"], keep=True)
    check = "code_valid:psn_info_b.gend"
    assert first.table.set_index("check").loc[check, "state"] == "fail"
    monkeypatch.setattr(checks, "count", lambda *a: pytest.fail("counted again"))
    again = kept(w)
    assert again.table.equals(first.table)
    lenient = kept(w, limits=lambda c: Limits(limit=0.5))
    assert lenient.table.set_index("check").loc[check, "state"] == "pass"
    rows = failing(w, check, most=5)
    assert len(rows) == 5 and list(rows.columns) == ["psn_no", "ym", "county"]
    assert set(rows["psn_no"]) <= set(frames["psn_info_b"].loc[:99, "psn_no"].astype(str))


def test_quarantined_rows_are_counted_against_all_that_came(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "ps_death.csv").write_text("psn_no,death_date\np1,2025-01-01\np2,someday\n", encoding="utf-8")
    ingest(folder, tmp_path / "w", progress=False)
    row = run(open_warehouse(tmp_path / "w"), names=["quarantined"]).table.set_index("check").loc[
        "quarantined:ps_death.隔离"]
    assert (row["state"], row["rows"], row["failed"]) == ("fail", 2, 1)


def test_an_unknown_check_and_one_without_rows_are_refused():
    w = in_memory({"setl_d": pd.DataFrame({"setl_id": ["a"]})})
    with pytest.raises(Refusal, match="no check"):
        run(w, names=["nothing"])
    with pytest.raises(Refusal, match="no check"):
        failing(w, "nothing")
    with pytest.raises(Refusal, match="judges months"):
        failing(w, "volume_jump:setl_d.行数")
    with pytest.raises(Refusal, match="is no category"):
        Kind("x", None, None, "plausibility", "column", "", "", "", "")


def test_every_limit_names_a_check_there_is():
    ids = [*all_checks(), *shelf.names]
    idle = [p for p, _ in checks.read_limits() if not any(fnmatchcase(i, p) for i in ids)]
    assert idle == []


def test_a_period_cuts_facts_and_leaves_registers_whole():
    w = in_memory({"setl_d": pd.DataFrame({"setl_id": ["a", "b"], "setl_time": ["2025-01-03", "2025-02-03"],
                                           "gend": ["7", "1"]}),
                   "psn_info_b": pd.DataFrame({"psn_no": ["p", "q"], "gend": ["1", "7"]})})
    table = run(w, Period.parse("2025-02"), names=["code_valid"]).table.set_index("check")
    assert table.loc["code_valid:setl_d.gend", "state"] == "pass"
    assert table.loc["code_valid:psn_info_b.gend", "failed"] == 1


@pytest.mark.soak
def test_planted_defects_are_found():
    """At least 95 % of the defects make a check of the damaged table fail that did not fail before."""
    seeds, many = (1, 2), amount(100, 1000)
    clean = {s: _failed(_warehouse(s)[0]) for s in seeds}
    missed = []
    for n in range(many):
        seed = seeds[n % len(seeds)]
        defect = DEFECTS[n % len(DEFECTS)]
        w, table = _warehouse(seed, defect, n)
        if not any(_failed(w, only=part) - clean[seed] for part in _parts(table)):
            missed.append(f"{defect.__name__}({n})→{table}")
    assert len(missed) <= 0.05 * many, missed


@pytest.mark.soak
def test_undamaged_cities_are_not_blocked():
    """At most one false block in a thousand runs of checks."""
    made = blocks = 0
    for seed in range(11, 11 + amount(2, 20)):
        table = run(_warehouse(seed)[0]).table
        told = table[table["state"].isin(["pass", "fail"])]
        made += len(told)
        blocks += int(((told["state"] == "fail") & (told["severity"] == "block")).sum())
        assert "error" not in set(table["state"])
    assert made > 1000 and blocks <= made / 1000


def _warehouse(seed: int, defect=None, n: int = 0) -> tuple[Warehouse, str]:
    """A city in memory, damaged or not; only damaged tables are converted again."""
    source = Memory({})
    source._rows = _clean(seed).copy()
    if defect is None:
        return Warehouse(source), ""
    before = city_frames(seed)
    after, table = damaged({t: f.copy() for t, f in before.items()}, defect, n)
    for name, frame in after.items():
        if not frame.equals(before[name]):
            source._rows[name] = canonical(TABLES[name], frame)
    return Warehouse(source), table


@cache
def _clean(seed: int) -> dict:
    return {t: canonical(TABLES[t], f) for t, f in city_frames(seed).items()}


def _parts(table: str) -> list[list[str]]:
    """The checks of a table, those that look at it alone first: most defects are found by them."""
    mine = [c for c in all_checks().values() if c.table == table]
    alone = [c.id for c in mine if not (c.joins or c.query)]
    return [alone, [c.id for c in mine if c.id not in alone]]


def _failed(w: Warehouse, only: list[str] | None = None) -> set[str]:
    table = run(w, names=only).table
    return set(table.loc[table["state"] == "fail", "check"])


def test_one_scan_a_table_is_not_many(tmp_path):
    """All row checks of a table cost a few scans of it, not one each."""
    frames = city_frames(seed=3)
    w = in_memory({"setl_d": frames["setl_d"]})
    mine = [c for c in all_checks().values() if c.table == "setl_d" and c.bad and not c.joins]
    asked = []
    real = w.run
    w.run = lambda e: asked.append(e) or real(e)  # type: ignore[method-assign]
    began = time.process_time()
    count(Scan(w), mine)
    assert len(mine) > 100 and len(asked) <= 4, len(asked)  # the scan, the lengths of ids, the city
    assert time.process_time() - began < 20

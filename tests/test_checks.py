"""Checks of the data: every kind by its own example, planted defects found, undamaged cities not blocked."""

from __future__ import annotations

import time
from fnmatch import fnmatchcase
from functools import cache

import pandas as pd
import pytest

from tests.defects import DEFECTS, city_frames, damaged
from tests.sizes import amount
from yb_analytics.reporting import chapters
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
from yb_analytics.warehouse.checks._count import count
from yb_analytics.warehouse.checks._scan import Scan
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
    missed = []
    for n in range(many):
        seed = seeds[n % len(seeds)]
        defect = DEFECTS[n % len(DEFECTS)]
        w, table = _damaged(seed, defect, n)
        if not any(_failed(w, only=part) - _failed_before(seed) for part in _parts(table)):
            missed.append(f"{defect.__name__}({n})→{table}")
    assert len(missed) <= 0.05 * many, missed


@pytest.mark.soak
def test_undamaged_cities_are_not_blocked():
    """At most one false block in a thousand runs of checks."""
    made = blocks = 0
    for seed in range(1, 1 + amount(2, 20)):
        table = _undamaged(seed)
        told = table[table["state"].isin(["pass", "fail"])]
        made += len(told)
        blocks += int(((told["state"] == "fail") & (told["severity"] == "block")).sum())
        assert "error" not in set(table["state"])
    assert made > 1000 and blocks <= made / 1000


def _warehouse(rows: dict) -> Warehouse:
    """Canonical Arrow tables as they are, without another conversion."""
    source = Memory({})
    source._rows = rows
    return Warehouse(source)


@cache
def _clean(seed: int) -> dict:
    return {t: canonical(TABLES[t], f) for t, f in city_frames(seed).items()}


@cache
def _undamaged(seed: int) -> pd.DataFrame:
    """What the checks say of an honest city."""
    return run(_warehouse(_clean(seed))).table


def _failed_before(seed: int) -> set[str]:
    table = _undamaged(seed)
    return set(table.loc[table["state"] == "fail", "check"])


def _damaged(seed: int, defect, n: int) -> tuple[Warehouse, str]:
    """A city with one defect, and the table it damaged; only what the defect changed is converted again."""
    before, rows = city_frames(seed), _clean(seed).copy()
    after, table = damaged({t: f.copy() for t, f in before.items()}, defect, n)
    for name, frame in after.items():
        if len(frame) != len(before[name]):
            rows[name] = canonical(TABLES[name], frame)
            continue
        changed = [c for c in frame.columns if not frame[c].equals(before[name][c])]
        again = canonical(TABLES[name], frame[changed])
        for column in changed:
            at = rows[name].schema.get_field_index(column)
            rows[name] = rows[name].set_column(at, rows[name].schema.field(at), again[column])
    return _warehouse(rows), table


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


def test_foreign_data_are_not_accused_of_what_they_do_not_hold():
    n = 300
    rows = pd.DataFrame({"setl_id": [f"C{i:09d}" for i in range(n)], "psn_no": [f"{i % 90:016X}" for i in range(n)],
                         "fixmedins_code": "2600GD", "setl_time": pd.date_range("2009-01-05", periods=n, freq="26h"),
                         "med_type": "21", "medfee_sumamt": range(100, 100 + n), "fund_pay_sumamt": range(50, 50 + n)})
    table = run(in_memory({"setl_d": rows})).table
    assert "error" not in set(table["state"])
    failed = set(table.loc[table["state"] == "fail", "kind"])
    assert failed <= {"columns_delivered", "institution_code", "constant_column"}, failed
    mine = table[table["table"] == "setl_d"]
    assert (mine["state"] == "not applicable").sum() > 100 > (mine["state"] == "fail").sum()


def test_coverage_says_table_month_and_county():
    w = in_memory({
        "setl_d": pd.DataFrame({"setl_id": ["a", "b", "c"], "insu_admdvs": ["330402", "330402", "330481"],
                                "setl_time": ["2025-01-03", "2025-02-03", "2025-01-09"]}),
        "fee_list_d": pd.DataFrame({"bkkp_sn": ["1"], "fixmedins_code": ["h"], "fee_ocur_time": ["2025-01-03"]}),
        "fixmedins_b": pd.DataFrame({"fixmedins_code": ["h"], "fix_blng_admdvs": ["330421"]}),
        "fund_ledger": pd.DataFrame({"ym": ["202501"], "insu_admdvs": ["330402"]})})
    rows = {tuple(r) for r in w.coverage(by=("table", "month", "county")).itertuples(index=False)}
    assert rows == {("setl_d", "202501", "330402", 1), ("setl_d", "202502", "330402", 1),
                    ("setl_d", "202501", "330481", 1), ("fee_list_d", "202501", "330421", 1),
                    ("fixmedins_b", "", "330421", 1), ("fund_ledger", "202501", "330402", 1)}
    assert set(w.coverage(by="table")["rows"]) == {1, 3} and list(w.coverage().columns) == ["table", "ym", "rows"]
    with pytest.raises(Refusal, match="colour"):
        w.coverage(by="colour")


def test_the_chapters_count_what_the_checks_say():
    w = in_memory({"psn_info_b": pd.DataFrame({"psn_no": list("abcd"), "gend": ["1", "7", "1", "2"]})})
    found = run(w, names=["code_valid", "columns_delivered"])
    counts = chapters.quality_counts(found).set_index("类别")
    states = found.table["state"].value_counts()
    assert counts.loc["合计", "通过"] == states.get("pass", 0)
    assert counts.loc["合计", ["阻断", "警告", "提示"]].sum() == states["fail"]
    failed = chapters.quality_failed(found)
    assert "人员基本信息·性别" in set(failed["数据表与项目"]) and len(failed) == len(chapters.quality_sentences(found))
    worst = found.summary.set_index("table").loc["psn_info_b"]
    assert (worst["conformance"], worst["completeness"], worst["failed"]) == ("warn", "note", states["fail"])
    assert "不通过" in found.text and len(chapters.quality_advice(found)) == 2

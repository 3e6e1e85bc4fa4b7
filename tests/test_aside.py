"""Rows of one key that come together: counted, named with the row that was kept, told apart by what they say."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from tests.deliveries import as_bytes, deliver, sample, stored, taken
from yb_analytics.cli import main
from yb_analytics.warehouse import ingest, open_warehouse, verify

BASE = {"psn_no": "p1", "fixmedins_code": "H1", "setl_time": "2025-03-01 08:00:00", "med_type": "11",
        "medfee_sumamt": "10", "fund_pay_sumamt": "5", "updt_time": "2025-04-01"}


def row(ident, **given) -> dict:
    return {"setl_id": ident, **BASE, **given}


def replaced(path) -> list[list]:
    w = open_warehouse(path)
    rows = w.run(w.replaced.order_by(["source", "line"]))
    rows = rows[["source", "line", "row_key", "kept_source", "kept_line", "same_flag", "differs", "reason"]]
    return rows.astype(object).where(rows.notna(), None).values.tolist()


TOGETHER = [row("same"), row("same"), row("fee", updt_time="2025-04-02"), row("fee", medfee_sumamt="20"),
            row("tie", medfee_sumamt="7"), row("tie", medfee_sumamt="8"), row("late", updt_time=""), row("late"),
            row("one"), row("bad", medfee_sumamt="x"), row("bad")]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_rows_replaced_in_one_file_are_named(tmp_path, kind):
    file = deliver(tmp_path / "in", TOGETHER, kind)
    report = taken(file, tmp_path / "w")
    first = 2 if kind == "csv" else 1
    kept = stored(tmp_path / "w").set_index("setl_id")
    tie = int(kept.medfee_sumamt["tie"] == 7)
    name = file.name
    assert report.accepted == 10 and report.quarantined == 1 and len(kept) == 6
    assert report.stored.set_index("table").loc["setl_d", ["superseded", "same", "differing"]].tolist() == [4, 1, 3]
    same = "内容完全相同 · the same row again"
    later = "保留更新时间较晚的一行 · the row of the later updt_time is kept"
    chosen = "更新时间相同或未填，按内容取定一行 · no later updt_time: one is chosen by content"
    assert replaced(tmp_path / "w") == [
        [name, first + 1, "setl_id=same", name, first, "1", "", same],
        [name, first + 3, "setl_id=fee", name, first + 2, "0", "medfee_sumamt, updt_time", later],
        [name, first + 4 + tie, "setl_id=tie", name, first + 5 - tie, "0", "medfee_sumamt", chosen],
        [name, first + 6, "setl_id=late", name, first + 7, "0", "updt_time", later]]
    assert "setl_d 内容相同 1 行、内容不同 3 行（逐行见 yb aside --replaced）" in report.text
    assert verify(tmp_path / "w") == []


def test_an_overlap_of_deliveries_is_an_update_and_names_nobody(tmp_path):
    taken(deliver(tmp_path / "a", [row("1"), row("2")], "csv"), tmp_path / "w")
    report = taken(deliver(tmp_path / "b", [row("1", updt_time="2025-05-01"), row("2", medfee_sumamt="9")], "csv"),
                   tmp_path / "w")
    assert report.stored[["superseded", "same", "differing"]].values.tolist() == [[2, 0, 0]]
    assert replaced(tmp_path / "w") == [] and "同一批内" not in report.text


def test_what_is_stored_may_win_over_both_and_files_of_one_delivery_are_told_apart(tmp_path):
    taken(deliver(tmp_path / "a", [row("1", updt_time="2026-01-01")], "csv"), tmp_path / "w")
    for n, fee in enumerate(("1", "2")):
        deliver(tmp_path / "b" / str(n), [row("1", medfee_sumamt=fee), row("2", medfee_sumamt=fee)], "csv")
    taken(tmp_path / "b", tmp_path / "w")
    got = {r[2]: r for r in replaced(tmp_path / "w")}
    assert got["setl_id=1"][3:5] == [None, None] and "newer row was stored" in got["setl_id=1"][-1]
    assert {got["setl_id=2"][0], got["setl_id=2"][3]} == {"0/setl_d.csv", "1/setl_d.csv"}


def test_the_account_of_replaced_rows_is_no_content(tmp_path):
    once, twice = [row("1"), row("2")], [row("1"), row("1"), row("2")]
    a = taken(deliver(tmp_path / "a", once, "csv"), tmp_path / "wa")
    b = taken(deliver(tmp_path / "b", twice, "csv"), tmp_path / "wb")
    again = taken(tmp_path / "b/setl_d.csv", tmp_path / "wb")
    assert a.data_version == b.data_version == again.data_version and again.version == b.version


def test_hashed_columns_differ_without_being_shown(tmp_path):
    rows = [{**sample("psn_info_b", 1)[0], "psn_name": n, "updt_time": "2025-01-01"} for n in ("张三丰", "李四光")]
    (tmp_path / "psn_info_b.csv").write_bytes(as_bytes(rows, "csv"))
    taken(tmp_path / "psn_info_b.csv", tmp_path / "w")
    ((*_, same, differs, _reason),) = replaced(tmp_path / "w")
    assert same == "0" and differs == "psn_name, link_code"
    assert not any("张三丰" in str(v) or "李四光" in str(v) for r in replaced(tmp_path / "w") for v in r)


def test_aside_shows_and_writes_them(tmp_path, capsys):
    ingest(deliver(tmp_path / "in", TOGETHER, "csv"), tmp_path / "w", progress=False)
    for options, says in (((), "隔离 1 行：setl_d 1"), (("--replaced",), "被替代 4 行：setl_d 4"),
                          (("--table", "mdtrt_d"), "隔离 0 行")):
        with pytest.raises(SystemExit):
            main(["aside", "-w", str(tmp_path / "w"), *options])
        assert says in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["aside", "-w", str(tmp_path / "w"), "--replaced", "--json", "--out", str(tmp_path / "r.csv")])
    assert len(json.loads(capsys.readouterr().out)["rows"]) == 4 == len(pd.read_csv(tmp_path / "r.csv"))
    assert (tmp_path / "r.csv").stat().st_mode & 0o77 == 0

"""The life of leads: steps, clocks, draws with known probability, feedback sheets, where each yuan stands."""

from __future__ import annotations

import itertools
import shutil
from datetime import date
from decimal import Decimal

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import screened as city
from yb_analytics.cli import main
from yb_analytics.leads import (
    draw,
    drawn,
    estimates,
    events,
    export_feedback,
    leads,
    overdue,
    record,
    redrawn,
    savings,
    screen,
    standing,
    take_feedback,
)
from yb_analytics.leads._capacity import shares_of
from yb_analytics.leads._life import STAGE, allowed, due_day
from yb_analytics.leads._yield import _placed, limits
from yb_analytics.schema import Refusal
from yb_analytics.warehouse import Journal, ingest, open_warehouse, verify


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    top = tmp_path_factory.mktemp("life")
    for name, frame in city.resell(city.split(city.drain(city.honest(persons=300)))).items():
        (top / "data" / name).mkdir(parents=True)
        frame.to_parquet(top / "data" / name / "all.parquet", index=False)
    ingest(top / "data", top / "w", progress=False)
    screen(open_warehouse(top / "w"), "2025", progress=False)
    return top


@pytest.fixture
def w(once, tmp_path):
    for suffix in ("", ".raw", ".head"):
        shutil.copytree(once / f"w{suffix}", tmp_path / f"w{suffix}")
    shutil.copy2(once / "w.key", tmp_path / "w.key")
    return open_warehouse(tmp_path / "w")


def first(w, n=0) -> str:
    return w.run(leads(w, "2025"))["lead_id"].iloc[n]


def test_a_lead_goes_its_way_and_every_step_is_kept(w):
    lead = first(w)
    for state, day in (("dispatched", "2026-01-05"), ("verifying", "2026-01-06"), ("partly", "2026-01-20"),
                       ("disposed", "2026-03-01"), ("rechecked", "2026-09-01")):
        money = {"confirmed_amt": "100.00", "recovered_amt": "40"} if state == "partly" else {}
        assert record(w, [{"lead_id": lead, "state": state, "at": day, "owner": "嘉善县医保局", **money}]) == 1
    assert list(events(w)["state"]) == ["dispatched", "verifying", "partly", "disposed", "rechecked"]
    now = standing(w).loc[lead]
    assert now["state"] == "rechecked" and (now["confirmed_amt"], now["recovered_amt"]) == (Decimal(100), Decimal(40))
    assert w.run(leads(w, "2025")).set_index("lead_id").loc[lead, "state"] == "rechecked"
    assert verify(w.path) == []


@pytest.mark.parametrize(("event", "told"), [
    ({"lead_id": "L0", "state": "dispatched"}, "没有线索 L0"),
    ({"state": "solved"}, "不存在"),
    ({"state": "new"}, "不存在"),
    ({"state": "disposed"}, "不能从“新线索”到“已处置”"),
    ({"state": "confirmed", "confirmed_amt": -1}, "金额为负"),
    ({"state": "refuted", "confirmed_amt": 10}, "已排除，却有查实金额"),
    ({"state": "confirmed", "confirmed_amt": 10, "refused_amt": 6, "recovered_amt": 5}, "超过查实金额"),
    ({"state": "confirmed", "informer": "x"}, "unknown key informer"),
])
def test_what_cannot_be_is_refused_and_nothing_is_kept(w, event, told):
    good = {"lead_id": first(w), "state": "dispatched", "at": "2026-01-05"}
    with pytest.raises(Refusal, match=told):
        record(w, [good, {"lead_id": first(w, 1), "at": "2026-01-06"} | event])
    assert events(w).empty


def test_time_does_not_run_backwards(w):
    record(w, [{"lead_id": first(w), "state": "verifying", "at": "2026-01-10"}])
    with pytest.raises(Refusal, match="早于上一条"):
        record(w, [{"lead_id": first(w), "state": "confirmed", "at": "2026-01-09"}])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([s for s in STAGE if s != "new"]), max_size=8))
def test_no_walk_reaches_disposal_without_an_outcome(walk):
    state, path = "new", ["new"]
    for step in walk:
        if allowed(state, step):
            state = step
            path.append(step)
    for before, after in itertools.pairwise(path):
        assert after != "disposed" or before in ("confirmed", "partly", "refuted")


def test_clocks_know_holidays():
    assert due_day("dispatched", "线索", date(2025, 9, 25), date(2025, 9, 25)) == date(2025, 10, 22)
    assert due_day("disposed", "线索", date(2025, 1, 1), date(2025, 1, 1)) == date(2025, 6, 30)


def test_overdue_names_the_late_ones(w):
    lead = first(w)
    record(w, [{"lead_id": lead, "state": "dispatched", "at": "2026-01-05"}])
    assert overdue(w, date(2026, 1, 6)).empty
    late = overdue(w, date(2026, 2, 2)).set_index("lead_id")
    assert late.loc[lead, "late_days"] == 5 and (late["due"].notna()).all()


def test_a_draw_has_known_probabilities_and_can_be_drawn_again(w):
    made = draw(w, "2025", 8, 3, seed=5)
    table = made.table
    assert (table["arm"] == "random").sum() == 3 and len(table) == 8 and table["lead_id"].is_unique
    for row in table[table["arm"] == "random"].itertuples():
        assert row.inclusion == pytest.approx(row.taken / row.frame)
    assert set(table.loc[table["arm"] == "top", "inclusion"]) == {1.0}
    assert len(drawn(w)) == 8
    draw(w, "2025", 8, 3, seed=5)
    assert len(drawn(w)) == 8, "the same draw is kept once"
    record(w, [{"lead_id": table["lead_id"].iloc[0], "state": "confirmed"}])
    assert redrawn(w, table["draw"].iloc[0])
    with pytest.raises(Refusal, match="no draw"):
        redrawn(w, "nothing")
    with pytest.raises(Refusal, match="drawn by chance"):
        draw(w, "2025", 3, 5)


def test_every_unit_left_out_can_be_drawn(w):
    sizes, hits = None, {}
    for seed in range(200):
        table = draw(w, "2025", 6, 4, seed=seed, at="2026-01-01").table
        chance = table[table["arm"] == "random"]
        sizes = chance.groupby("stratum")[["frame", "taken"]].first()
        for unit in chance["lead_id"]:
            hits[unit] = hits.get(unit, 0) + 1
    expected = 200 * (sizes["taken"] / sizes["frame"]).min()
    assert len(hits) > 0.9 * sizes["frame"].sum() and max(hits.values()) < 12 * max(expected, 3)


@given(st.dictionaries(st.sampled_from("abcde"), st.integers(0, 400), min_size=1), st.integers(0, 300),
       st.integers(0, 2))
def test_strata_give_no_more_than_they_have(sizes, count, least):
    given_ = shares_of(sizes, count, least)
    assert sum(given_.values()) == min(count, sum(sizes.values()))
    assert all(given_[s] <= sizes[s] for s in given_)


def fill(file, **answers) -> None:
    """Fill the sheet: lead id → result and the rest by heading."""
    book = openpyxl.load_workbook(file)
    page = book.worksheets[0]
    heads = {c.value: c.column for c in page[1]}
    for row in range(2, page.max_row + 1):
        for title, value in answers.get(page.cell(row, 1).value, {}).items():
            page.cell(row, heads[title], value)
    book.save(file)


def test_a_sheet_goes_out_and_comes_back(w, tmp_path):
    draw(w, "2025", 7, 3)
    file = tmp_path / "sheet.xlsx"
    assert export_feedback(w, file, "2025") == 7
    units = drawn(w)
    top, chance = (units[units["arm"] == a]["lead_id"].tolist() for a in ("top", "random"))
    words = str([[c.value for c in r] for r in openpyxl.load_workbook(file).worksheets[0].iter_rows()])
    assert "random" not in words and "名单" not in words
    fill(file, **{top[0]: {"核查结果": "查实", "核查日期": "2026-02-01", "查实金额（元）": 120.5,
                            "其中追回（元）": "100"},
                  top[1]: {"核查结果": "排除", "核查日期": date(2026, 2, 2), "核查说明": "=HYPERLINK(1)"},
                  chance[0]: {"核查结果": "排除", "核查日期": "2026/02/03"}})
    assert take_feedback(w, file) == 3 and take_feedback(w, file) == 0
    now = standing(w)
    assert now.loc[top[0], "confirmed_amt"] == Decimal("120.50") and now.loc[top[1], "state"] == "refuted"
    told = estimates(w)
    row = told.table[told.table["arm"] == "top"].iloc[0]
    assert (row["verified"], row["confirmed"]) == (2, 1) and 0 < row["low"] < 0.5 < row["high"] < 1
    assert "查实率50.00%" in told.text and told.text.endswith("。")
    again = tmp_path / "again.xlsx"
    export_feedback(w, again, "2025")
    assert "查实" in [r[10].value for r in openpyxl.load_workbook(again).worksheets[0].iter_rows(min_row=2)]


@pytest.mark.parametrize(("answer", "told"), [
    ({"核查结果": "查实了", "核查日期": "2026-02-01"}, "第3行：核查结果“查实了”不在可选范围"),
    ({"核查结果": "查实", "核查日期": "二月"}, "第3行：核查日期“二月”不是日期"),
    ({"核查结果": "查实", "核查日期": "2026-02-01", "查实金额（元）": "很多"}, "第3行：查实金额"),
    ({"查实金额（元）": 5}, "第3行：填了金额而未填核查结果"),
])
def test_a_wrong_row_is_named_and_nothing_is_kept(w, tmp_path, answer, told):
    file = tmp_path / "sheet.xlsx"
    export_feedback(w, file, "2025")
    ids = [r[0].value for r in openpyxl.load_workbook(file).worksheets[0].iter_rows(min_row=2)]
    fill(file, **{ids[0]: {"核查结果": "排除", "核查日期": "2026-02-01"}, ids[1]: answer})
    with pytest.raises(Refusal, match=told):
        take_feedback(w, file)
    assert events(w).empty


def test_what_is_no_sheet_is_refused(w, tmp_path):
    for name, content in (("a.xlsx", b"PK"), ("b.xlsx", b"lead,state")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(Refusal, match=r"不是 \.xlsx 工作簿"):
            take_feedback(w, tmp_path / name)
    pd.DataFrame({"线索号": ["x"]}).to_excel(tmp_path / "c.xlsx", index=False)
    with pytest.raises(Refusal, match="缺少列"):
        take_feedback(w, tmp_path / "c.xlsx")


amounts = st.integers(0, 5000).map(lambda f: Decimal(f) / 100)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([None, *STAGE]), amounts, amounts, amounts, amounts, st.booleans()),
                min_size=1, max_size=6))
def test_a_yuan_is_in_one_place(rows):
    told = pd.DataFrame([{"state": s, "amount": a, "confirmed_amt": c if has else None, "refused_amt": min(r, c),
                          "recovered_amt": min(v, c - min(r, c))} for s, a, c, r, v, has in rows])
    out = _placed(told)
    total = {c: sum(out[c], Decimal(0)) for c in ("identified", "beyond", "open", "ruled_out", "outstanding", "refused",
                                                 "recovered")}
    assert total["identified"] + total["beyond"] == (
        total["open"] + total["ruled_out"] + total["outstanding"] + total["refused"] + total["recovered"])
    assert all((out[c] >= 0).all() for c in total)


def test_the_ledger_of_savings_adds_up(w):
    lead = first(w)
    record(w, [{"lead_id": lead, "state": "confirmed", "confirmed_amt": "50", "recovered_amt": "20"}])
    table = savings(w, "2025").table
    sums = table.drop(columns=["pot", "leads"]).sum()
    stored = w.run(w.stored("lead", "2025").select("amount"))["amount"].sum()
    assert float(sums["identified"]) == pytest.approx(stored, abs=0.02)
    rest = ["open", "ruled_out", "outstanding", "refused", "recovered"]
    assert sums["identified"] + sums["beyond"] == sums[rest].sum()
    assert sums["recovered"] == Decimal("20.00") and sums["outstanding"] == Decimal("30.00")
    by = savings(w, "2025", by="tier").table
    assert by["identified"].sum() == sums["identified"]


def test_feedback_another_system_delivers_counts(w, tmp_path):
    lead = first(w)
    frame = pd.DataFrame({"lead_id": [lead], "event_time": ["2026-02-20 10:00:00"], "state": ["refuted"]})
    frame.to_csv(tmp_path / "lead_feedback_d.csv", index=False)
    ingest(tmp_path / "lead_feedback_d.csv", w.path, progress=False)
    again = open_warehouse(w.path)
    assert standing(again).loc[lead, "state"] == "refuted"


def test_limits_cover_what_they_say():
    rng, inside = np.random.default_rng(1), 0
    for _ in range(300):
        k = int(rng.binomial(20, 0.3))
        low, high = limits(k, 20)
        inside += low <= 0.3 <= high
    assert inside >= 0.95 * 300


def test_the_commands(w, tmp_path, capsys):
    def run(*words) -> tuple[int, str]:
        with pytest.raises(SystemExit) as stop:
            main([*words, "-w", str(w.path)])
        out = capsys.readouterr()
        return stop.value.code or 0, out.out + out.err

    assert "随机抽取2个" in run("leads", "-p", "2025", "--capacity", "6", "--random", "2")[1]
    code, said = run("feedback", "export", str(tmp_path / "f.xlsx"), "-p", "2025")
    assert code == 0 and "6 条线索" in said
    assert run("feedback", "import", str(tmp_path / "f.xlsx")) == (0, "没有新的核查结果。\n")
    assert "优先名单" in run("feedback", "yield")[1]
    assert "待核查" in run("feedback", "savings", "-p", "2025", "--by", "county")[1]
    assert "逾期线索" in run("leads", "--overdue")[1]
    assert run("feedback", "import", str(tmp_path / "absent.xlsx"))[0] == 3


def test_a_changed_event_is_named_by_verify(w):
    record(w, [{"lead_id": first(w), "state": "refuted"}])
    path = Journal(w.path, "lead_events").path
    path.write_text(path.read_text("utf-8").replace("refuted", "confirmed"), "utf-8")
    assert any("lead_events.jsonl" in told for told in verify(w.path))
    with pytest.raises(Refusal, match="台账被改动"):
        standing(w)

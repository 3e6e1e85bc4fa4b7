"""Knowledge: strict at load, dated, sourced."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from yb_analytics import knowledge
from yb_analytics.knowledge._parameters import Parameters, read_parameters
from yb_analytics.knowledge._points import COLUMNS, read_points
from yb_analytics.knowledge._registers import read_exclusions
from yb_analytics.schema import ANSWERS, Refusal
from yb_analytics.schema.finding import empty, findings_of

HEAD = "name,value,unit,valid_from,valid_until,status,source,note\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "owner.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_last_years_law_gives_last_years_answer(tmp_path):
    path = written(tmp_path, HEAD + "gap_days,7,days,2024-01-01,2025-06-30,proposal,甲,\n"
                   "gap_days,15,days,2025-07-01,,proposal,乙,\n")
    facts = read_parameters(path)
    on = {d: Parameters("owner", date.fromisoformat(d), facts).gap_days
          for d in ("2024-01-01", "2025-06-30", "2025-07-01", "2030-01-01")}
    assert on == {"2024-01-01": 7, "2025-06-30": 7, "2025-07-01": 15, "2030-01-01": 15}
    with pytest.raises(Refusal, match="gap_days has no value valid on 2023-12-31"):
        _ = Parameters("owner", date(2023, 12, 31), facts).gap_days
    with pytest.raises(Refusal, match=r"parameters/owner\.csv: no parameter 'gap_day'"):
        _ = Parameters("owner", date(2025, 1, 1), facts).gap_day


def test_values_have_the_type_of_their_unit(tmp_path):
    path = written(tmp_path, HEAD + "a,3,days,,,proposal,x,\nb,0.25,share,,,proposal,x,\n"
                   "c,01,code,,,proposal,x,\nd,A;B,list,,,proposal,x,\ne,2025-12-31,date,,,proposal,x,\n"
                   "f,true,flag,,,proposal,x,\ng,words,,,,proposal,x,\n")
    p = Parameters("owner", date(2025, 1, 1), read_parameters(path))
    assert (p.a, p.b, p.c, p.d, p.e, p.f, p.g) == (
        3, 0.25, "01", ("A", "B"), date(2025, 12, 31), True, "words")
    assert list(p.facts()["source"].unique()) == ["x"]


@pytest.mark.parametrize(("text", "told"), [
    ("name,value,unit\n", "line 1: missing column valid_from"),
    (HEAD.replace("note", "remark"), "line 1: unknown column remark"),
    (HEAD + "a,3,days,,,rumour,x,\n", "line 2: unknown status 'rumour'"),
    (HEAD + "a,three,days,,,proposal,x,\n", "line 2: not a number of days: 'three'"),
    (HEAD + "a,nan,days,,,proposal,x,\n", "line 2: not a finite number"),
    (HEAD + "a,3,days,2025-02-30,,proposal,x,\n", "line 2: not a date: '2025-02-30'"),
    (HEAD + "a,3,days,2025-02-01,2025-01-01,proposal,x,\n", "line 2: valid until 2025-01-01 before"),
    (HEAD + "a,3,days,,,proposal,x,\na,4,days,2025-01-01,,proposal,x,\n", "line 3: validity of a overlaps line 2"),
    (HEAD + "a,3,days,,,proposal,,\n", "line 2: source is empty"),
    (HEAD + "a,3,days,,,proposal,x,,more\n", "line 2: the number of cells"),
    (HEAD + "a b,3,days,,,proposal,x,\n", "line 2: not a name: 'a b'"),
])
def test_a_bad_table_is_refused_with_its_line(tmp_path, text, told):
    with pytest.raises(Refusal, match=r"owner\.csv") as refusal:
        read_parameters(written(tmp_path, text))
    assert told in str(refusal.value)


def points(folder: Path, *rows: str) -> pd.DataFrame:
    return read_points([written(folder, ",".join(COLUMNS) + "\n" + "\n".join(rows) + "\n")])


def test_a_superseded_point_ends_the_day_before(tmp_path):
    found = points(tmp_path, "K1,甲,A,,,,sex,2,,2025-01-01,,b1,,x,", "K2,甲,A,,,,sex,1,,2026-03-01,,b2,K1,x,")
    assert found["valid_until"].tolist() == [date(2026, 2, 28), date.max]


@pytest.mark.parametrize(("rows", "told"), [
    (["K1,甲,A,,,,colour,2,,,,b,,x,"], "unknown condition 'colour'"),
    (["K1,甲,A,,,,max_count,2,fortnight,,,b,,x,"], "unknown window 'fortnight'"),
    (["K1,甲,A,,,,age_max,old,,,,b,,x,"], "age_max is not a number: 'old'"),
    (["K1,甲,A,,,,pair,,,,,b,,x,"], "a pair without other_code"),
    (["K1,甲,A,,,,sex,,,,,b,,x,"], "sex has no value"),
    (["K1,甲,A,,,,sex,2,,,,b,,x,", "K1,甲,B,,,,sex,2,,,,b,,x,"], "point K1 stands twice"),
    (["K1,甲,A,,,,sex,2,,,,b,,x,", "K2,甲,A,,,,sex,1,,,,b,,x,"], "overlaps line 2"),
    (["K1,甲,A,,,,sex,2,,,,b,K9,x,"], "supersedes an unknown point: K9"),
])
def test_a_bad_point_is_refused(tmp_path, rows, told):
    with pytest.raises(Refusal, match=r"owner\.csv line \d") as refusal:
        points(tmp_path, *rows)
    assert told in str(refusal.value)


def test_a_bad_exclusion_is_refused(tmp_path):
    path = written(tmp_path, "reason,reason_zh,kind,value,status,source\na,甲,colour,red,proposal,x\n")
    with pytest.raises(Refusal, match=r"line 2: unknown kind 'colour'"):
        read_exclusions(path)


def test_everything_shipped_loads_and_names_its_source():
    facts = knowledge.all_facts()
    assert facts["source"].ne("").all() and set(facts["status"]) <= set(knowledge.STATUS)
    assert {"chemotherapy", "radiotherapy", "dialysis", "psychiatric", "transfer", "referral", "newborn",
            "rehabilitation"} <= set(knowledge.exclusions()["reason"])
    assert len(knowledge.national_rules()) == 88
    live = knowledge.points("2025-06-30")
    assert live["point_id"].is_unique and len(live) <= len(knowledge.points())
    items = set(knowledge.catalogue()["hilist_code"])
    demo = live[live["batch"].str.startswith("demo")]
    assert set(demo["item_code"]) | set(demo["other_code"]) - {""} <= items | {""}


def test_an_unknown_index_is_refused():
    with pytest.raises(Refusal, match="no index version 'nowhere'"):
        knowledge.index("nowhere")


def hits(**changed) -> pd.DataFrame:
    row = {"subject_id": "H1", "locator": ["b", "a"], "grain": "line", "amount": "2.345", "score": 1.0, "why": "甲"}
    return pd.DataFrame([{**row, **changed}])


def made(frame: pd.DataFrame, found_by: str = "x") -> pd.DataFrame:
    return findings_of(frame, found_by=found_by, version="1", tier="疑点", subject="institution", period="2025",
                       basis="条例", data_version="v")


def test_findings_have_their_shape_and_a_stable_id():
    one = made(hits())
    assert list(one.columns) == ANSWERS["finding"].names == list(empty().columns)
    assert str(one.loc[0, "amount"]) == "2.35" and one.loc[0, "locator"] == ["a", "b"]
    same = made(hits(locator=["a", "b", "a"], why="乙"))
    assert one.loc[0, "finding_id"] == same.loc[0, "finding_id"] != made(hits(), "y").loc[0, "finding_id"]
    both = made(pd.concat([hits(), hits(amount=9)], ignore_index=True))
    assert both["amount"].tolist() == [9]


def test_hits_that_are_no_hits_are_refused():
    with pytest.raises(Refusal, match="hits lack why"):
        made(hits().drop(columns="why"))
    with pytest.raises(Refusal, match="score is missing or outside"):
        made(hits(score=1.5))
    assert made(hits().iloc[:0]).empty

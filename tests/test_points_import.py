"""Knowledge points: published layouts in, one table out; dated, superseded, encoded or kept as text."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from tests.published import LEVEL, PAIR, SEX, official, reorganised, workbook
from yb_analytics import knowledge
from yb_analytics.knowledge import _store
from yb_analytics.knowledge._encoding import COLUMNS as ENCODING_COLUMNS
from yb_analytics.knowledge._encoding import Said, encode, encodings, read_encodings
from yb_analytics.knowledge._points import COLUMNS
from yb_analytics.schema import Refusal


def held(store: Path) -> pd.DataFrame:
    return _store.built(store).held.set_index("item_name")


def used(store: Path) -> pd.DataFrame:
    found = knowledge.points(store=store)
    return found[found["point_id"].str.startswith("ZS")].reset_index(drop=True)


def test_two_transcriptions_of_a_point_are_one(tmp_path):
    store = tmp_path / "store"
    knowledge.import_points(official(tmp_path / "a", SEX), store)
    assert held(store).loc["甲丸", "state"] == "not encoded", "the official layout does not say the sex"
    done = knowledge.import_points(reorganised(
        tmp_path / "b", ("第一批", "药品", "限定性别对象", "", "甲丸", "女", "用于月经不调"),
        codes=(("第一批", "限定性别对象", "甲丸", "XA1"), ("第一批", "限定性别对象", "甲丸", "XA3"))), store)
    assert list(held(store)["state"]) == ["encoded"]
    rows = used(store)
    assert set(rows["item_code"]) == {"XA1", "XA2", "XA3"} and set(rows["value"]) == {"2"}
    assert rows["point_id"].nunique() == 1
    told = done.conflicts.set_index("kind").loc["codes differ", "detail"]
    assert "XA2" in told and "XA3" in told and "XA1" not in told


def test_a_pair_waits_for_its_window(tmp_path):
    store = tmp_path / "store"
    knowledge.import_points(official(tmp_path / "a", PAIR), store)
    assert used(store).empty, "the official layout does not say in which window"
    knowledge.import_points(reorganised(tmp_path / "b", (
        "第七批", "项目", "重复收费", "009000000000001", "监护", "6小时:009000000000002 床位", "含床位")), store)
    row = used(store).iloc[0]
    assert (row["item_code"], row["other_code"], row["condition"], row["unit"]) == (
        "009000000000001", "009000000000002", "pair", "6h")
    assert len(used(store)) == 1 and len(held(store)) == 1


def test_workbooks_are_known_by_their_columns(tmp_path):
    store = tmp_path / "store"
    workbook(tmp_path / "【第六批】甲.xlsx", 一=[["药品通用名", "药品说明", "限定类型", "限定值域"],
                                          ["丙针", "支付不超过14天。", "限定支付疗程", "14天"]],
             二=[["药品通用名", "序号", "国标代码", "限定类型"], ["丙针", 1, "XC1", "限定支付疗程"]])
    workbook(tmp_path / "【第八批-1】乙.xlsx", 一=[["序号", "项目名称", "限制数量", "数量单位", "项目编码"],
                                            [1, "诊查", 1, "日", "009000000000003"], ["合计", None, None, None, None]])
    workbook(tmp_path / "【第八批-3】丙（限定疗程）.xlsx", 一=[["序号", "项目名称", "备注", "项目代码"],
                                                   [1, "训练", "支付不超过30天。", "009000000000004"]])
    done = knowledge.import_points(tmp_path, store)
    assert done.table["rows"].sum() == done.table[["point", "code", "left out"]].sum().sum() == 5
    rows = used(store).set_index("item_code")
    assert rows.loc["XC1", ["condition", "value", "unit", "batch"]].tolist() == ["max_course", "14", "stay", "batch_06"]
    assert rows.loc["009000000000003", ["condition", "value", "unit"]].tolist() == ["max_count", "1", "day"]
    assert rows.loc["009000000000004", "rule_class"] == "医疗服务项目限支付疗程"
    assert rows.loc["009000000000004", "encoded"] == "partly encoded" and rows.loc["009000000000004", "rest"]


def test_a_workbook_of_no_batch_is_refused(tmp_path):
    path = workbook(tmp_path / "甲.xlsx", 一=[["项目名称", "国标代码", "限定类型", "限定对象"],
                                            ["护理", "009000000000009", "限定年龄对象", "新生儿"]])
    with pytest.raises(Refusal, match="neither its name nor --batch says which batch"):
        knowledge.import_points(path, tmp_path / "store")
    knowledge.import_points(path, tmp_path / "store", batch="batch_01")
    assert used(tmp_path / "store")["condition"].tolist() == ["age_days_max"]


def test_the_same_file_twice_is_nothing_and_order_does_not_matter(tmp_path):
    a, b = official(tmp_path / "a", SEX, LEVEL), reorganised(
        tmp_path / "b", ("第一批", "药品", "限定性别对象", "", "甲丸", "女", "另一种文字"))
    knowledge.import_points(a, tmp_path / "one", on="2026-01-01")
    before = (tmp_path / "one/CURRENT.json").read_bytes()
    again = knowledge.import_points(a, tmp_path / "one", on="2026-02-02")
    assert (tmp_path / "one/CURRENT.json").read_bytes() == before
    assert set(again.table["state"]) == {"already imported"}
    knowledge.import_points(b, tmp_path / "one", on="2026-01-02")
    knowledge.import_points(b, tmp_path / "two")
    knowledge.import_points(a, tmp_path / "two")
    one, two = _store.built(tmp_path / "one"), _store.built(tmp_path / "two")
    for name in ("points", "held", "codes", "conflicts"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))
    assert one.conflicts["kind"].tolist() == ["text differs"]


def test_a_folder_is_taken_whole_or_not_at_all(tmp_path):
    store = tmp_path / "store"
    folder = official(tmp_path / "a", SEX)
    (folder / "z.csv").write_text("colour,taste\nred,sweet\n", encoding="utf-8")
    with pytest.raises(Refusal) as refusal:
        knowledge.import_points(folder, store)
    assert "z.csv: unknown layout with the columns colour, taste" in str(refusal.value)
    assert "known layouts" in str(refusal.value) and "our own CSV" in str(refusal.value)
    assert not (store / "CURRENT.json").exists()
    with pytest.raises(Refusal, match="no knowledge points imported"):
        knowledge.points(store=store)


def test_a_class_that_is_not_national_is_refused(tmp_path):
    with pytest.raises(Refusal, match="no national rule class 药品限颜色"):
        knowledge.import_points(official(tmp_path / "a", {**SEX, "rule_class": "药品限颜色"}), tmp_path / "store")


def test_validity_begins_with_publication_and_ends_with_the_successor(tmp_path):
    store = tmp_path / "store"
    level = {**LEVEL, "batch_tag": "batch_05", "constraint": "限二级及以上医疗机构。"}
    knowledge.import_points(official(tmp_path / "a", level, {
        "rule_class": "中药饮片单复方均不予支付", "item_name": "某草", "codes": "T1", "batch_tag": "batch_11"}), store)
    facts = held(store)
    assert facts.loc["某草", "valid_from"] == date(2026, 5, 11) and facts.loc["某草", "dates"] == "published"
    assert facts.loc["乙针", "valid_from"] == date.min and facts.loc["乙针", "dates"] == "date not read"
    later = {**level, "kp_id": "KP-9", "batch_tag": "updates_2026-01", "constraint": "限二级及以上医疗机构肿瘤患者。"}
    knowledge.import_points(official(tmp_path / "b", later), store)
    live = {d: knowledge.points(d, store) for d in ("2026-01-27", "2026-01-28", "2026-05-10", "2026-05-11")}
    texts = {d: sorted(set(p.loc[p["point_id"].str.startswith("ZS"), "encoded"])) for d, p in live.items()}
    assert texts["2026-01-27"] == ["encoded"] and texts["2026-01-28"] == ["partly encoded"]
    assert "T1" not in set(live["2026-05-10"]["item_code"]) and "T1" in set(live["2026-05-11"]["item_code"])


def test_what_is_said_to_be_superseded_ends_though_its_successor_is_not_held(tmp_path):
    store = tmp_path / "store"
    gone = {**LEVEL, "batch_tag": "batch_05", "is_superseded": "True"}
    lost = {**PAIR, "item_name": "甲×乙", "is_superseded": "True", "kp_id": "KP-P"}
    done = knowledge.import_points(official(tmp_path / "a", gone, lost), store)
    facts = held(store)
    assert facts.loc["乙针", "valid_until"] == date(2026, 1, 27)
    assert facts.loc["乙针", "successor"] == "updates_2026-01 (not held)"
    assert facts.loc["甲", "valid_until"] == date.min
    assert "superseded, by no batch known" in set(done.conflicts["kind"])
    told = knowledge.status(store, "2026-06-01")
    assert told.classes[["live", "superseded"]].sum().tolist() == [0, 2]
    assert "no successor here" in told.batches.set_index("batch").loc["updates_2026-01", "text"]


@pytest.mark.parametrize(("said", "state", "conditions"), [
    (("药品限医疗机构级别", "二级", "", "限二级及以上医疗机构。"), "encoded", [("level_min", "2", "")]),
    (("药品限医疗机构级别", "三级", "", "限二级及以上医疗机构。"), "conflict", []),
    (("药品限医疗机构级别", "二级", "", "限某病患者，首次处方时需由二级及以上医疗机构医师开具。"), "not encoded", []),
    (("药品限医疗机构级别", "二级", "", "限某病患者。"), "not encoded", []),
    (("药品限支付疗程", "14天", "", "限某病，支付不超过14天。"), "partly encoded", [("max_course", "14", "stay")]),
    (("药品限支付疗程", "15天", "", "限某病，单次住院最多支付14天。"), "conflict", []),
    (("药品限支付疗程", "", "", "支付不超过12个月。"), "not encoded", []),
    (("药品限就医方式", "住院", "", "限急诊或住院患者。"), "encoded",
     [("med_type", "13;21;22;23;24;25;26;27;28;52;55;92", "")]),
    (("药品限就医方式", "", "", "限门诊或住院患者。"), "not encoded", []),
    (("药品限儿童使用", "儿童", "", "限6-17岁儿童和青少年的某病。"), "partly encoded",
     [("age_min", "6", ""), ("age_max", "17", "")]),
    (("药品儿童专用", "儿童", "", "用于咳嗽。（药品说明书包含成人用法用量）"), "not encoded", []),
    (("手术项目未按规定折价收费", "甲手术组", "", "甲手术组"), "needs a local value", [("discount", "", "甲手术组")]),
    (("医疗服务项目限定频次", "2/日", "", ""), "encoded", [("max_count", "2", "day")]),
    (("医疗服务项目限定频次", "", "", "日"), "not encoded", []),
    (("药品限二线使用", "", "", "限二线用药。"), "not encoded", []),
])
def test_a_text_is_encoded_only_where_it_decides(said, state, conditions):
    found = encode(Said(*said), encodings()[said[0]])
    assert found.state == state
    if state != "conflict":
        assert list(found.conditions) == conditions
    assert found.state != "partly encoded" or found.rest
    assert found.state != "not encoded" or found.why


@pytest.mark.parametrize(("row", "told"), [
    ("X,甲,class,,colour,2,,exact,whole,,a,proposal,s,", "unknown condition 'colour'"),
    ("X,甲,smell,,sex,2,,exact,whole,,a,proposal,s,", "reads: unknown 'smell'"),
    ("X,甲,text,(,sex,2,,exact,whole,,a,proposal,s,", "not a pattern"),
    ("X,甲,class,,,,,leave,whole,,a,proposal,s,", "leave without a note"),
    ("X,甲,class,,sex,2,,exact,whole,,a,rumour,s,", "unknown status 'rumour'"),
])
def test_a_bad_encoding_is_refused(tmp_path, row, told):
    path = tmp_path / "encodings.csv"
    path.write_text(",".join(ENCODING_COLUMNS) + "\n" + row + "\n", encoding="utf-8")
    with pytest.raises(Refusal, match="line 2") as refusal:
        read_encodings(path)
    assert told in str(refusal.value)


def sheet_of(store: Path, path: Path, **filled) -> Path:
    sheet = knowledge.unencoded(store)
    out = sheet.assign(**dict.fromkeys(("condition", "value", "reviewer", "date"), "")).iloc[:1].assign(**filled)
    (out.to_excel if path.suffix == ".xlsx" else out.to_csv)(path, index=False)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_person_encodes_what_the_table_does_not(tmp_path, suffix):
    store = tmp_path / "store"
    knowledge.import_points(official(tmp_path / "a", SEX), store)
    sign = {"reviewer": "张三", "date": "2026-03-01"}
    path = sheet_of(store, tmp_path / f"one{suffix}", condition="sex", value="2", **sign)
    knowledge.import_reviews(path, store)
    assert used(store)[["item_code", "condition", "value"]].to_numpy().tolist() == [
        ["XA1", "sex", "2"], ["XA2", "sex", "2"]]
    assert held(store).loc["甲丸", ["state", "reviewer"]].tolist() == ["encoded", "张三"]
    assert knowledge.unencoded(store).empty
    point = used(store)["point_id"].iloc[0]
    later = tmp_path / "two.csv"
    later.write_text(f"point_id,condition,value,reviewer,date\n{point},not encoded,,李四,2026-04-01\n",
                     encoding="utf-8")
    knowledge.import_reviews(later, store)
    assert used(store).empty and held(store).loc["甲丸", "state"] == "not encoded"


def test_a_review_names_what_it_decides(tmp_path):
    store = tmp_path / "store"
    knowledge.import_points(official(tmp_path / "a", SEX), store)
    sign = {"reviewer": "张三", "date": "2026-03-01", "condition": "sex", "value": "2"}
    for wrong, told in (({"point_id": "ZS9"}, "unknown point ZS9"), ({"reviewer": ""}, "has no reviewer"),
                        ({"date": "March"}, "not a date: 'March'"), ({"condition": "colour"}, "unknown condition"),
                        ({"condition": ""}, "no row has a condition")):
        with pytest.raises(Refusal, match=told):
            knowledge.import_reviews(sheet_of(store, tmp_path / "x.csv", **{**sign, **wrong}), store)
    assert used(store).empty
    knowledge.import_reviews(sheet_of(store, tmp_path / "x.csv", **sign), store)
    one = used(store)["point_id"].iloc[0]
    (tmp_path / "y.csv").write_text(f"point_id,condition,value,reviewer,date\n{one},sex,1,李四,2026-03-01\n",
                                    encoding="utf-8")
    with pytest.raises(Refusal, match=rf"{one} was decided on 2026-03-01 in x\.csv"):
        knowledge.import_reviews(tmp_path / "y.csv", store)
    with pytest.raises(Refusal, match="reviewed encodings, not points"):
        knowledge.import_points(tmp_path / "y.csv", store)


def test_one_value_for_a_class_that_waits_for_it(tmp_path):
    store = tmp_path / "store"
    operation = {"rule_class": "手术项目未按规定折价收费", "batch_tag": "batch_02", "constraint": "甲手术组"}
    knowledge.import_points(official(tmp_path / "a", {**operation, "item_name": "术一", "codes": "009000000000001"}, {
        **operation, "item_name": "术二", "codes": "009000000000002"}), store)
    assert used(store).empty and set(knowledge.unencoded(store)["condition"]) == {"discount"}
    path = tmp_path / "d.csv"
    path.write_text("point_id,condition,value,reviewer,date\nclass:手术项目未按规定折价收费,discount,0.5,张三,2026-03-01\n",
                    encoding="utf-8")
    knowledge.import_reviews(path, store)
    assert used(store)[["value", "unit"]].to_numpy().tolist() == [["0.5", "甲手术组"]] * 2
    path.write_text(path.read_text(encoding="utf-8").replace("discount", "max_days"), encoding="utf-8")
    with pytest.raises(Refusal, match=r"no point of 手术.* waits for max_days → .* waits for discount"):
        knowledge.import_reviews(path, store)


def test_a_person_names_the_first_line_of_a_second_line_drug(tmp_path):
    store = tmp_path / "store"
    second = {"rule_class": "药品限二线使用", "item_name": "丁片", "codes": "XD1", "constraint": "限二线用药。"}
    knowledge.import_points(official(tmp_path / "a", {**second, "batch_tag": "batch_09"}), store)
    point = held(store).loc["丁片", "point_id"]
    row = f"{point},requires,,30d,{{}},余者未核对,张三,2026-05-01\n"
    path = tmp_path / "r.csv"
    head = "point_id,condition,value,unit,other_code,rest,reviewer,date\n"
    path.write_text(head + row.format("XE1") * 2, encoding="utf-8")
    with pytest.raises(Refusal, match=f"{point} stands twice"):
        knowledge.import_reviews(path, store)
    path.write_text(head + row.format("XE1") + row.format("XE2"), encoding="utf-8")
    knowledge.import_reviews(path, store)
    assert used(store)[["item_code", "condition", "unit", "other_code", "rest"]].to_numpy().tolist() == [
        ["XD1", "requires", "30d", "XE1", "余者未核对"], ["XD1", "requires", "30d", "XE2", "余者未核对"]]
    assert knowledge.points("2026-04-20", store)["item_code"].ne("XD1").all(), "published on 2026-04-21"


def test_points_without_their_codes_are_told(tmp_path):
    folder = official(tmp_path / "a", LEVEL)
    done = knowledge.import_points(folder / "official.csv", tmp_path / "store")
    assert done.conflicts[["kind", "detail"]].to_numpy().tolist() == [
        ["codes not imported", "1 points with their first code only"]]
    lost = knowledge.import_points(folder / "codes_of_official.csv", tmp_path / "other")
    assert lost.conflicts["kind"].tolist() == ["codes without a point"]
    assert knowledge.import_points(folder / "codes_of_official.csv", tmp_path / "store").conflicts.empty


def test_the_demo_is_never_mixed_into_a_city(tmp_path, monkeypatch):
    store = tmp_path / "w.knowledge"
    monkeypatch.delenv("YB_KNOWLEDGE", raising=False)
    assert knowledge.points()["batch"].str.startswith("demo").any() and "演示" in knowledge.origin()
    assert knowledge.store_for(tmp_path / "w") is None
    knowledge.import_points(official(tmp_path / "a", LEVEL), store)
    assert knowledge.store_for(tmp_path / "w") == store
    mine = knowledge.points(store=store)
    assert not mine["batch"].str.startswith("demo").any() and mine["batch"].str.startswith("icd").any()
    assert "XB1" in set(mine["item_code"]) and "未使用演示知识点" in knowledge.origin(store)
    monkeypatch.setenv("YB_KNOWLEDGE", str(store))
    assert "XB1" in set(knowledge.points()["item_code"]) and knowledge.store_for("elsewhere") == store


def test_our_own_csv(tmp_path):
    store, path = tmp_path / "store", tmp_path / "own.csv"
    head = ",".join(COLUMNS) + "\n"
    path.write_text(head + "L1,药品区分性别使用,XZ1,甲,,,sex,2,,2025-01-01,,b,,本地,\n"
                    "L2,药品限适应症,XZ2,乙,,,not encoded,限某病,,,,b,,本地,\n", encoding="utf-8")
    knowledge.import_points(path, store)
    found = knowledge.points("2025-01-01", store)
    assert "XZ1" in set(found["item_code"]) and "XZ2" not in set(found["item_code"])
    assert "XZ1" not in set(knowledge.points("2024-12-31", store)["item_code"])
    assert held(store)["state"].to_dict() == {"甲": "encoded", "乙": "not encoded"}
    (tmp_path / "more.csv").write_text(head + "L1,药品区分性别使用,XZ3,丙,,,sex,1,,,,b,,本地,\n", encoding="utf-8")
    with pytest.raises(Refusal, match=r"more\.csv: point L1 was imported with own\.csv"):
        knowledge.import_points(tmp_path / "more.csv", store)


def test_problem_lists_are_kept_as_text(tmp_path):
    path = tmp_path / "problems.csv"
    path.write_text("domain,doc_no,version,no,type,text\n肿瘤,甲函1号,2025版,1.0,重复收费,重复收取清扫术费用。\n",
                    encoding="utf-8")
    done = knowledge.import_points(path, tmp_path / "store")
    assert done.table["problem"].tolist() == [1] and used(tmp_path / "store").empty
    kept = _store.built(tmp_path / "store").remarks
    assert kept[["kind", "rule_class", "text"]].to_numpy().tolist() == [["problem", "重复收费", "重复收取清扫术费用。"]]


def test_show_finds_by_code_name_point_and_class(tmp_path):
    store = tmp_path / "store"
    knowledge.import_points(official(tmp_path / "a", SEX, LEVEL, PAIR), store)
    for asked, name in (("XA2", "甲丸"), ("甲丸", "甲丸"), ("KP-L", "乙针"), ("药品限医疗机构级别", "乙针"),
                        ("009000000000002", "监护")):
        assert knowledge.show(asked, store)["item_name"].tolist() == [name]
    with pytest.raises(Refusal, match="no knowledge point 'XA9'"):
        knowledge.show("XA9", store)


def test_one_writer_at_a_time(tmp_path):
    with _store.locked(tmp_path / "store"), pytest.raises(Refusal, match="being written by another process"):
        knowledge.import_points(official(tmp_path / "a", SEX), tmp_path / "store")


def test_thirty_thousand_points_load_in_a_third_of_a_second(tmp_path):
    n = 30_000
    rows = pd.DataFrame({"point_id": [f"L{i}" for i in range(n)], "rule_class": "药品区分性别使用",
                         "item_code": [f"X{i:07d}" for i in range(n)], "condition": "sex", "value": "2",
                         "source": "本地"}).reindex(columns=list(COLUMNS)).fillna("")
    rows.to_csv(tmp_path / "own.csv", index=False)
    knowledge.import_points(tmp_path / "own.csv", tmp_path / "store")
    took = []
    for _ in range(3):
        _store._read.cache_clear()
        knowledge._live._all.cache_clear()
        began = time.process_time()
        found = knowledge.points("2025-06-30", store=tmp_path / "store")
        took.append(time.process_time() - began)
    assert (found["rule_class"] == "药品区分性别使用").sum() == n and min(took) <= 0.3


def said(capsys, *arguments: object) -> tuple[int, str]:
    from yb_analytics.cli import main

    with pytest.raises(SystemExit) as stop:
        main(["knowledge", *map(str, arguments)])
    told = capsys.readouterr()
    return stop.value.code, told.out + told.err


def test_the_command_line(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("YB_KNOWLEDGE", raising=False)
    monkeypatch.setenv("COLUMNS", "220")  # a narrow terminal breaks words
    place = ("-w", tmp_path / "w")
    code, told = said(capsys, "import", official(tmp_path / "a", SEX, LEVEL), *place, "--on", "2026-01-01")
    assert code == 0 and "库中知识点2个，可用1个" in told and (tmp_path / "w.knowledge/CURRENT.json").exists()
    code, told = said(capsys, "status", *place, "--on", "2026-01-01")
    assert code == 0 and "部分编码1" in told and "日期未读到" in told
    code, told = said(capsys, "show", "XB1", *place)
    assert code == 0 and "癌症患者" in told
    code, told = said(capsys, "encode", tmp_path / "s.csv", "--export", *place)
    assert code == 0 and len(pd.read_csv(tmp_path / "s.csv")) == 2
    assert said(capsys, "encode", tmp_path / "s.csv", "--export", *place)[0] == 2, "a filled sheet is never overwritten"
    code, told = said(capsys, "encode", tmp_path / "s.csv", *place)
    assert code == 3 and "no row has a condition" in told and told.count("\n") == 1
    assert said(capsys, "status", "-w", tmp_path / "nowhere")[0] == 3


def test_an_import_that_fails_half_way_leaves_what_was_there(tmp_path, monkeypatch):
    store = tmp_path / "store"
    knowledge.import_points(official(tmp_path / "a", LEVEL), store)
    before = used(store)
    full = OSError("no space left")

    def fails(*_):
        raise full

    with monkeypatch.context() as broken:
        broken.setattr(_store, "_write_built", fails)
        with pytest.raises(OSError, match="no space left"):
            knowledge.import_points(official(tmp_path / "b", PAIR), store)
    pd.testing.assert_frame_equal(used(store), before)
    assert len(_store.current(store)["files"]) == 2
    knowledge.import_points(official(tmp_path / "b", PAIR), store)
    assert len(held(store)) == 2


def test_newer_encodings_of_the_package_are_used_at_once(tmp_path, monkeypatch):
    store = tmp_path / "store"
    knowledge.import_points(official(tmp_path / "a", LEVEL), store)
    before, version = used(store), _store.stamp(store)
    monkeypatch.setattr(_store, "_FACTS", ("encodings.csv",))  # as if the packaged facts had changed
    assert _store.stamp(store) != version and not (store / "built" / _store.stamp(store)).exists()
    pd.testing.assert_frame_equal(used(store), before)

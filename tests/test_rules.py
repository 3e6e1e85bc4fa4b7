"""Rule classes: examples, refusals at load, properties of the engine."""

import datetime
import shutil
from decimal import Decimal

import pandas as pd
import pytest
import yaml

from yb_analytics.rules import RuleClass, check_examples, run, shelf, table
from yb_analytics.rules._contract import read_rule
from yb_analytics.rules._engine import evaluate, run_rules
from yb_analytics.schema import ANSWERS, Period, Refusal
from yb_analytics.shelf import Shelf
from yb_analytics.warehouse import in_memory

FOLDER = shelf.folder


@pytest.fixture(scope="module")
def examples():
    """Findings of every example on the shelf, by rule class; a refusal where one does not come out."""
    classes = [shelf[n] for n in shelf]
    try:
        found = iter(check_examples(*classes))
        return {c.name: [next(found) for _ in c.examples] for c in classes}
    except Refusal:
        return {}


@pytest.mark.parametrize("name", shelf.names)
def test_examples_for_and_against(name, examples):
    rule = shelf[name]
    found = examples[name] if examples else check_examples(rule)
    assert len(found) == len(rule.examples)
    for rows in found:
        assert rows["why"].str.contains(r"年\d+月\d+日").all() and not rows["why"].str.contains("None|nan").any()


def test_enough_of_each():
    assert not shelf.broken()
    assert len(shelf) >= 70 and len({r.pattern for r in shelf.values()}) >= 20
    caught = {r.catches for r in shelf.values()}
    assert {"duplicate_charge", "over_frequency", "sex_mismatch", "after_death", "stay_overlap", "over_price",
            "trace_reuse"} <= caught
    book = table()
    assert len(book) >= 88 and book.loc[book["state"] == "needs data", "needs"].ne("").all()


GOOD = (FOLDER / "service_duplicate.yaml").read_text(encoding="utf-8")


def spoilt(**changed) -> str:
    facts = yaml.safe_load(GOOD)
    facts.update({k: v for k, v in changed.items() if v is not None})
    for name in [k for k, v in changed.items() if v is None]:
        facts.pop(name)
    return yaml.safe_dump(facts, allow_unicode=True)


FOR = [{"says": "命中 · for", "loss": 1, "lines": []}]
AGAINST = [{"says": "不命中 · against", "loss": 0, "lines": []}]


@pytest.mark.parametrize(("changed", "told"), [
    ({"grane": "line"}, "unknown key grane"),
    ({"basis": None}, "missing key basis"),
    ({"pattern": "exclusive_pear"}, "unknown pattern 'exclusive_pear'"),
    ({"grain": "line"}, "grain: unknown 'line'"),
    ({"loss": "half"}, "loss: unknown 'half'"),
    ({"tier": "定罪"}, "tier: unknown '定罪'"),
    ({"needs": ["fee_list"]}, "needs: unknown 'fee_list'"),
    ({"exclusions": ["weather"]}, "exclusions: unknown 'weather'"),
    ({"line": []}, "line is empty"),
    ({"arguments": {"colour": ["red"]}}, "unknown argument colour"),
    ({"pattern": "price_ceiling", "grain": "line", "loss": "excess_price"}, "missing argument list_types"),
    ({"pattern": "after_death", "grain": "settlement", "loss": "whole_settlement"}, "no fact grace_days"),
    ({"examples": FOR}, "no counter-example"),
    ({"examples": AGAINST}, "no example for"),
    ({"examples": [*FOR, {**AGAINST[0], "note": 1}]}, "example: unknown ['note']"),
    ({"examples": [*FOR, {**AGAINST[0], "tables": {"setl": []}}]}, "example: unknown table setl"),
    ({"examples": [*FOR, {**AGAINST[0], "says": "against"}]}, "example 'against' in one language"),
    ({"reason_zh": None}, "missing key reason_zh"),
    ({"state": {"is": "on"}}, "state must give is, since, author, review_by"),
    ({"code": "GZ1"}, "not a national code"),
    ({"code": "GZ10000301004000"}, "is 药品区分性别使用, not the title's class"),
    ({"code": None}, "neither code nor note"),
    ({"title": "只有中文"}, "is 医疗服务项目重复收费"),
])
def test_a_bad_rule_class_is_refused_by_name(tmp_path, changed, told):
    path = tmp_path / "spoilt.yaml"
    path.write_text(spoilt(**changed), encoding="utf-8")
    with pytest.raises(Refusal, match=r"rules/spoilt\.yaml") as refusal:
        read_rule(path)
    assert told in str(refusal.value)


def test_a_wrong_example_is_refused_by_its_words(tmp_path):
    path = tmp_path / "service_duplicate.yaml"
    path.write_text(GOOD.replace("loss: 80", "loss: 79"), encoding="utf-8")
    with pytest.raises(Refusal, match=r"the included item twice on the day': loss 80\.00, stated 79"):
        check_examples(read_rule(path))


def test_a_rule_class_is_one_new_file(tmp_path):
    for path in FOLDER.glob("service_*.yaml"):
        shutil.copy(path, tmp_path)
    shutil.copy(tmp_path / "service_sex.yaml", tmp_path / "service_sex_again.yaml")
    (tmp_path / "service_bad.yaml").write_text("title: x\n", encoding="utf-8")
    class Here(Shelf):
        folder = property(lambda self: tmp_path)  # type: ignore[assignment]

    mine = Here(shelf.package, RuleClass, suffix=".yaml", loader=read_rule)
    assert "service_sex_again" in list(mine) and list(mine.broken()) == ["service_bad"]


# a small city ---------------------------------------------------------------------------------------------

DRUG, TEST, PAIR_A, PAIR_B = "D1", "T1", "A", "B"
POINTS = pd.DataFrame([
    ("K1", "药品区分性别使用", DRUG, "", "sex", "2", ""),
    ("K2", "医疗服务项目限定频次", TEST, "", "max_count", "2", "day"),
    ("K3", "医疗服务项目重复收费", PAIR_A, PAIR_B, "pair", "", ""),
    ("K4", "药品限医疗机构级别", DRUG, "", "level_min", "2", "")],
    columns=["point_id", "rule_class", "item_code", "other_code", "condition", "value", "unit"]).assign(
        valid_from=datetime.date.min, valid_until=datetime.date.max)


def line(n: int, setl: int, item: str, day: int, cnt: int = 1, fee: float = 10.0, **more) -> dict:
    return {"bkkp_sn": f"L{n}", "setl_id": f"S{setl}", "mdtrt_id": f"M{setl}", "psn_no": f"P{setl}",
            "fixmedins_code": f"H{setl % 2}", "med_type": "11", "fee_ocur_time": f"2025-03-{day:02d} 09:00:00",
            "cnt": cnt, "pric": fee / cnt, "det_item_fee_sumamt": fee, "inscp_amt": fee, "hilist_code": item,
            "hilist_name": item, "list_type": "201", **more}


LINES = [line(1, 1, DRUG, 1, 1, 33.33), line(2, 1, "X", 1, 1, 66.67), line(3, 2, TEST, 2, 3, 30),
         line(4, 2, TEST, 2, 1, 10), line(5, 3, PAIR_A, 3, 1, 200), line(6, 3, PAIR_B, 3, 1, 40),
         line(7, 4, "X", 4, 1, 25, pric_uplmt_amt=20), line(8, 5, DRUG, 5, 2, 60)]


def city(lines=LINES, gend: str = "1", paid: float = 0.7, **more) -> object:
    frame = pd.DataFrame(lines)
    bills = frame.groupby(["setl_id", "mdtrt_id", "psn_no", "fixmedins_code"], sort=False, as_index=False).agg(
        medfee_sumamt=("det_item_fee_sumamt", "sum"), inscp_amt=("inscp_amt", "sum"),
        setl_time=("fee_ocur_time", "max"))
    bills["fund_pay_sumamt"] = (bills["inscp_amt"] * paid).round(2)
    bills = bills.assign(med_type="11", gend=gend, brdy="1980-01-01", hosp_lv="05", begndate=bills["setl_time"])
    return in_memory({"fee_list_d": frame, "setl_d": bills, **more})


NAMES = ("drug_sex", "service_frequency", "service_duplicate", "service_price", "drug_institution_level",
         "care_after_death", "overlapping_stays")


FEW = ("drug_sex", "service_duplicate", "service_price")


def found(w, names=NAMES, period: str = "2025"):
    return run_rules(w, period, [shelf[n] for n in names], POINTS)


@pytest.fixture(scope="module")
def base():
    return found(city())


def by_rule(findings) -> dict:
    return {n: sorted(zip(g["amount"], map(tuple, g["locator"]), strict=True))
            for n, g in findings.groupby("found_by")}


def test_losses_are_the_funds_share_to_the_fen(base):
    findings, coverage = base
    assert findings["finding_id"].is_unique
    assert list(findings.columns) == ANSWERS["finding"].names
    assert list(coverage.columns) == ANSWERS["coverage"].names
    assert by_rule(findings) == {
        "drug_sex": [(Decimal("23.33"), ("L1",)), (Decimal("42.00"), ("L8",))],
        "service_frequency": [(Decimal("14.00"), ("L3", "L4"))],
        "service_duplicate": [(Decimal("28.00"), ("L6",))],
        "service_price": [(Decimal("3.50"), ("L7",))]}
    assert set(findings["tier"]) == {"疑点"} and findings["score"].eq(1).all()
    states = coverage.set_index("found_by")["state"].to_dict()
    assert states.pop("care_after_death") == "not evaluable" and set(states.values()) == {"evaluated"}
    reasons = coverage.set_index("found_by")["reason"]
    assert reasons["care_after_death"].startswith("not evaluable: ps_death covers 0 % of 2025")
    assert reasons["drug_sex"] == "数据表“费用明细”只覆盖2025年的8%；数据表“结算信息”只覆盖2025年的8%"


def test_the_order_and_the_partition_of_rows_do_not_matter(base):
    first = base[0][base[0]["found_by"].isin(FEW)]
    shuffled = pd.DataFrame(LINES).sample(frac=1, random_state=3).to_dict("records")
    again, _ = found(city(shuffled), FEW)
    drop = ["data_version"]
    assert again.drop(columns=drop).to_dict("records") == first.drop(columns=drop).to_dict("records")
    half, _ = found(city(LINES[:5:-1]), FEW)
    rest, _ = found(city(LINES[:6]), FEW)
    parts = pd.concat([half, rest]).sort_values(["found_by", "finding_id"]).drop(columns=drop)
    whole = first.sort_values(["found_by", "finding_id"]).drop(columns=drop)
    assert parts.to_dict("records") == whole.to_dict("records")


def test_a_reversed_line_is_no_finding():
    back = [{**line(8 + n, int(row["setl_id"][1:]), row["hilist_code"], 20), "cnt": -row["cnt"],
             "det_item_fee_sumamt": -row["det_item_fee_sumamt"], "inscp_amt": -row["inscp_amt"],
             "init_feedetl_sn": row["bkkp_sn"]} for n, row in enumerate(LINES, 1)]
    findings, _ = found(city(LINES + back), (*FEW, "service_frequency"))
    assert findings.empty


def test_silence_on_clean_data():
    clean = [line(1, 1, DRUG, 1), line(2, 1, TEST, 1, 2), line(3, 2, PAIR_A, 3), line(4, 2, PAIR_B, 4),
             line(5, 3, "X", 5, 1, 20, pric_uplmt_amt=20)]
    findings, coverage = found(city(clean, gend="2"))
    assert findings.empty and coverage["findings"].sum() == 0


def test_a_foreign_catalogue_is_not_evaluable_and_never_silent():
    findings, coverage = run(city(), "2025")
    told = coverage.set_index("found_by")["reason"]
    assert "codes occurs in the catalogue or the fee lines" in told["drug_sex"]
    assert "drug_trace_d covers 0 %" in told["trace_code_reuse"]
    assert set(findings["found_by"]) == {"service_price"}
    assert set(coverage["found_by"]) == set(shelf.names)


def test_points_are_read_as_of_the_day_of_the_fee():
    later = POINTS.assign(valid_from=datetime.date(2025, 3, 2))
    findings, _ = run_rules(city(), "2025", [shelf["drug_sex"]], later)
    assert findings["locator"].tolist() == [["L8"]]


def test_other_months_are_not_screened():
    _, coverage = found(city(), ("drug_sex",), "2024")
    assert coverage.loc[0, "state"] == "not evaluable"


def test_the_other_side_of_a_pair_may_lie_outside_the_period():
    """Two items of one stay, and two within 36 hours, on different days: each day finds what the month finds."""
    lines = [line(1, 1, PAIR_A, 3, 1, 200), line(2, 1, PAIR_B, 9, 1, 40), line(3, 2, "C", 3, 1, 9),
             line(4, 2, "E", 4, 1, 200)]
    points = POINTS.iloc[[2, 2]].assign(point_id=["K3", "K5"], item_code=[PAIR_A, "C"], other_code=[PAIR_B, "E"],
                                        unit=["stay", "36h"])

    def of(period):
        findings, _ = run_rules(city(lines), period, [shelf["service_duplicate"]], points)
        return sorted(zip(findings["locator"].map(tuple), findings["amount"].map(str), strict=True))

    assert of("2025-03") == [(("L2",), "28.00"), (("L3",), "6.30")]
    assert [of(f"2025-03-{day:02d}") for day in (3, 4, 9)] == [[(("L3",), "6.30")], [], [(("L2",), "28.00")]]


def test_exclusions_are_counted_and_shadows_measured(tmp_path):
    text = GOOD.replace("state: {is: active", "exclusions: [chemotherapy]\nstate: {is: shadow")
    path = tmp_path / "service_duplicate.yaml"
    path.write_text(text, encoding="utf-8")
    visits = pd.DataFrame([{"mdtrt_id": "M3", "psn_no": "P3", "fixmedins_code": "H1", "med_type": "11",
                            "begntime": "2025-03-03", "dscg_maindiag_code": "Z51.101"}])
    shadow = read_rule(path)
    findings, coverage = run_rules(city(LINES[4:6]), "2025", [shadow], POINTS)
    assert findings.empty and coverage.loc[0, "findings"] == 1 and coverage.loc[0, "amount"] == Decimal("28.00")
    assert "影子运行" in coverage.loc[0, "reason"]
    _, coverage = run_rules(city(LINES[4:6], mdtrt_d=visits), "2025", [shadow], POINTS)
    assert coverage.loc[0, "findings"] == 0 and "1条命中有合理解释（肿瘤化疗周期），已排除" in coverage.loc[0, "reason"]


def test_unpaid_hits_are_counted():
    _, coverage = found(city(paid=0.0), ("drug_sex",))
    assert coverage.loc[0, "findings"] == 0 and "2条命中未涉及基金支付，不列为发现" in coverage.loc[0, "reason"]


def test_one_broken_rule_class_does_not_stop_the_rest(monkeypatch):
    import dataclasses

    broken = dataclasses.replace(shelf["service_price"], name="broken", arguments={"list_types": 5})
    findings, coverage = run_rules(city(LINES[6:7]), "2025", [broken, shelf["service_price"]], POINTS)
    assert coverage["state"].tolist() == ["error", "evaluated"] and len(findings) == 1


def test_some_persons_at_a_time_give_the_same_hits():
    w, period, classes = city(), Period.parse("2025"), [shelf[n] for n in NAMES]
    whole, parts = (evaluate(w, period, classes, POINTS, at_once) for at_once in (None, 3))
    told = [pd.concat(r.hits).sort_values(["rule", "id", "point_id"], ignore_index=True) for r in (whole, parts)]
    assert len(told[0]) >= 4 and len(parts.hits) > len(whole.hits)
    pd.testing.assert_frame_equal(*told)
    assert parts.states == whole.states


def test_unknown_rule_class_is_refused():
    with pytest.raises(Refusal, match="no ruleclass named 'nothing'"):
        run(city(), "2025", names=["nothing"])


def test_a_drug_limited_to_a_diagnosis(tmp_path):
    facts = yaml.safe_load((FOLDER / "drug_sex.yaml").read_text(encoding="utf-8"))
    points = [{"item_code": "D1", "condition": "diagnosis", "value": "C50;D05"}]
    diagnosed = [{"diag_code": "C50.900", "diag_name": "乳腺癌", "diag_type": "1", "diag_srt_no": 1}]
    line = [["D1", datetime.date(2026, 3, 1), 1, 32]]
    facts["examples"] = [
        {"says": "胃癌 · of the stomach", "points": points, "lines": line, "loss": 32,
         "tables": {"setl_diag_d": [diagnosed[0] | {"diag_code": "C16.900"}]}},
        {"says": "乳腺癌 · of the breast", "points": points, "lines": line, "loss": 0, "tables": {"setl_diag_d": diagnosed}}]
    path = tmp_path / "drug_sex.yaml"
    path.write_text(yaml.safe_dump(facts, allow_unicode=True), encoding="utf-8")
    assert [len(rows) for rows in check_examples(read_rule(path))] == [1, 0]

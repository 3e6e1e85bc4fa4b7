"""Rules on cities that write otherwise: what is missing, unknown or coded in another way accuses nobody.

Every case is an example of a rule class (see `rules/_examples.py`) that is evaluated beside the rule class's own, so
that the attribute in question is filled somewhere in the data.
"""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest

from yb_analytics.rules import check_examples, shelf
from yb_analytics.rules._codes import national
from yb_analytics.rules._engine import run_rules
from yb_analytics.warehouse import in_memory, ingest, open_warehouse

DAY = date(2026, 3, 1)
LINE = [["A", DAY, 1, 80]]
WOMEN = [{"item_code": "A", "condition": "sex", "value": "2"}]
CHILDREN = [{"item_code": "A", "condition": "age_max", "value": "17"}]
GROWN = [{"item_code": "A", "condition": "age_min", "value": "16"}]
LEVEL = [{"item_code": "A", "condition": "level_min", "value": "2"}]
WARD = [{"item_code": "A", "condition": "med_type", "value": "21;22"}]
INJURY = [{"item_code": "A", "condition": "insutype", "value": "410"}]
SURGERY = [{"item_code": "A", "condition": "department", "value": "A03;A04"}]
BREAST = [{"item_code": "A", "condition": "diagnosis", "value": "C50;D05.1"}]
ONCE = [{"item_code": "A", "condition": "max_count", "value": "1", "unit": "day"}]
PAIR = [{"item_code": "A", "other_code": "B", "condition": "pair", "unit": "day"}]


def of(code: str, kind: str = "1") -> dict:
    return {"setl_diag_d": [{"setl_id": "S1", "mdtrt_id": "M1", "diag_type": kind, "diag_srt_no": 1,
                             "diag_code": code}]}


CASES = [
    ("drug_sex", "sex not stated", {"points": WOMEN, "person": {"gend": "9"}, "lines": LINE}, 0),
    ("drug_sex", "sex not delivered", {"points": WOMEN, "person": {"gend": None}, "lines": LINE}, 0),
    ("drug_sex", "a code of its own for women", {"points": WOMEN, "person": {"gend": "F"}, "lines": LINE}, 0),
    ("drug_sex", "register and bill name two sexes", {"points": WOMEN, "person": {"gend": "1"}, "lines": LINE,
     "tables": {"psn_info_b": [{"psn_no": "P1", "gend": "2"}]}}, 0),
    ("drug_sex", "only the register names the sex", {"points": WOMEN, "person": {"gend": None}, "lines": LINE,
     "tables": {"psn_info_b": [{"psn_no": "P1", "gend": "1"}]}}, 80),
    ("drug_children", "birth not delivered", {"points": CHILDREN, "person": {"brdy": None}, "lines": LINE}, 0),
    ("drug_children", "birth date that stands for none", {"points": CHILDREN, "lines": LINE,
     "person": {"brdy": date(1900, 1, 1)}}, 0),
    ("drug_children", "born after the fee", {"points": GROWN, "person": {"brdy": date(2026, 8, 1)}, "lines": LINE}, 0),
    ("drug_institution_level", "level not delivered", {"points": LEVEL, "person": {"hosp_lv": None}, "lines": LINE}, 0),
    ("drug_institution_level", "level in words of its own", {"points": LEVEL, "person": {"hosp_lv": "社区"},
     "lines": LINE}, 0),
    ("drug_institution_level", "only the register tells the level", {"points": LEVEL, "person": {"hosp_lv": None},
     "lines": LINE, "tables": {"fixmedins_b": [{"fixmedins_code": "H1", "hosp_lv": "09"}]}}, 80),
    ("drug_institution_level", "a pharmacy has no level", {"points": LEVEL, "person": {"hosp_lv": "11",
     "med_type": "41"}, "lines": LINE}, 0),
    ("drug_kind_of_care", "a kind of care the nation does not know", {"points": WARD, "person": {"med_type": "9905"},
     "lines": LINE}, 0),
    ("drug_kind_of_care", "a province's code of a ward", {"points": WARD, "person": {"med_type": "210302"},
     "lines": LINE}, 0),
    ("drug_work_injury", "insurance not delivered", {"points": INJURY, "person": {"insutype": None}, "lines": LINE}, 0),
    ("drug_work_injury", "an insurance of the city's own", {"points": INJURY, "person": {"insutype": "J1"},
     "lines": LINE}, 0),
    ("service_department", "the hospital's own number", {"points": SURGERY,
     "lines": [["A", DAY, 1, 80, {"bilg_dept_codg": "0317"}]]}, 0),
    ("service_department", "a ward of a listed department", {"points": SURGERY,
     "lines": [["A", DAY, 1, 80, {"bilg_dept_codg": "A04.02"}]]}, 0),
    ("drug_indication", "diagnoses of Chinese medicine only", {"points": BREAST, "lines": LINE,
     "tables": of("BNR040", "2")}, 0),
    ("drug_indication", "a procedure is no diagnosis", {"points": BREAST, "lines": LINE,
     "tables": of("36.0600", "9")}, 0),
    ("drug_indication", "small letters without a point", {"points": BREAST, "lines": LINE,
     "tables": of("d05100")}, 0),
    ("drug_indication", "another disease", {"points": BREAST, "lines": LINE, "tables": of("k80100")}, 80),
    ("service_frequency", "taken back without a link", {"points": ONCE,
     "lines": [["A", DAY, 1, 80], ["A", DAY, 1, 80], ["A", DAY, -1, -80]]}, 0),
    ("service_duplicate", "of two persons", {"points": PAIR,
     "lines": [["A", DAY, 1, 80], ["B", DAY, 1, 30, {"psn_no": "P2", "setl_id": "S2", "mdtrt_id": "M2"}]]}, 0),
    ("service_duplicate", "the part was taken back", {"points": PAIR,
     "lines": [["A", DAY, 1, 80], ["B", DAY, 1, 30], ["B", DAY, -1, -30]]}, 0),
]


@pytest.mark.parametrize("name", sorted({c[0] for c in CASES}))
def test_what_is_not_known_violates_nothing(name):
    rule = shelf[name]
    mine = [{"says": says, **case, "loss": loss} for owner, says, case, loss in CASES if owner == name]
    check_examples(dataclasses.replace(rule, examples=(*rule.examples, *mine)))


def bills(lines: pd.DataFrame, **more) -> pd.DataFrame:
    first = lines.groupby("setl_id", as_index=False).first()
    fee = lines.groupby("setl_id")["det_item_fee_sumamt"].sum().to_numpy()
    return first[["setl_id", "mdtrt_id", "psn_no", "fixmedins_code"]].assign(
        med_type="11", setl_time=first["fee_ocur_time"], medfee_sumamt=fee, fund_pay_sumamt=fee * 0.5, **more)


def charged(*rows: dict) -> pd.DataFrame:
    plain = {"psn_no": "P1", "mdtrt_id": "M1", "setl_id": "S1", "fixmedins_code": "H1", "cnt": 1, "pric": 25.0,
             "det_item_fee_sumamt": 25.0, "inscp_amt": 25.0, "fee_ocur_time": "2026-03-01 09:00",
             "hilist_code": "A", "list_type": "201"}
    return pd.DataFrame([{**plain, "bkkp_sn": f"L{n}", **row} for n, row in enumerate(rows)])


def points(*given: dict) -> pd.DataFrame:
    blank = {"rule_class": "药品区分性别使用", "other_code": "", "condition": "sex", "value": "2", "unit": "",
             "valid_from": date.min, "valid_until": date.max}
    return pd.DataFrame([{**blank, "point_id": f"K{n}", **row} for n, row in enumerate(given)])


def screened(lines: pd.DataFrame, rule: str, given: pd.DataFrame, gend: str | None = "1", **tables):
    w = in_memory({"fee_list_d": lines, "setl_d": bills(lines, gend=gend, insutype="310"), **tables})
    return run_rules(w, "2026-03", [shelf[rule]], given)


def test_above_the_limit_where_nothing_tells_what_the_fund_covers():
    lines = charged({"pric_uplmt_amt": 20.0, "inscp_amt": None}, {"pric_uplmt_amt": 20.0})
    found, _ = screened(lines, "service_price", points({"item_code": "A"}))
    assert found["locator"].tolist() == [["L1"]]


@pytest.mark.parametrize(("code", "expected"), [("无", 0), ("0" * 20, 0), ("—", 0), ("81234567890123456789", 1)])
def test_what_is_written_for_a_missing_trace_code_is_none(code, expected):
    lines = charged({"list_type": "101"}, {"list_type": "101", "setl_id": "S2", "mdtrt_id": "M2"})
    sold = pd.DataFrame([{"drug_trac_codg": code, "sale_sn": f"X{n}", "bkkp_sn": f"L{n}", "setl_id": f"S{n + 1}",
                          "fixmedins_code": "H1", "hilist_code": "A", "sale_time": f"2026-03-0{n + 1}"}
                         for n in (0, 1)])
    found, _ = screened(lines, "trace_code_reuse", points({"item_code": "A"}), drug_trace_d=sold)
    assert len(found) == expected


def test_an_attribute_that_no_row_tells_is_not_evaluable_and_not_zero():
    found, coverage = screened(charged({}), "drug_sex", points({"item_code": "A"}), gend=None)
    assert found.empty and coverage["state"].tolist() == ["not evaluable"]
    assert "setl_d.gend empty in every row（“性别”全部为空，无法判断）" in coverage["reason"][0]


def test_points_about_an_attribute_no_row_tells_are_named_where_others_are_judged():
    given = points({"rule_class": "药品限儿童使用", "item_code": "A", "condition": "age_max", "value": "17"},
                   {"rule_class": "药品限儿童使用", "item_code": "A", "condition": "sex", "value": "2"})
    found, coverage = screened(charged({}), "drug_children", given)
    assert coverage["state"].tolist() == ["evaluated"] and len(found) == 1
    assert "“出生日期”全部为空，涉及的知识点未评价" in coverage["reason"][0]


# codes ----------------------------------------------------------------------------------------------------

DRUG, OTHER, SERVICE = "XL02BBA326A001010102180", "XL02BBA326A001010102199", "001102000010000"


def test_a_point_meets_the_nations_code_and_not_another_drug_of_the_same_catalogue_entry():
    lines = charged({"hilist_code": "XL02BBA326", "med_list_codg": DRUG},
                    {"hilist_code": "XL02BBA326", "med_list_codg": OTHER}, {"hilist_code": DRUG})
    found, _ = screened(lines, "drug_sex", points({"item_code": DRUG}))
    assert found["locator"].tolist() == [["L0"], ["L2"]] or found["locator"].tolist() == [["L2"], ["L0"]]
    assert sum(found["amount"]) == Decimal("25.00")


def test_pairs_meet_the_nations_codes_of_both_sides():
    lines = charged({"hilist_code": "l1", "med_list_codg": SERVICE, "det_item_fee_sumamt": 40.0, "inscp_amt": 40.0},
                    {"hilist_code": "l2", "med_list_codg": "001109000010000"})
    given = points({"rule_class": "医疗服务项目重复收费", "item_code": SERVICE, "other_code": "001109000010000",
                    "condition": "pair", "value": ""})
    found, _ = screened(lines, "service_duplicate", given)
    assert found["locator"].tolist() == [["L1"]]


@pytest.mark.parametrize("written", [f"{SERVICE}-110200001", "1102000010000", f"{SERVICE}a", "110200001"])
def test_a_local_tail_and_lost_zeros_are_seen_through_and_other_codes_are_not(written):
    catalogue = pd.DataFrame([{"hilist_code": written}])
    expected = written in (f"{SERVICE}-110200001", "1102000010000")
    for tables in ({"hilist_b": catalogue}, {}):
        found, _ = screened(charged({"hilist_code": written}), "drug_sex", points({"item_code": SERVICE}), **tables)
        assert (len(found) == 1) == expected, written


def test_blanks_around_codes_are_not_part_of_them(tmp_path):
    lines = charged({"hilist_code": f" {DRUG}  "}, {"hilist_code": f"{DRUG}\u3000", "setl_id": "S2", "mdtrt_id": "M2"})
    (tmp_path / "sent").mkdir()
    lines.to_csv(tmp_path / "sent" / "fee_list_d.csv", index=False)
    bills(lines, gend="1 ").to_csv(tmp_path / "sent" / "setl_d.csv", index=False)
    ingest(tmp_path / "sent", tmp_path / "warehouse", progress=False)
    found, _ = run_rules(open_warehouse(tmp_path / "warehouse"), "2026-03", [shelf["drug_sex"]],
                         points({"item_code": DRUG}))
    assert len(found) == 2


def test_national_leaves_other_codes_alone():
    w = in_memory({"hilist_b": pd.DataFrame({"hilist_code": [DRUG, "C0101", "T000700200", "0011020000100001"]})})
    told = w.run(w.hilist_b.select("hilist_code", out=national(w.hilist_b.hilist_code)))
    assert told["out"].tolist() == told["hilist_code"].tolist()

"""The worked examples of data/mappings/README.md are run; mistakes in a mapping are refused by name."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from tests.deliveries import taken
from yb_analytics.schema import TABLES, Refusal
from yb_analytics.warehouse import open_warehouse

README = (Path(__file__).parents[1] / "data/mappings/README.md").read_text("utf-8")
EXAMPLES = re.findall(
    r"### (\d)\. .*?\n`([^`]+)`\n```csv\n(.*?)```\n```yaml\n(.*?)```\n```result\n(.*?)```", README, re.DOTALL)


def test_there_are_five_examples():
    assert [e[0] for e in EXAMPLES] == list("12345")


@pytest.mark.parametrize(("number", "name", "delivered", "mapping", "result"), EXAMPLES, ids=[e[0] for e in EXAMPLES])
def test_the_worked_examples_hold(tmp_path, number, name, delivered, mapping, result):
    (tmp_path / name).write_text(delivered, "utf-8")
    (tmp_path / "mapping.yaml").write_text(mapping, "utf-8")
    report = taken(tmp_path / name, tmp_path / "w", tmp_path / "mapping.yaml")
    assert report.quarantined == 0
    wanted = list(csv.DictReader(io.StringIO(result)))
    w = open_warehouse(tmp_path / "w")
    table = w.table(re.findall(r"table: (\w+)", mapping)[-1])
    texts = w.run(table.select(**{c: table[c].cast("string") for c in wanted[0]}))
    assert sorted(texts.to_dict("records"), key=str) == sorted(wanted, key=str)
    if number == "3":
        assert report.table.left_out.tolist() == [2]


GOOD = dict(zip(("name", "delivered", "mapping"), EXAMPLES[0][1:4], strict=True))


@pytest.mark.parametrize(("old", "new", "says"), [
    ("columns:", "colums:", "colums"), ("from: 日期", "frm: 日期", "frm"), ("table: setl_d", "table: setl_x", "setl_x"),
    ("setl_id: 单号", "setl_id: 编号", "no column 编号"), ("psn_no: 人员", "psn_no: 举报人", "whistle-blower"),
    ("scale: 0.01", "scale: cents", "scale")])
def test_mistakes_are_refused_by_name(tmp_path, old, new, says):
    (tmp_path / GOOD["name"]).write_text(GOOD["delivered"], "utf-8")
    (tmp_path / "mapping.yaml").write_text(GOOD["mapping"].replace(old, new, 1), "utf-8")
    with pytest.raises(Refusal, match=says):
        taken(tmp_path / GOOD["name"], tmp_path / "w", tmp_path / "mapping.yaml")


def test_what_is_no_amount_in_the_senders_unit_is_put_aside_not_emptied(tmp_path):
    (tmp_path / GOOD["name"]).write_text(GOOD["delivered"].replace("123456", "12x456"), "utf-8")
    optional = TABLES["setl_d"]["medfee_sumamt"]
    (tmp_path / "mapping.yaml").write_text(GOOD["mapping"], "utf-8")
    report = taken(tmp_path / GOOD["name"], tmp_path / "w", tmp_path / "mapping.yaml")
    assert (report.accepted, report.quarantined) == (1, 1)
    w = open_warehouse(tmp_path / "w")
    assert optional.name in w.run(w.quarantine).reason[0]


def test_the_coercion_report_tells_what_was_converted_and_names_nobody(tmp_path):
    (tmp_path / "setl_d.csv").write_text(
        "setl_id,psn_no,fixmedins_code,setl_time,med_type,medfee_sumamt,fund_pay_sumamt,vali_flag,brdy,fixmedins_name\n"
        "1, p-secret ,H1,20250301,住院 ,\"1,234.505\",5,是,19800102,\n", "utf-8")
    report = taken(tmp_path / "setl_d.csv", tmp_path / "w")
    told = {(r.column, r.kind): r for r in report.coerced.itertuples()}
    for column, kind in (("psn_no", "padded"), ("setl_time", "shape"), ("medfee_sumamt", "separators"),
                         ("medfee_sumamt", "rounded"), ("vali_flag", "words"), ("fixmedins_name", "empty"),
                         ("mdtrt_id", "absent")):
        assert told[column, kind].rows == 1, (column, kind)
    assert told["medfee_sumamt", "separators"].example == "1,234.505" and "p-secret" not in report.coerced.to_csv()
    assert "千分位：setl_d.medfee_sumamt 1 行（如 1,234.505）" in report.text

"""What nobody knows in a delivery: data stop it, notes are listed, other workbooks are named with the remedy."""

from __future__ import annotations

import gzip
import zipfile

import pytest

from tests.deliveries import deliver, sample, stored, taken
from tests.test_formats import HEAD, LINE, workbook
from yb_analytics.cli import main
from yb_analytics.schema import EXIT_CODES, Refusal
from yb_analytics.warehouse import ingest

OLD_EXCEL = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)


def known(folder):
    deliver(folder, sample("setl_d"), "csv")
    return folder


@pytest.mark.parametrize("name", ["医院明细.csv", "sub/jiesuan.parquet", "x.JSONL", "x.csv.gz", "dump.sql", "data.rar",
                                  "x.json", "setl_d.txt", "结算信息.txt", "_setl_x.csv", "part.zip"])
def test_data_nobody_knows_stop_the_delivery_and_are_named(tmp_path, name, capsys):
    source = known(tmp_path / "in")
    file = source / name
    file.parent.mkdir(exist_ok=True)
    if name == "part.zip":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("jiesuan.csv", "a\n1\n")
        name = "part.zip/jiesuan.csv"
    else:
        file.write_bytes(gzip.compress(b"a\n1\n") if name.endswith(".gz") else b"a\n1\n")
    with pytest.raises(SystemExit) as stop:
        main(["ingest", str(source), "-w", str(tmp_path / "w")])
    told = capsys.readouterr().err
    assert stop.value.code == EXIT_CODES["schema"] and name in told and "不知属于哪张表" in told and "--ignore" in told
    assert not list(tmp_path.glob("w/manifests/*"))
    report = ingest(source, tmp_path / "w", progress=False, ignore=(name.rpartition("/")[2],))
    assert report.ignored == [name] and f"有 1 个文件或工作表未接收：{name}" in report.text


def test_descriptions_and_marks_of_systems_do_not_stop_it(tmp_path):
    source = known(tmp_path / "in")
    for name in ("readme.txt", "说明.pdf", "函.docx", "_SUCCESS", ".hidden.csv", "~$结算.xlsx"):
        (source / name).write_bytes(b"x")
    report = taken(source, tmp_path / "w")
    assert report.accepted == 3 and report.ignored == ["readme.txt", "函.docx", "说明.pdf"]


def test_a_sheet_that_overflowed_into_another_is_not_lost(tmp_path):
    workbook(tmp_path / "in.xlsx", 结算信息=[HEAD, LINE], Sheet2=[HEAD, LINE], 填表说明=[["说明"]])
    with pytest.raises(Refusal, match=r"in\.xlsx#Sheet2"):
        taken(tmp_path / "in.xlsx", tmp_path / "w")
    report = ingest(tmp_path / "in.xlsx", tmp_path / "w", progress=False, ignore=("*#Sheet2",))
    assert report.accepted == 1 and report.ignored == ["in.xlsx#Sheet2", "in.xlsx#填表说明"]


def test_a_mapping_says_what_it_does_not_want(tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    (source / "deaths.csv").write_text("who,day\np1,2025-03-01\n")
    (source / "other.csv").write_text("x\n1\n")
    rules = ("title: t\nsources:\n  - files: deaths.csv\n    table: ps_death\n"
             "    columns: {psn_no: who, death_date: day}\n")
    (tmp_path / "map.yaml").write_text(rules)
    with pytest.raises(Refusal, match=r"other\.csv"):
        taken(source, tmp_path / "w", tmp_path / "map.yaml")
    (tmp_path / "map.yaml").write_text(rules + 'ignore: ["oth*"]\n')
    assert taken(source, tmp_path / "w", tmp_path / "map.yaml").ignored == ["other.csv"]


@pytest.mark.parametrize(("name", "data"), [
    ("setl_d.xls", OLD_EXCEL), ("结算信息.et", b"x"), ("a.xlsb", b"x"), ("setl_d.xlsx", OLD_EXCEL)])
def test_other_workbooks_are_refused_with_the_remedy(tmp_path, name, data):
    source = known(tmp_path / "in")
    (source / name).write_bytes(data)
    with pytest.raises(Refusal, match=r"另存为 .xlsx 或 CSV") as refusal:
        taken(source, tmp_path / "w")
    assert name in refusal.value.cause and refusal.value.kind == "schema"
    assert ingest(source, tmp_path / "w", progress=False, ignore=(name,)).accepted == 3


def test_tables_parted_by_tabs_are_read(tmp_path):
    rows = sample("setl_d")
    lines = ["\t".join(r) for r in (list(rows[0]), *(list(r.values()) for r in rows))]
    (tmp_path / "setl_d.tsv").write_text("\n".join(lines) + "\n")
    assert taken(tmp_path / "setl_d.tsv", tmp_path / "w").accepted == 3


@pytest.mark.parametrize("sums", ["medfee_sumamt", "医疗费总额", "医疗费总额（元）"])
def test_control_totals_may_have_chinese_headings(tmp_path, sums):
    from yb_analytics.schema import TABLES

    label = TABLES["setl_d"]["medfee_sumamt"].zh
    sums = sums.replace("医疗费总额", label)
    source = known(tmp_path / "in")
    (source / "控制总数.csv").write_bytes(f"文件名,行数,{sums}\nsetl_d.csv,3,37.51\n".encode("gb18030"))
    with pytest.raises(Refusal, match=r"37.51.*37.5"):
        taken(source, tmp_path / "w")
    (source / "控制总数.csv").write_bytes(f"文件名,行数,{sums}\nsetl_d.csv,3,37.50\n".encode("gb18030"))
    assert taken(source, tmp_path / "w").table["reconciled"].all()
    assert stored(tmp_path / "w").medfee_sumamt.sum() == 37.5

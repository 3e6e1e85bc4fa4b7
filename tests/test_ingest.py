"""Ingest: nothing lost silently, nothing half written, the same outcome whatever the order."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from yb_analytics.schema import TABLES, Refusal
from yb_analytics.warehouse import delivered, ingest, open_warehouse, verify

HEADER = "setl_id,psn_no,fixmedins_code,setl_time,med_type,medfee_sumamt,fund_pay_sumamt,fixmedins_name,updt_time"


def row(setl_id="1", when="2025-03-01 08:00:00", fee="10", name="嘉兴一院", updated="2025-04-01") -> str:
    return f"{setl_id},p1,H1,{when},11,{fee},5,{name},{updated}"


def write(file: Path, *rows: str, encoding="utf-8") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    data = ("\n".join([HEADER, *rows]) + "\n").encode(encoding)
    file.write_bytes(gzip.compress(data) if file.suffix == ".gz" else data)
    return file


def settled(path, version=None) -> dict:
    w = open_warehouse(path, version)
    frame = w.run(w.setl_d.select("setl_id", "medfee_sumamt", "fixmedins_name", "setl_time"))
    return {r.setl_id: (r.medfee_sumamt, r.fixmedins_name, f"{r.setl_time:%Y-%m}") for r in frame.itertuples()}


def refused(kind: str, source, path, mapping=None) -> str:
    before = open_warehouse(path).data_version if (path / "manifests").exists() else None
    with pytest.raises(Refusal) as refusal:
        ingest(source, path, mapping, progress=False)
    assert refusal.value.kind == kind and "\n" not in str(refusal.value)
    if before:
        assert open_warehouse(path).data_version == before
    else:
        assert not list(path.glob("manifests/*"))
    return str(refusal.value)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "warehouse"


# ---- text and files

@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("name", ["setl_d.csv", "SETL_D_202503.csv.gz"])
def test_text_is_exact_in_every_encoding(tmp_path, path, encoding, name):
    report = ingest(write(tmp_path / name, row(name="嘉兴市第一医院㐀€"), encoding=encoding), path, progress=False)
    assert settled(path) == {"1": (10.0, "嘉兴市第一医院㐀€", "2025-03")}
    assert (report.accepted, report.quarantined) == (1, 0)


def test_text_in_no_known_encoding_is_refused_with_file_and_byte(tmp_path, path):
    file = write(tmp_path / "setl_d.csv", row())
    file.write_bytes(file.read_bytes() + b"2,\xff\xff\n")
    assert f"setl_d.csv is neither UTF-8 (byte {len(HEADER) + len(row().encode()) + 4}, line 3)" in refused(
        "input", file, path)


def test_cut_deliveries_are_refused(tmp_path, path):
    whole = write(tmp_path / "in/setl_d.csv.gz", *(row(str(n), name=f"院{n * 7919}") for n in range(400)))
    data = whole.read_bytes()
    for keep in (len(data) // 3, len(data) - 9, len(data) - 1):
        whole.write_bytes(data[:keep])
        assert "setl_d.csv.gz is cut or damaged" in refused("damaged", whole.parent, path)
    parquet = tmp_path / "pq/setl_d.parquet"
    parquet.parent.mkdir()
    pq.write_table(pa.table({"setl_id": ["1"]}), parquet)
    parquet.write_bytes(parquet.read_bytes()[:-5])
    assert "not a whole Parquet file" in refused("damaged", parquet, path)


@pytest.mark.parametrize("tail", ['2,p1,H1,2025-03-01,11,1,1,"cut he', '2,p1,H1,2025-03-01,11,1,1,"open\n' + row("3")])
def test_an_open_quotation_mark_does_not_swallow_rows(tmp_path, path, tail):
    file = write(tmp_path / "setl_d.csv", row("1"))
    file.write_text(file.read_text("utf-8") + tail, "utf-8")
    assert "never closes it" in refused("damaged", file, path)


def test_bad_sources_are_refused(tmp_path, path):
    assert "no such file" in refused("input", tmp_path / "nowhere", path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in/notes.txt").write_text("x")
    assert "nothing in" in refused("empty", tmp_path / "in", path)
    (tmp_path / "in/setl_d.csv").write_text("")
    assert "is empty" in refused("empty", tmp_path / "in", path)
    write(tmp_path / "two/setl_d.csv", row()).write_text("setl_id,setl_id\n1,2\n")
    assert "twice" in refused("schema", tmp_path / "two", path)


# ---- schema

def test_an_absent_required_column_is_refused_before_anything_is_written(tmp_path, path):
    write(tmp_path / "in/setl_d.csv", row())
    ingest(tmp_path / "in", path, progress=False)
    (tmp_path / "in/mdtrt_d.csv").write_text("mdtrt_id,psn_no\n1,p\n")
    write(tmp_path / "in/setl_d_2.csv", row("2"))
    text = refused("schema", tmp_path / "in", path)
    assert "mdtrt_d lacks the required column fixmedins_code, med_type, begntime" in text
    assert list(settled(path)) == ["1"]


def test_unknown_columns_and_files_are_listed_and_interface_names_accepted(tmp_path, path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "readme.txt").write_text("x")
    (folder / "fee_list_d.csv").write_text(
        "FEEDETL_SN,init_feedetl_sn,mdtrt_id,psn_no,fixmedins_code,fee_ocur_time,cnt,det_item_fee_sumamt,"
        "inscp_scp_amt,med_list_codg,surprise\n"
        "1,,m1,p,H1,2025-03-01,1,2.5,2,X,?\n1,,m2,p,H1,2025-03-01,1,2.5,2,X,?\n2,1,m2,p,H1,20250302,-1,-2.5,-2,X,?\n")
    report = ingest(folder, path, progress=False)
    assert report.unknown == {"fee_list_d.csv": ["surprise"]} and "surprise" in report.text
    assert [Path(f).name for f in report.ignored] == ["readme.txt"]
    w = open_warehouse(path)  # a line id is unique inside one visit only
    assert sorted(w.run(w.fee_list_d).bkkp_sn) == ["m1-1", "m2-1", "m2-2"]
    assert w.run(w.fee_lines).bkkp_sn.tolist() == ["m1-1"]


def test_identifiers_that_went_through_floats_are_refused_by_column(tmp_path, path):
    assert "column setl_id" in refused("schema", write(tmp_path / "setl_d.csv", row("3.30402E+17")), path)
    frame = pd.DataFrame([dict(zip(HEADER.split(","), row().split(","), strict=True))])
    frame["psn_no"] = 330402199001011234.0
    frame.to_parquet(tmp_path / "setl_d.parquet")
    assert "column psn_no" in refused("schema", tmp_path / "setl_d.parquet", path)


# ---- rows

def test_rows_in_are_rows_accepted_and_rows_quarantined(tmp_path, path):
    file = write(tmp_path / "setl_d.csv", row("1"), row("2", when="yesterday"), row("3", fee="ten"), row(""),
                 "only,three,values", row("6", fee='"1,234.50"'), row("7", when="20250401"), row("8", updated="x"))
    report = ingest(file, path, progress=False)
    assert (report.accepted, report.quarantined) == (3, 5)
    assert report.table[["rows", "accepted", "quarantined", "left_out"]].values.tolist() == [[8, 3, 5, 0]]
    assert settled(path) == {"1": (10.0, "嘉兴一院", "2025-03"), "6": (1234.5, "嘉兴一院", "2025-03"),
                             "7": (10.0, "嘉兴一院", "2025-04")}
    w = open_warehouse(path)
    aside = w.run(w.quarantine).sort_values("line")
    assert aside.line.tolist() == [3, 4, 5, 6, 9]
    for reason, says in zip(aside.reason, ("setl_time", "medfee_sumamt", "setl_id（结算ID） is empty", "3 values",
                                           "updt_time"), strict=True):
        assert says in reason
    assert verify(path) == []


def test_the_same_file_twice_changes_nothing(tmp_path, path):
    file = write(tmp_path / "setl_d.csv", row("1"), row("bad", fee="?"))
    first = ingest(file, path, progress=False)
    again = ingest(file, path, progress=False)
    packed = ingest(write(tmp_path / "other/setl_d.csv.gz", row("1"), row("bad", fee="?")), path, progress=False)
    for report in (again, packed):
        assert (report.version, report.data_version, report.accepted) == (first.version, first.data_version, 0)
    assert len(delivered(path)) == 1


def test_order_of_deliveries_does_not_matter(tmp_path):
    files = [write(tmp_path / "a/setl_d.csv", row("1", fee="10", updated="2025-04-01"), row("2")),
             write(tmp_path / "b/setl_d.csv", row("1", fee="20", updated="2025-04-02"), row("3", fee="1")),
             write(tmp_path / "c/setl_d.csv", row("1", fee="15", when="2025-02-01", updated="2025-04-01"),
                   row("3", fee="2"))]
    seen = set()
    for n, order in enumerate((files, files[::-1], [*files[1:], files[0]])):
        for file in order:
            report = ingest(file, tmp_path / f"w{n}", progress=False)
        seen.add((report.data_version, str(sorted(settled(tmp_path / f"w{n}").items()))))
    assert len(seen) == 1
    outcome = settled(tmp_path / "w0")
    assert outcome["1"][0] == 20.0 and outcome["3"][0] in (1.0, 2.0) and len(outcome) == 3


def test_late_rows_land_in_their_own_month_and_corrected_times_move(tmp_path, path):
    ingest(write(tmp_path / "a/setl_d.csv", row("1"), row("2", when="2025-05-01")), path, progress=False)
    ingest(write(tmp_path / "b/setl_d.csv", row("late", when="2025-01-09"),
                 row("2", when="2025-06-01", updated="2025-07-01")), path, progress=False)
    w = open_warehouse(path)
    assert {r.ym: r.rows for r in w.coverage().itertuples()} == {"202501": 1, "202503": 1, "202506": 1}
    assert settled(path, 1)["2"][2] == "2025-05"


def test_rows_that_replace_others_of_their_key_are_told(tmp_path, path):
    report = ingest(write(tmp_path / "setl_d.csv", row(fee="10"), row(fee="20"), row("2")), path)
    assert report.accepted == 3 and len(settled(path)) == 2
    assert "被替代：setl_d 1 行" in report.text and "setl_d 内容相同 0 行、内容不同 1 行" in report.text


def test_the_mark_of_an_open_workbook_is_no_delivery(tmp_path, path):
    source = write(tmp_path / "in" / "2025年一季度结算信息.csv", row()).parent
    (source / "~$结算.xlsx").write_bytes(b"x")
    report = ingest(source, path)
    assert report.accepted == 1 and not report.ignored


def test_control_totals_in_gb18030_are_read(tmp_path, path):
    source = write(tmp_path / "in" / "结算信息.csv", row()).parent
    (source / "control_totals.csv").write_bytes("file,rows\n结算信息.csv,2\n".encode("gb18030"))
    with pytest.raises(Refusal, match="say rows 2, the file has 1"):
        ingest(source, path)
    (source / "control_totals.csv").write_bytes("file,rows\n结算信息.csv,1\n".encode("gb18030"))
    assert ingest(source, path).table["reconciled"].all()


def test_several_tables_are_published_at_once(tmp_path, path):
    write(tmp_path / "in/setl_d/202503.csv", row("1"))
    (tmp_path / "in/psn_info_b.csv").write_text("psn_no,gend,psn_name\np1,1,某人\n")
    report = ingest(tmp_path / "in", path, progress=False)
    assert report.version == 1 and set(report.stored["table"]) == {"psn_info_b", "setl_d"}


def test_every_canonical_table_can_be_delivered(tmp_path, path):
    values = {"date": "2025-03-01", "time": "2025-03-01 10:00:00", "code": "1", "flag": "1", "text": "甲"}
    (tmp_path / "in").mkdir()
    for name, table in TABLES.items():
        frame = pd.DataFrame([{c.name: values.get(c.kind, "1") for c in table.columns}])
        frame.to_csv(tmp_path / f"in/{name}.csv", index=False)
    report = ingest(tmp_path / "in", path, progress=False)
    assert (report.accepted, report.quarantined) == (len(TABLES), 0)
    assert set(open_warehouse(path).coverage()["table"]) == set(TABLES) and verify(path) == []


# ---- mappings

MAPPING = """
title: test
sources:
  - files: "claims*.csv"
    table: setl_d
    where: "kind == 'C'"
    columns:
      setl_id: {expression: "concat(no, '-', part)"}
      psn_no: who
      fixmedins_code: {constant: H1}
      setl_time: {from: day, format: "%d.%m.%Y"}
      med_type: {from: art, codes: {in: "21"}}
      medfee_sumamt: {from: cents, scale: 0.01}
      fund_pay_sumamt: {expression: "amount(cents) * 0.005"}
"""


def test_a_mapping_converts_filters_and_accounts(tmp_path, path):
    (tmp_path / "map.yaml").write_text(MAPPING)
    (tmp_path / "claims.csv").write_text(
        "no,part,who,kind,day,art,cents\n1,a,p,C,31.01.2025,in,1050\n2,a,p,X,31.01.2025,in,1\n3,a,p,C,99.01.2025,in,1\n")
    report = ingest(tmp_path / "claims.csv", path, tmp_path / "map.yaml", progress=False)
    assert report.table[["rows", "left_out", "accepted", "quarantined"]].values.tolist() == [[3, 1, 1, 1]]
    w = open_warehouse(path)
    got = w.run(w.setl_d).iloc[0]
    assert (got.setl_id, got.med_type, got.medfee_sumamt, got.fund_pay_sumamt) == ("1-a", "21", 10.5, 5.25)


@pytest.mark.parametrize(("old", "new", "says"), [
    ("table: setl_d", "table: setl", "no table setl"), ("title: test", "titel: test", "titel"),
    ("      psn_no: who\n", "", "requires psn_no"), ("psn_no: who", "psn_nr: who", "psn_nr"),
    ("psn_no: who", "psn_no: nobody", "no column nobody"),
    ("kind == 'C'", "__import__('os')", "not known"), ("kind == 'C'", "kind.strip", "not allowed"),
    ("kind == 'C'", "absent == 'C'", "no source column absent"), ("kind == 'C'", "kind ==", "cannot be read")])
def test_mistakes_in_a_mapping_are_refused_by_name(tmp_path, path, old, new, says):
    (tmp_path / "map.yaml").write_text(MAPPING.replace(old, new))
    (tmp_path / "claims.csv").write_text("no,part,who,kind,day,art,cents\n1,a,p,C,31.01.2025,in,1050\n")
    assert says in refused("schema", tmp_path / "claims.csv", path, tmp_path / "map.yaml")


# ---- crashes

def test_a_killed_ingest_leaves_the_last_version_and_the_next_run_completes(tmp_path, path):
    ingest(write(tmp_path / "a/setl_d.csv", row("1")), path, progress=False)
    months = [f"2024-{m:02d}-03" for m in range(1, 13)]
    for n, month in enumerate(months):
        write(tmp_path / f"b/setl_d_{n}.csv", *(row(f"{n}-{k}", when=month) for k in range(300)))
    expected = ingest(tmp_path / "b", tmp_path / "other", progress=False) and ingest(
        tmp_path / "a", tmp_path / "other", progress=False).data_version
    code = "import sys; from yb_analytics.warehouse import ingest; ingest(sys.argv[1], sys.argv[2], progress=False)"
    before = settled(path)
    for stage in (f"../{path.name}.staging", "tables/setl_d/setl_ym=202401"):
        writer = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "b"), str(path)])
        until = time.monotonic() + 60
        while not (path / stage).exists() and writer.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        if not (path / "manifests/000002.json").exists():
            assert settled(path) == before and verify(path) == []
    assert ingest(tmp_path / "b", path, progress=False).data_version == expected
    assert len(settled(path)) == 1 + 12 * 300 and verify(path) == []

"""Every format of delivery gives the same rows; what a format cannot carry is refused by name."""

from __future__ import annotations

import datetime as dt
import json
import zipfile

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.deliveries import FORMATS, as_bytes, deliver, sample, stored, taken
from yb_analytics.schema import TABLES, Refusal
from yb_analytics.warehouse import open_warehouse

ROW = {"setl_id": "1", "psn_no": "p1", "fixmedins_code": "H1", "setl_time": "2025-03-01 08:00:00", "med_type": "11",
       "medfee_sumamt": "10.10", "fund_pay_sumamt": "5", "fixmedins_name": "嘉兴一院㐀𠀀€"}


def rows(n: int = 3) -> list[dict]:
    return [{**ROW, "setl_id": f"{i}", "medfee_sumamt": f"{i}.1{i}"} for i in range(1, n + 1)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "warehouse"


@pytest.fixture(scope="module")
def digest(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    return taken(deliver(folder, rows(), "csv"), folder / "w").data_version


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_rows_in_every_format(tmp_path, path, digest, kind):
    report = taken(deliver(tmp_path / "in", rows(), kind), path)
    assert (report.accepted, report.quarantined, report.data_version) == (3, 0, digest)
    assert stored(path).fixmedins_name.unique().tolist() == ["嘉兴一院㐀𠀀€"]


def test_the_same_file_packed_otherwise_is_the_same_delivery(tmp_path, path):
    first = taken(deliver(tmp_path / "a", rows(), "csv"), path)
    for kind in ("csv.gz", "zip"):
        assert taken(deliver(tmp_path / kind, rows(), kind), path).version == first.version


def test_every_format_in_one_folder_and_in_one_archive(tmp_path, path):
    folder = tmp_path / "in"
    for n, kind in enumerate(FORMATS):
        deliver(folder / kind, [{**ROW, "setl_id": f"{n}"}], kind)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for file in sorted(folder.rglob("*.*")):
            if file.is_file() and file.suffix != ".zip":
                archive.write(file, file.relative_to(folder).as_posix())
    assert taken(folder, path).accepted == len(FORMATS)
    assert taken(tmp_path / "all.zip", tmp_path / "other").accepted == len(FORMATS) - 1


# ---- Excel

def workbook(file, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    book.save(file)
    return file


HEAD = list(ROW)
LINE = list(ROW.values())


def test_every_sheet_is_read_and_what_is_no_table_is_listed(tmp_path, path):
    visit = {"mdtrt_id": "m", "psn_no": "p1", "fixmedins_code": "H1", "med_type": "11", "begntime": "2025-03-01"}
    file = workbook(tmp_path / "一月.xlsx", 说明=[["写给读者"]], 结算信息=[HEAD, LINE], 空=[],
                    mdtrt_d=[list(visit), list(visit.values())])
    report = taken(file, path)
    assert report.table.set_index("table").accepted.to_dict() == {"setl_d": 1, "mdtrt_d": 1}
    assert report.ignored == ["一月.xlsx#说明"] and "一月.xlsx#结算信息" in report.table.file.tolist()


def test_excel_dates_times_and_money_are_exact(tmp_path, path):
    given = dict(zip(HEAD, LINE, strict=True)) | {"begndate": None, "enddate": None}
    lines = [list(given)]
    for n, (when, fee, day) in enumerate([
            (dt.datetime.fromisoformat("2025-03-01 08:00:01"), 0.1 + 0.2, dt.date(2024, 2, 29)),
            (45717.5, 12345678901234.5, 45717),
            ("2025/3/1 7:05", 1e3, "2025年3月2日"), (
                dt.datetime.fromisoformat("2025-03-31 23:59:59"), -0.01, None)]):
        one = {"setl_id": f"{n}", "setl_time": when, "medfee_sumamt": fee, "begndate": day}
        lines.append(list((given | one).values()))
    taken(workbook(tmp_path / "setl_d.xlsx", Sheet1=lines), path)
    w = open_warehouse(path)
    texts = {c: w.setl_d[c].cast("string") for c in ("setl_id", "setl_time", "medfee_sumamt", "begndate")}
    got = w.run(w.setl_d.select(**texts).order_by("setl_id"))
    assert got.setl_time.tolist() == ["2025-03-01 08:00:01", "2025-03-01 12:00:00", "2025-03-01 07:05:00",
                                                  "2025-03-31 23:59:59"]
    assert got.medfee_sumamt.tolist() == ["0.30", "12345678901234.50", "1000.00", "-0.01"]
    assert got.begndate.fillna("").tolist() == ["2024-02-29", "2025-03-01", "2025-03-02", ""]


def test_long_identifiers_that_came_as_numbers_are_refused_by_column(tmp_path, path):
    number = [330402199001011234 if c == "psn_no" else v for c, v in zip(HEAD, LINE, strict=True)]
    with pytest.raises(Refusal, match=r"setl_d.xlsx#Sheet1: column psn_no holds identifiers as floating"):
        taken(workbook(tmp_path / "setl_d.xlsx", Sheet1=[HEAD, LINE, number]), path)
    (tmp_path / "setl_d.jsonl").write_text(json.dumps({**ROW, "psn_no": 330402199001011234}) + "\n")
    with pytest.raises(Refusal, match=r"setl_d.jsonl: column psn_no holds"):
        taken(tmp_path / "setl_d.jsonl", path)
    short = [123456789012345 if c == "psn_no" else v for c, v in zip(HEAD, LINE, strict=True)]
    (tmp_path / "ok").mkdir()
    taken(workbook(tmp_path / "ok/setl_d.xlsx", Sheet1=[HEAD, short]), path)
    assert stored(path).psn_no.tolist() == ["123456789012345"]


def test_formulas_and_error_cells_put_their_row_aside(tmp_path, path):
    def line(ident, fee):
        return list((ROW | {"setl_id": ident, "medfee_sumamt": fee}).values())

    report = taken(workbook(tmp_path / "setl_d.xlsx", Sheet1=[
        HEAD, line('="330402199001011234"', 1), line("2", "=1+1"), line("3", "#N/A"), [], [*line("4", 1), "beyond"],
        line("5", 2)]), path)
    assert (report.accepted, report.quarantined) == (2, 3)
    assert stored(path).setl_id.tolist() == ["330402199001011234", "5"]
    w = open_warehouse(path)
    aside = w.run(w.quarantine.order_by("line"))
    assert aside.line.tolist() == [3, 4, 6] and set(aside.source) == {"setl_d.xlsx#Sheet1"}
    for reason, says in zip(aside.reason, ("formula", "cell error #N/A", "beyond the 8 columns"), strict=True):
        assert says in reason


def test_a_sheet_that_says_it_is_smaller_is_read_to_its_end(tmp_path, path):
    file = workbook(tmp_path / "setl_d.xlsx", Sheet1=[HEAD, *[[f"{n}", *LINE[1:]] for n in range(9)]])
    with zipfile.ZipFile(file) as old:
        parts = {n: old.read(n) for n in old.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b'<dimension ref="A1:H10"', b'<dimension ref="A1:B3"')
    assert b'"A1:B3"' in parts[sheet]
    with zipfile.ZipFile(file, "w") as new:
        for name, data in parts.items():
            new.writestr(name, data)
    assert taken(file, path).accepted == 9


# ---- JSON Lines

def test_json_lines_keep_numbers_as_written_and_set_bad_lines_aside(tmp_path, path):
    good = json.dumps({**ROW, "medfee_sumamt": 10.10, "mdtrt_id": None, "vali_flag": True})
    again = json.dumps({**ROW, "setl_id": "2"})[:-1] + ', "setl_id": "3"}'
    (tmp_path / "setl_d.jsonl").write_text("\n".join([good, "", "[1]", "{oops", again, ""]))
    report = taken(tmp_path / "setl_d.jsonl", path)
    assert (report.accepted, report.quarantined) == (1, 3)
    got = stored(path).iloc[0]
    assert (str(got.medfee_sumamt), got.vali_flag, got.fixmedins_name) == ("10.1", "1", ROW["fixmedins_name"])
    w = open_warehouse(path)
    assert w.run(w.quarantine.order_by("line")).line.tolist() == [3, 4, 5]


def test_nested_values_are_refused_by_column(tmp_path, path):
    (tmp_path / "setl_d.jsonl").write_text(json.dumps({**ROW, "detail": {"a": 1}}) + "\n")
    with pytest.raises(Refusal, match="column detail holds nested values"):
        taken(tmp_path / "setl_d.jsonl", path)


# ---- names

@pytest.mark.parametrize("name", ["setl_d_202501", "ODS_SETL_D", "结算信息", "2025年1月结算信息表", "hx.setl_d"])
def test_files_are_known_by_platform_and_chinese_names(tmp_path, path, name):
    assert taken(deliver(tmp_path / "in", rows(), "csv", name), path).table["table"].tolist() == ["setl_d"]


def test_columns_are_known_by_platform_interface_and_chinese_names(tmp_path, path):
    table = TABLES["setl_d"]
    labels = {c.zh: ROW[c.name] for c in table.columns if c.name in ROW}
    taken(deliver(tmp_path / "a", [labels], "csv"), path)
    first = stored(path)
    alias = {v: k for k, v in table.aliases.items()}
    taken(deliver(tmp_path / "b", [{alias.get(c, c.upper()): v for c, v in ROW.items()}], "csv"), tmp_path / "other")
    assert first.equals(stored(tmp_path / "other")) and first.fixmedins_name[0] == ROW["fixmedins_name"]


def test_a_table_known_by_another_name_brings_what_its_rows_share(tmp_path, path):
    names = [(t, n, common) for t in TABLES.values() for n, common in t.known_as.items() if common]
    assert names
    for n, (table, name, common) in enumerate(names[:4]):
        given = [{k: v for k, v in r.items() if k not in common} for r in sample(table.name, 2)]
        taken(deliver(tmp_path / f"{n}", given, "csv", name), tmp_path / f"w{n}")
        got = stored(tmp_path / f"w{n}", table.name)
        assert all(set(got[c].astype(str)) == {v} for c, v in common.items())


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx", "jsonl", "zip"])
@pytest.mark.parametrize("column", ["举报人姓名", "举报电话", "informant_name", "reporter_name", "tipster"])
def test_columns_that_could_name_an_informer_are_refused_in_every_format(tmp_path, path, kind, column):
    with pytest.raises(Refusal, match=f"column {column} could name a whistle-blower"):
        taken(deliver(tmp_path, [{**ROW, column: "x"}], kind), path)
    assert not list(path.glob("manifests/*"))


def test_the_accused_and_the_count_of_informers_are_not_informers(tmp_path, path):
    report = taken(deliver(tmp_path, [{**ROW, "被举报人": "H1", "举报人数": "2"}], "csv"), path)
    assert report.unknown == {"setl_d.csv": ["举报人数", "被举报人"]}


def test_parquet_moments_become_shanghai_wall_time(tmp_path, path):
    moment = pa.array([dt.datetime(2025, 2, 28, 16, 30, tzinfo=dt.UTC)], pa.timestamp("us", "UTC"))
    table = pa.table({c: [v] for c, v in ROW.items() if c != "setl_time"}).append_column("setl_time", moment)
    (tmp_path / "in").mkdir()
    pq.write_table(table, tmp_path / "in/setl_d.parquet")
    (tmp_path / "in/setl_d_2.csv").write_bytes(as_bytes([{**ROW, "setl_id": "2", "setl_time": "2025-02-28T16:30:00Z"}],
                                                         "csv"))
    taken(tmp_path / "in", path)
    assert [f"{t}" for t in stored(path).setl_time] == ["2025-03-01 00:30:00"] * 2

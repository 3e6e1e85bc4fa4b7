"""Reports: refused before a kernel starts, published whole or not at all, a true ledger, hostile text stays text."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import nbformat
import openpyxl
import pandas as pd
import pytest

from yb_analytics import plots
from yb_analytics.plots import find_browser
from yb_analytics.reporting import Ledger, doctor, document, parameters_from, report, reports, verify_edition
from yb_analytics.reporting import runner as running
from yb_analytics.reporting.cells import sentence_of, table_of
from yb_analytics.reporting.compose import compose
from yb_analytics.reporting.editions import Place
from yb_analytics.reporting.surroundings import find_fonts
from yb_analytics.schema import Refusal
from yb_analytics.warehouse import ingest

HOSTILE = ["<script>alert(1)</script>", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)",
           "#set page(width: 1pt) $x^2$ *b*",
           "../../etc", "</script><img src=x onerror=alert(1)>", "{{ 7*7 }}", "\x00\x07bell"]
MATTER = """---
name: {name}
title: 试验报告 · A trial
due: monthly
audience: 内部
public: false
time_limit: {limit}
parameters:
  top: {{type: int, title: 条数, default: 3, ge: 1, le: 9}}
  place: {{type: county, title: 地区, default: "330402"}}
---"""
CELLS = """warehouse = ""
period = "2025-03"
top = 3
place = "330402"
""", """import pandas as pd
from yb_analytics.plots import obstacles
from yb_analytics.reporting import document
from yb_analytics.warehouse import open_warehouse
w = open_warehouse(warehouse)
doc = document("试验报告", period, w)
table = pd.DataFrame({"指标": ["基金支付", "人次"], "本月": [123456.0, 10.0 + top]})
doc.summary("基金支付为{基金支付.本月:yuan}。", table)
doc.heading("一、数字")
doc.table(table, "本月数字")
drawn = pd.DataFrame({"title": ["甲", "乙"], "lost": [2.0, 1.0]})
doc.figure(obstacles(drawn), "失分", "甲多于乙。", drawn)"""


def notebook(folder: Path, name: str = "trial", extra: str = "", limit: int = 120) -> None:
    parts = [nbformat.v4.new_raw_cell(MATTER.format(name=name, limit=limit)), nbformat.v4.new_code_cell(CELLS[0]),
             nbformat.v4.new_code_cell(CELLS[1]), nbformat.v4.new_code_cell(extra)]
    parts[1].metadata["tags"] = ["parameters"]
    folder.mkdir(exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=parts), folder / f"{name}.ipynb")


def deliver(folder: Path, path: Path, amount: str = "10") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "setl_d.csv").write_text(
        "setl_id,psn_no,fixmedins_code,setl_time,med_type,medfee_sumamt,fund_pay_sumamt,updt_time\n"
        f"1,p1,H1,2025-03-01 08:00:00,11,{amount},5,2025-04-{amount}\n", encoding="utf-8")
    ingest(folder, path, progress=False)
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    base = tmp_path_factory.mktemp("data")
    return deliver(base / "in", base / "warehouse")


@pytest.fixture
def desk(tmp_path, monkeypatch) -> Path:
    """A folder of notebooks with the trial report; no figure is drawn and no PDF made unless a test asks."""
    notebook(tmp_path / "notebooks")
    monkeypatch.setenv("YB_NOTEBOOKS", str(tmp_path / "notebooks"))
    monkeypatch.setenv("YB_FONTS", str(tmp_path / "none"))
    return tmp_path


class Still:
    """What a document asks of a warehouse."""

    as_of, data_version = "2025-03-31", "abc"


def hostile_document():
    doc = document("报告" + HOSTILE[0], "2025-03", Still())
    frame = pd.DataFrame({"机构": HOSTILE, "金额": [float(i) for i in range(len(HOSTILE))]})
    doc.summary("最多的是{" + HOSTILE[0] + ".金额:yuan}。", frame)
    doc.heading(HOSTILE[0] + HOSTILE[5])
    doc.table(frame, "表" + HOSTILE[1] + HOSTILE[7], units={"金额": "yuan"}, note=HOSTILE[5])
    doc.note("\n".join(HOSTILE))
    drawn = pd.DataFrame({"title": HOSTILE[:2], "lost": [2.0, 1.0]})
    doc.figure(plots.obstacles(drawn), "图" + HOSTILE[7], HOSTILE[7], drawn)
    return compose(doc.blocks)


ABOUT = {"audience": HOSTILE[0], "code_version": "0", "data_version": "abc", "notices": []}


# ---- asked wrongly: refused before a kernel starts

@pytest.mark.parametrize(("asked", "told"), [
    ({"name": "absent"}, "choose one of: trial"), ({"name": "../trial"}, "no report named"),
    ({"period": "2025"}, "name a month"), ({"period": "2025-13"}, "not a day"),
    ({"period": "2031-01"}, "the data cover"), ({"colour": 1}, "top (int ≥ 1 ≤ 9), place (county)"),
    ({"top": 99}, "less than or equal to 9"),
    ({"top": "five"}, "valid integer"), ({"place": "330402'; import os"}, "parameter place"),
    ({"__import__('os')": 1}, "no parameter named"), ({"warehouse": "x"}, "no parameter")])
def test_refused_with_what_is_allowed(desk, data, monkeypatch, asked, told):
    monkeypatch.setattr(running, "_attempt", lambda *_: pytest.fail("a kernel was started"))
    call = {"name": "trial", "period": "2025-03", **asked}
    name, period = call.pop("name"), call.pop("period")
    before = len(Ledger(data).events())
    with pytest.raises(Refusal, match=re.escape(told)):
        report(name, period, data, desk / "out", **call)
    assert len(Ledger(data).events()) == before and not list((desk / "out").rglob("*.html"))


def test_front_matter_is_read_strictly(desk):
    path = desk / "notebooks" / "trial.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("audience", "audiense"), encoding="utf-8")
    with pytest.raises(Refusal, match="front matter"):
        reports(desk / "out")
    assert parameters_from(["top=5", "place=330402"]) == {"top": "5", "place": "330402"}
    for wrong in ("top", "folder=/etc"):
        with pytest.raises(Refusal, match="name=value"):
            parameters_from([wrong])


# ---- published once, whole, verifiable

def test_published_once_and_again_only_for_new_data(desk):
    path, out = deliver(desk / "in", desk / "warehouse"), desk / "out"
    first = report("trial", "2025-03", path, out, top="4")
    assert first.state == "published" and "fonts-noto-cjk" in first.text
    assert {Path(f).suffix for f in first.files} == {".html", ".xlsx", ".ipynb", ".json"}
    assert verify_edition(first.path) == []
    again = report("trial", "2025-03", path, out, top=4)
    assert again.state == "unchanged" and again.path == first.path
    deliver(desk / "in", path, amount="12")
    newer = report("trial", "2025-03", path, out, top=4)
    assert newer.state == "published" and newer.data_version != first.data_version
    old = Place(out).editions("trial", "2025-03")[1:]
    assert len(old) == 1 and verify_edition(old[0]) == [] and verify_edition(newer.path) == []
    runs = Ledger(path).runs()
    assert list(runs["state"]) == ["published", "unchanged", "published"] and runs["ended"].notna().all()
    page = (out / "index.html").read_text(encoding="utf-8")
    assert page.count("试验报告") == 2 and "现行" in page and "历史" in page
    assert list(reports(out)["editions"]) == [2]
    known = json.loads((newer.path / "passport.json").read_text(encoding="utf-8"))
    assert known["parameters"] == {"top": 4, "place": "330402"} and set(known["blocks"]) == {"表1", "图1"}
    for name in first.files:
        if not name.endswith(".json"):
            damaged = newer.path / name
            kept = damaged.read_bytes()
            damaged.write_bytes(kept[:-1] + b"?")
            assert any(name in p for p in verify_edition(newer.path))
            damaged.write_bytes(kept)
    assert str(desk) not in (newer.path / "trial.ipynb").read_text(encoding="utf-8")


@pytest.mark.parametrize(("cell", "told", "state"), [
    ("from yb_analytics.schema import Refusal; raise Refusal('no ledger', 'deliver it')", "no ledger → deliver it", 1),
    ("1 / 0", "ZeroDivisionError", 1), ("import os; os.kill(os.getpid(), 9)", "stopped 3 times", 3)])
def test_a_run_that_fails_publishes_nothing(desk, data, monkeypatch, cell, told, state):
    monkeypatch.setattr(running, "WAITS", (0.0, 0.0))
    tries, attempt = [], running._attempt
    monkeypatch.setattr(running, "_attempt", lambda *a: tries.append(1) or attempt(*a))
    notebook(desk / "notebooks", "failing", cell)
    with pytest.raises(Refusal, match=re.escape(told)):
        report("failing", "2025-03", data, desk / "out")
    assert len(tries) == state and not list((desk / "out").glob("failing/*"))
    last = Ledger(data).runs().iloc[-1]
    assert last["state"] == "failed" and last["error"] and not list((desk / "out" / ".building").iterdir())


def test_a_hanging_run_ends_at_its_limit(desk, data):
    notebook(desk / "notebooks", "hanging", "import time; time.sleep(600)", limit=12)
    began = time.monotonic()
    with pytest.raises(Refusal, match="limit of 12 s"):
        report("hanging", "2025-03", data, desk / "out")
    assert time.monotonic() - began < 40


def test_killed_runs_leave_no_partial_edition_and_the_ledger_says_failed(desk, data):
    code = ("from yb_analytics.reporting import report; import sys; "
            "report('trial', '2025-03', sys.argv[1], sys.argv[2])")
    out, here = desk / "out", str(Path(running.__file__).parents[2])
    for wait in (1.5, 3.0, 4.5):
        run = subprocess.Popen([sys.executable, "-c", code, str(data), str(out)], stderr=subprocess.DEVNULL,
                               env={**os.environ, "PYTHONPATH": here})
        time.sleep(wait)
        run.send_signal(signal.SIGKILL)
        run.wait()
        for edition in Place(out).editions("trial", "2025-03"):
            assert verify_edition(edition) == []
    done = report("trial", "2025-03", data, out)
    assert verify_edition(done.path) == [] and len(Place(out).editions("trial", "2025-03")) == 1
    mine = Ledger(data).runs()
    mine = mine[mine["report"] == "trial"]
    assert not (mine["state"] == "started").any() and (mine["state"] == "published").sum() == 1
    assert not list((out / ".building").iterdir())


def test_a_run_killed_after_its_rename_is_published_not_failed(desk, data, monkeypatch):
    done = report("trial", "2025-03", data, desk / "out")
    run = json.loads((done.path / "passport.json").read_text(encoding="utf-8"))["run"]
    ledger = Ledger(desk)
    ledger.append({"run": run, "report": "trial", "state": "started", "process": "1:0.00"})
    ledger.append({"run": "lost", "report": "trial", "state": "started", "process": "1:0.00"})
    with ledger.path.open("ab") as handle:
        handle.write(b'{"run": "torn')
    running.settle(ledger, Place(desk / "out"))
    assert dict(zip(ledger.runs()["run"], ledger.runs()["state"], strict=True)) == {run: "published", "lost": "failed"}


# ---- hostile text stays text

def test_html_holds_hostile_text_as_text_and_asks_nothing_of_the_network():
    from yb_analytics.reporting.publish_html import html

    page = html(hostile_document(), ABOUT).decode("utf-8")
    assert page.count("<script") == 3 and "onerror=alert(1)>" not in page.replace("&gt;", "").replace("\\u003e", "")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "{{ 7*7 }}" in page
    markup = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"(https?:)?//[a-z]", markup) and "@import" not in markup
    assert "default-src &#39;none&#39;" in page


def test_xlsx_holds_hostile_text_as_text(tmp_path):
    from yb_analytics.reporting.publish_xlsx import xlsx

    path = tmp_path / "x.xlsx"
    path.write_bytes(xlsx(hostile_document(), ABOUT))
    book = openpyxl.load_workbook(path)
    assert all(len(n) <= 31 for n in book.sheetnames) and len(book.sheetnames) == 3
    cells = [c for sheet in book for line in sheet.iter_rows() for c in line if c.value is not None]
    assert not [c for c in cells if c.data_type == "f"] and HOSTILE[1] in [c.value for c in cells]
    assert all(c.quotePrefix for c in cells if str(c.value) in HOSTILE[1:5])
    with zipfile.ZipFile(path) as parts:
        assert not [n for n in parts.namelist() if b"<f>" in parts.read(n)]


@pytest.mark.skipif(not find_fonts(), reason="no Chinese font: install the Debian package fonts-noto-cjk")
def test_pdf_is_selectable_chinese_on_a4_with_embedded_fonts(monkeypatch):
    from io import BytesIO

    from pypdf import PdfReader

    from yb_analytics.reporting.publish_pdf import pdf

    made = pdf(hostile_document(), ABOUT)
    assert made == pdf(hostile_document(), ABOUT)
    read = PdfReader(BytesIO(made))
    text = "".join(page.extract_text() for page in read.pages).replace("\n", "").replace(" ", "")
    assert "摘要" in text and "目录" in text and "<script>alert(1)</script>" in text and "*b*" in text
    assert "#setpage(width:1pt)$x^2$" in text and "chromium" in text  # no picture was drawn: the table stands in
    assert [round(float(v) / 72 * 25.4) for v in read.pages[0].mediabox[2:]] == [210, 297]
    fonts = [f.get_object() for page in read.pages for f in page["/Resources"]["/Font"].values()]
    assert fonts and all(f["/Subtype"] == "/Type0" for f in fonts)
    assert all("/FontFile3" in f["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object() for f in fonts)


@pytest.mark.browser
@pytest.mark.skipif(not find_fonts() or find_browser() is None, reason="needs fonts-noto-cjk and chromium")
def test_the_pdf_has_the_figures(tmp_path):
    notices = running.write_files(tmp_path, "x", hostile_document(), ABOUT)
    assert notices == [] and {p.suffix for p in tmp_path.iterdir()} == {".html", ".pdf", ".xlsx"}


# ---- numbers and words

def test_sentences_take_numbers_from_their_table_and_from_nothing_else():
    frame = pd.DataFrame({"指标": ["甲"], "本月": [1234567.0], "同比": [-0.0312]})
    table = table_of(frame, {"本月": "yuan", "同比": "growth"})
    assert sentence_of("{甲.本月}，{甲.同比:change}，{甲.同比}", table) == "123.46万元，下降3.1%，-3.1%"
    for wrong in ("{乙.本月}", "{甲.上月}", "{甲.本月:furlongs}"):
        with pytest.raises(Refusal):
            sentence_of(wrong, table)
    doc = document("报告", "2025-03", Still())
    doc.sentence("{甲.本月}", frame, {"本月": "yuan"})
    doc.table(pd.DataFrame({"别": ["x"]}), "另一张表")
    with pytest.raises(Refusal, match="no table shows"):
        compose(doc.blocks)


def test_one_unit_for_the_money_of_a_table_and_no_sign_on_zero():
    table = table_of(pd.DataFrame({"a": [3e8, 1e4], "b": [1.0, None], "g": [-0.0001, 0.02]}),
                     {"a": "yuan", "b": "yuan", "g": "growth"})
    from yb_analytics.reporting.compose import grid

    assert grid(table) == {"heads": ["a（亿元）", "b（亿元）", "g（%）"], "numeric": [True] * 3,
                           "rows": [["3.00", "0.00", "0.0"], ["0.00", "—", "+2.0"]]}


def test_doctor_names_the_packages(monkeypatch, tmp_path):
    monkeypatch.setenv("YB_FONTS", str(tmp_path))
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "none"))
    found = doctor(tmp_path / "absent").set_index("name")
    assert "fonts-noto-cjk" in found.loc["中文字体 · Chinese fonts", "remedy"]
    assert "chromium" in found.loc["浏览器 · Chromium", "remedy"]
    assert found.loc["数据仓库 · warehouse", "state"] == "missing" and found.loc["Python", "state"] == "ok"


def test_settlements_alone_make_both_reports_and_say_what_cannot_be_evaluated(tmp_path, monkeypatch):
    monkeypatch.setenv("YB_FONTS", str(tmp_path / "none"))
    days = pd.Timestamp("2025-01-01 09:37") + pd.to_timedelta(range(365), "D")
    rows = pd.DataFrame({
        "setl_id": range(365), "psn_no": [f"p{i % 90}" for i in range(365)], "setl_time": days,
        "fixmedins_code": [f"H{i % 12}" for i in range(365)], "med_type": ["2101", "1101"] * 182 + ["1101"],
        "medfee_sumamt": 100.0, "fund_pay_sumamt": 60.0, "insu_admdvs": "330106"})
    (tmp_path / "in").mkdir()
    rows.to_csv(tmp_path / "in" / "setl_d.csv", index=False)
    ingest(tmp_path / "in", tmp_path / "warehouse", progress=False)
    for name, period in (("monthly_monitor", "2025-12"), ("city_evaluation", "2025")):
        edition = report(name, period, tmp_path / "warehouse", tmp_path / "reports")
        page = next((tmp_path / "reports" / name / period).rglob("*.html")).read_text(encoding="utf-8")
        assert "无法评价" in page and "嘉兴市<" not in page and "已发布" in edition.text

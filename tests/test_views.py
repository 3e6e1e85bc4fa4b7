"""Views without a browser: verdicts, units of a table, exports, addresses, escaping."""

from __future__ import annotations

import csv
import io

import pytest

from tests.browser.made import FORMULA, HOSTILE, Published, explain
from yb_analytics.reporting import views
from yb_analytics.reporting.views._facts import sourced
from yb_analytics.reporting.views._sheet import csv_bytes, xlsx_bytes
from yb_analytics.reporting.views.overview import _against
from yb_analytics.schema import Refusal


@pytest.fixture(scope="module")
def desk():
    return views.Desk(Published(), explain)


@pytest.mark.parametrize(("indicator", "value", "low", "high", "target", "mark"), [
    ("inspection_rate", 0.9, 0.85, 0.95, 0.8, "ok"), ("inspection_rate", 0.9, 0.85, 0.95, 0.9, "attention"),
    ("inspection_rate", 0.9, None, None, 1.0, "warning"), ("readmission_15d", 0.02, 0.01, 0.03, 0.05, "ok"),
    ("readmission_15d", 0.08, 0.06, 0.1, 0.05, "warning"), ("agency_criminal_cases", 0.0, 0.0, 3.69, 0.0, "ok"),
    ("agency_criminal_cases", 2.0, 0.2, 7.2, 0.0, "warning"), ("inspection_rate", None, None, None, 1.0, "none"),
    ("inspection_rate", 0.9, 0.85, 0.95, None, "none")])
def test_verdict_against_a_target(indicator, value, low, high, target, mark):
    row = {"indicator": indicator, "value": value, "low": low, "high": high, "target": target, "state": "ok"}
    assert _against(row, "zh")[0] == mark


def test_one_unit_of_money_for_a_whole_table():
    sheet = views.Sheet("t", "t", [views.Col("a", "金额 · Money", "yuan")], [{"a": 120000.0}, {"a": 55.0}, {"a": None}])
    assert sheet.head[0][1] == "金额（万元）"
    assert [sheet.cells(row)[0][1] for row in sheet.rows] == ["12.00", "0.01", "—"]
    assert sheet.plain() == (["金额（元）"], [[120000.0], [55.0], [None]])


def test_exports_are_inert():
    sheet = views.Sheet("t", "t", [views.Col("a", FORMULA), views.Col("n", "数 · n", "number")],
                        [{"a": sign + "1+1", "n": -1.0} for sign in "=+-@\t"])
    rows = list(csv.reader(io.StringIO(csv_bytes(sheet, ["=1"]).decode("utf-8-sig"))))
    assert all(not cell.startswith(("=", "+", "@", "\t")) for row in rows for cell in row)
    assert {row[1] for row in rows[1:6]} == {"-1.0"}
    assert b"<f>" not in xlsx_bytes(sheet)


@pytest.mark.parametrize("block", [views.leads.head, views.leads.drill, views.leads.lead_detail, views.leads.themes,
                                   views.leads.lead_list, views.leads.coverage])
def test_hostile_names_are_escaped_in_every_block(desk, block):
    q = views.Query.parse("?county=330402&unit=H0000&lead=L20250000")
    shown = block(desk, q)
    assert HOSTILE not in getattr(shown, "html", "")


def test_an_export_that_is_not_there_is_refused(desk):
    with pytest.raises(Refusal, match="no such export"):
        views.download(desk, views.Query(), {}, {"export": "x", "block": "y", "kind": "exe"})


def test_a_warehouse_without_answers_is_refused_with_the_remedy():
    empty = Published()
    empty.frames.clear()
    with pytest.raises(Refusal, match="yb screen"):
        views.Desk(empty).period(views.Query())


def test_a_failing_block_leaves_the_others_alone(desk):
    def broken(_desk, _q):
        raise Refusal("answers are damaged", "run yb verify", "damaged")

    broken.__name__ = "alerts"
    assert "answers are damaged" in desk.shown(broken, views.Query()).html


def test_seed_marks_are_written_out():
    assert "S3" not in sourced("S3 二(一)")
    assert sourced("条例 第三十八条") == "条例 第三十八条"


def test_a_taken_port_is_one_line():
    import socket

    from yb_analytics.reporting import serving

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        with pytest.raises(Refusal, match="is taken"):
            serving.server_of(views.Desk(Published()), held.getsockname()[1])

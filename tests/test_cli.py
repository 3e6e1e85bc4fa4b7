"""`yb`: every command answers; bad input is one line that names cause and remedy, with its exit code."""

from __future__ import annotations

import json
import re
import shutil

import ibis
import pandas as pd
import pytest

from yb_analytics.cli import main
from yb_analytics.schema import EXIT_CODES

COMMANDS = ["city", "ingest", "screen", "leads", "score", "fund", "forecast", "report", "serve", "verify", "rebuild",
            "handbook", "doctor", "demo"]
ROWS = pd.DataFrame({
    "setl_id": ["s1", "s2"], "psn_no": ["p1", "p2"], "fixmedins_code": "H1", "setl_time": "2025-03-01 10:00:00",
    "med_type": "11", "medfee_sumamt": [100.0, 50.0], "fund_pay_sumamt": [60.0, 30.0]})


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    with pytest.raises(SystemExit) as stopped:
        main([str(a) for a in arguments])
    code = stopped.value.code
    out, err = capsys.readouterr()
    return (0 if code is None else int(code)), out, err


def refused(capsys, kind: str, *arguments: str) -> str:
    """The one line of a refusal of this kind."""
    code, _, err = run(capsys, *arguments)
    lines = [line for line in err.splitlines() if line.startswith("yb:")]
    assert code == EXIT_CODES[kind], err
    assert len(lines) == 1 and " → " in lines[0], err
    assert "Traceback" not in err
    return lines[0]


@pytest.fixture
def delivery(tmp_path):
    folder = tmp_path / "delivery"
    folder.mkdir()
    ROWS.to_csv(folder / "setl_d.csv", index=False)
    return folder


@pytest.fixture
def warehouse(delivery, tmp_path, capsys):
    path = tmp_path / "warehouse"
    assert run(capsys, "ingest", delivery, "-w", path)[0] == 0
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(capsys, command):
    code, out, _ = run(capsys, command, "--help")
    assert code == 0 and re.search(r"[一-鿿]", out), out


def test_ingest_says_what_became_of_every_row(delivery, tmp_path, capsys):
    code, out, _ = run(capsys, "ingest", delivery, "-w", tmp_path / "w", "--json")
    said = json.loads(out.strip().splitlines()[-1])
    assert code == 0
    assert sum(r["rows"] for r in said["rows"]) == sum(r["accepted"] + r["quarantined"] for r in said["rows"]) == 2


def test_missing_file(capsys, tmp_path):
    assert "nowhere" in refused(capsys, "input", "ingest", tmp_path / "nowhere", "-w", tmp_path / "w")


def test_unknown_mapping(capsys, delivery, tmp_path):
    code, _, err = run(capsys, "ingest", delivery, "-w", tmp_path / "w", "--mapping", "nothing_of_the_kind")
    assert code in (EXIT_CODES["input"], EXIT_CODES["schema"]) and "nothing_of_the_kind" in err


def test_unreadable_encoding(capsys, tmp_path):
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "setl_d.csv").write_bytes(b"setl_id,psn_no\n\xff\xff\xfe\x81,1\n")
    code, _, err = run(capsys, "ingest", folder, "-w", tmp_path / "w")
    assert code in (EXIT_CODES["input"], EXIT_CODES["schema"])
    assert "setl_d.csv" in err and "GB18030" in err
    assert not list((tmp_path / "w").glob("manifests/*.json"))


def test_absent_required_column(capsys, tmp_path):
    folder = tmp_path / "d"
    folder.mkdir()
    ROWS.drop(columns="fund_pay_sumamt").to_csv(folder / "setl_d.csv", index=False)
    assert "fund_pay_sumamt" in refused(capsys, "schema", "ingest", folder, "-w", tmp_path / "w")
    assert not list((tmp_path / "w").glob("manifests/*.json"))


@pytest.mark.parametrize("command", ["screen", "score", "fund"])
def test_period_without_data(capsys, warehouse, command):
    assert "1999" in refused(capsys, "empty", command, "-w", warehouse, "-p", "1999")


def test_not_a_period(capsys, warehouse):
    assert "2025Q2" in refused(capsys, "usage", "screen", "-w", warehouse, "-p", "spring")


def test_no_warehouse(capsys, tmp_path):
    code, _, err = run(capsys, "screen", "-w", tmp_path / "nothing")
    assert code in (EXIT_CODES["input"], EXIT_CODES["empty"]) and "yb ingest" in err


def test_unknown_report_and_parameter(capsys, warehouse, tmp_path):
    assert "monthly_monitor" in refused(capsys, "usage", "report", "run", "nothing", "-p", "2025-03", "-w", warehouse,
                                        "--folder", tmp_path / "r")
    line = refused(capsys, "usage", "report", "run", "monthly_monitor", "-p", "2025-03", "-w", warehouse,
                   "--folder", tmp_path / "r", "--set", "nothing=1")
    assert "nothing" in line
    assert not (tmp_path / "r" / "monthly_monitor").exists()


def test_locked_warehouse(capsys, warehouse, delivery):
    from yb_analytics.warehouse._lock import writing

    (delivery / "setl_d.csv").write_text(ROWS.assign(setl_id=["s3", "s4"]).to_csv(index=False), encoding="utf-8")
    with writing(warehouse):
        refused(capsys, "locked", "ingest", delivery, "-w", warehouse)
    assert run(capsys, "ingest", delivery, "-w", warehouse)[0] == 0


def test_damaged_warehouse(capsys, warehouse):
    assert run(capsys, "verify", warehouse)[0] == 0
    file = next((warehouse / "tables" / "setl_d").rglob("*.parquet"))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))
    code, out, err = run(capsys, "verify", warehouse)
    assert code == EXIT_CODES["damaged"] and "setl_d" in out and "→" in err
    file.unlink()
    code, _, err = run(capsys, "screen", "-w", warehouse, "-p", "2025")
    assert code == EXIT_CODES["damaged"] and "setl_d" in err


def test_unknown_option_is_one_line(capsys):
    assert "--help" in refused(capsys, "usage", "screen", "--nothing")


def test_an_error_nobody_foresaw_is_one_line(capsys, monkeypatch):
    from yb_analytics import reporting

    monkeypatch.setattr(reporting, "handbook", lambda *a: 1 / 0)
    code, _, err = run(capsys, "handbook")
    assert code == 1 and "--debug" in err and "Traceback" not in err


def test_handbook_in_both_languages(capsys, tmp_path):
    for lang in ("zh", "en"):
        assert run(capsys, "handbook", "all", "--out", tmp_path, "--lang", lang)[0] == 0
    assert len(list(tmp_path.glob("*.md"))) == 12
    assert "分解住院" in (tmp_path / "detectors.zh.md").read_text(encoding="utf-8")


def test_doctor_lists_fonts_and_browser(capsys):
    _, out, _ = run(capsys, "doctor")
    assert "fonts-noto-cjk" in out or "字体" in out
    assert shutil.which("chromium") is None or "chromium" in out.lower()


@pytest.fixture
def alike(tmp_path, capsys):
    """Settlements only, of a city that is not the demo's, in detailed codes: 60 a month for a year."""
    day = pd.Timestamp("2025-01-01") + pd.to_timedelta([i // 2 for i in range(730)], "D")
    rows = pd.DataFrame({
        "setl_id": [f"s{i}" for i in range(730)], "psn_no": [f"p{i % 90}" for i in range(730)],
        "fixmedins_code": [f"H{i % 12}" for i in range(730)], "setl_time": day + pd.Timedelta("9h37min"),
        "begndate": day, "enddate": day + pd.Timedelta("3D"), "med_type": ["2101" if i % 3 == 0 else "1101"
                                                                          for i in range(730)],
        "insu_admdvs": ["330402" if i == 0 else "330106" for i in range(730)], "medfee_sumamt": 100.0,
        "fund_pay_sumamt": 60.0})
    (tmp_path / "other").mkdir()
    rows.to_csv(tmp_path / "other" / "setl_d.csv", index=False)
    path = tmp_path / "other_warehouse"
    assert run(capsys, "ingest", tmp_path / "other", "-w", path)[0] == 0
    return path


def test_screen_writes_its_answers_in_their_shapes(capsys, alike, tmp_path):
    import pyarrow.parquet as pq

    from yb_analytics.schema import ANSWERS

    code, _, err = run(capsys, "screen", "-w", alike, "-p", "2025", "--out", tmp_path / "out")
    assert code == 0, err
    for file, name in (("findings", "finding"), ("leads", "lead"), ("coverage", "coverage")):
        table = pq.read_table(tmp_path / "out" / f"{file}.parquet")
        wanted = {c.name: c.type for c in ANSWERS[name].columns}
        assert list(table.schema.names) == list(wanted)
        for column, kind in wanted.items():
            assert table.schema.field(column).type == ibis.dtype(kind).to_pyarrow(), column
    assert not list((tmp_path / "out").glob(".*"))


def test_tables_are_printed_in_names_and_json_keeps_the_codes(capsys, alike):
    code, out, err = run(capsys, "fund", "-w", alike, "-p", "2025")
    assert code == 0 and "险种未报送" in out and "地区" in out and "其他地区" in out, err
    said = json.loads(run(capsys, "fund", "-w", alike, "-p", "2025", "--json")[1].strip().splitlines()[-1])
    assert {r["unit_id"] for r in said["rows"]} == {"330100", "330106", "其他地区"}

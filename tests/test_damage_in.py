"""Deliveries cut, garbled or written in any encoding: exact text, a named refusal, or rows put aside. Never less."""

from __future__ import annotations

import gzip
import random
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.deliveries import as_bytes, deliver, stored, taken
from tests.sizes import amount
from yb_analytics.schema import Refusal
from yb_analytics.warehouse._engine import connect
from yb_analytics.warehouse.reading.files import kind_of, read
from yb_analytics.warehouse.reading.from_excel import sheets

ROW = {"setl_id": "1", "psn_no": "p1", "fixmedins_code": "H1", "setl_time": "2025-03-01 08:00:00", "med_type": "11",
       "medfee_sumamt": "10.10", "fund_pay_sumamt": "5.00", "fixmedins_name": "嘉兴市第一医院"}
KINDS = ("csv", "csv.gz", "parquet", "xlsx", "jsonl", "ndjson.gz", "zip")


def rows(n: int) -> list[dict]:
    return [{**ROW, "setl_id": f"{i}", "fixmedins_name": f"院{i * 7919}"} for i in range(n)]


@dataclass
class Read:
    rows: int
    good: int
    unended: bool


def only_read(file: Path, staging: Path) -> Read:
    """Read a file the way an ingest does, down to the last value of the last row, without publishing it."""
    sheet = (sheets(file, file.name) or ["-"])[0] if kind_of(file) == "excel" else ""
    raw = read(file, staging, "0" * 64, file.name, sheet)
    con = connect([staging])
    try:
        table = con.read_parquet(str(raw.parquet))
        good = con.to_pyarrow(table.aggregate(**{f"c{i}": table[c].count() for i, c in enumerate(table.columns)},
                                              n=table.count()))["n"][0].as_py()
    finally:
        con.disconnect()
    return Read(raw.rows, good + len(raw.malformed), raw.unended)


# ---- cut

@pytest.mark.soak
def test_truncated_deliveries_are_never_complete(tmp_path):
    whole, draw = rows(40), random.Random(7)
    kinds = [k for k in KINDS if k != "zip"]
    for n in range(amount(50, 500)):
        kind = kinds[n % len(kinds)]
        data = as_bytes(whole, kind)
        keep = draw.randrange(1, len(data))
        file = tmp_path / f"setl_d.{kind}"
        file.write_bytes(data[:keep])
        try:
            found = only_read(file, tmp_path)
        except Refusal as refusal:
            assert f"setl_d.{kind}" in str(refusal), (kind, keep)
            continue
        at_line_end = kind in ("csv", "jsonl") and data[keep - 1:keep + 1].count(b"\n")
        assert found.unended or at_line_end, (kind, keep, found)
        assert kind in ("csv", "jsonl"), (kind, keep)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "zip", "xlsx"])
def test_what_is_cut_at_a_line_end_is_not_reconciled_and_refused_with_totals(tmp_path, kind):
    (tmp_path / "in").mkdir()
    file = tmp_path / f"in/setl_d.{kind}"
    file.write_bytes(as_bytes(rows(4), kind))
    report = taken(tmp_path / "in", tmp_path / "w")
    assert "未核对" in report.text and not report.table.reconciled.any()
    shown = {"zip": "setl_d.zip/setl_d.csv", "xlsx": "setl_d.xlsx#Sheet"}.get(kind, file.name)
    (tmp_path / "in/control_totals.csv").write_text(f"file,rows,medfee_sumamt\n{shown},5,50.50\n")
    with pytest.raises(Refusal, match="say rows 5, the file has 4"):
        taken(tmp_path / "in", tmp_path / "w")
    file.write_bytes(as_bytes(rows(5), kind))
    report = taken(tmp_path / "in", tmp_path / "w")
    assert report.table.reconciled.all() and "未核对" not in report.text


def test_a_last_line_without_end_needs_more_than_its_rows(tmp_path):
    file = deliver(tmp_path / "in", rows(3), "csv")
    file.write_bytes(file.read_bytes()[:-2])  # inside the last text
    sidecar = tmp_path / "in/setl_d.csv.totals.json"
    sidecar.write_text('{"rows": 3, "sums": {"medfee_sumamt": "30.30"}}')
    assert not taken(file, tmp_path / "w").table.reconciled.any()
    sidecar.write_text(f'{{"rows": 3, "bytes": {file.stat().st_size}}}')
    again = taken(file, tmp_path / "w")  # the same delivery, now with what proves it
    assert again.table.reconciled.all()
    from yb_analytics.warehouse import open_warehouse

    assert open_warehouse(tmp_path / "w").reconciled == {"setl_d": True}


@pytest.mark.parametrize(("totals", "says"), [
    ("rows: 3\nsums: {medfee_sumamt: 30.31}", "the sum of medfee_sumamt is 30.31, the file has 30.3"),
    ("rows: 3\nsums: {nothing: 1}", "control totals sum nothing"),
    ("rows: many", "not a number"), ("note: x", "is 'x', not a number"), ("[1", "cannot be read"),
    ("{}", "says nothing"), ("sha256: abc", "say sha256 abc"), ("bytes: 1", "say bytes 1")])
def test_totals_that_differ_or_say_nothing_are_refused(tmp_path, totals, says):
    file = deliver(tmp_path, rows(3), "csv")
    (tmp_path / "setl_d.csv.totals.yaml").write_text(totals)
    with pytest.raises(Refusal, match=says):
        taken(file, tmp_path / "w")
    assert not list(tmp_path.glob("w/manifests/*"))


def test_totals_of_a_file_that_did_not_come_are_refused(tmp_path):
    deliver(tmp_path / "in", rows(1), "csv")
    (tmp_path / "in/control_totals.csv").write_text("file,rows\nsetl_d.csv,1\nfee_list_d.csv,9\n")
    with pytest.raises(Refusal, match="name fee_list_d"):
        taken(tmp_path / "in", tmp_path / "w")


# ---- encodings

TEXTS = ["嘉兴市第一医院", "㐀𠀀龘", "€ é ß", "“引号”，逗号", 'say "hi", then', "two\nlines", "tab\there", "全角　空格",
         "ǹ ḿ", "🏥", "١٢٣", "a", "0", "007", "NULL医院", "é" * 40, "中" * 200, "\u200b零宽", "'单'", "\\N"]


def encoded(n: int) -> tuple[str, bytes, str | None, str]:
    """Case n: what it is, its bytes, the text that must be read (`None`: refused), what the refusal says."""
    text, kind = TEXTS[n % len(TEXTS)] + (str(n) if n >= len(TEXTS) * 10 else ""), n // len(TEXTS) % 10
    plain = as_bytes([{**ROW, "fixmedins_name": text}], "csv").decode()
    if kind == 0:
        return "utf-8", plain.encode(), text, ""
    if kind == 1:
        return "utf-8 with mark", plain.encode("utf-8-sig"), text, ""
    if kind == 2:
        return "gb18030", plain.encode("gb18030"), text, ""
    if kind == 3:
        return "crlf", plain.replace("\n", "\r\n").encode() if "\n" not in text else plain.encode(), text, ""
    if kind == 4:
        word = f"医院镕{n}"
        return "gbk", as_bytes([{**ROW, "fixmedins_name": word}], "csv").decode().encode("gbk"), word, ""
    if kind == 5:
        return "utf-16", plain.encode("utf-16"), None, "neither UTF-8|zero bytes"
    if kind == 6:
        return "zero bytes", plain.replace("p1", "p\x001").encode(), None, "zero bytes"
    if kind == 7:
        return "neither", plain.encode() + b"2,\xff\xfe\xff\n", None, r"neither UTF-8 \(byte \d+, line \d+\)"
    if kind == 8:
        more = as_bytes([{**ROW, "setl_id": "2", "fixmedins_name": "嘉兴南湖医院"}], "csv").decode()
        return "mixed", "\n".join([more.strip(), ""]).encode() + "3,p,H,2025-03-01,11,1,1,国\n".encode("gbk"), None, (
            "neither UTF-8|UTF-8 in some lines")
    return "cr", plain.replace("\n", "\r").encode() if "\n" not in text else plain.encode(), text, ""


@pytest.mark.soak
def test_text_is_exact_or_refused(tmp_path):
    con = connect([tmp_path])
    total = amount(40, 400)
    step = max(1, len(TEXTS) * 10 // total)
    for n in range(0, total * step, step):
        what, data, text, says = encoded(n + n // 20 % step)
        file = tmp_path / "setl_d.csv"
        file.write_bytes(data)
        if text is None:
            with pytest.raises(Refusal, match=says):
                read(file, tmp_path, "0" * 64)
            continue
        raw = read(file, tmp_path, "0" * 64)
        got = con.to_pyarrow(con.read_parquet(str(raw.parquet)).fixmedins_name).to_pylist()
        assert got == [text] and raw.rows == 1, what


def test_quoted_line_ends_and_quotation_marks_stay_in_the_text(tmp_path):
    text = 'two\r\nlines, "quoted"'
    taken(deliver(tmp_path, [{**ROW, "fixmedins_name": text}, {**ROW, "setl_id": "2"}], "csv"), tmp_path / "w")
    assert stored(tmp_path / "w").fixmedins_name.tolist() == [text, ROW["fixmedins_name"]]


# ---- garbled

def garbled(data: bytes, draw: random.Random) -> bytes:
    """Some bytes changed, doubled, moved or taken out."""
    out = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 8))):
        at = draw.randrange(len(out))
        how = draw.randrange(5)
        if how == 0:
            out[at] ^= 1 << draw.randrange(8)
        elif how == 1:
            out[at] = draw.randrange(256)
        elif how == 2:
            del out[at:at + draw.choice((1, 4, 30))]
        elif how == 3:
            out[at:at] = out[at:at + draw.choice((1, 20))]
        else:
            out[at:at] = draw.randbytes(draw.choice((1, 3)))
        if not out:
            return b"\x00"
    return bytes(out)


@pytest.mark.soak
def test_garbled_deliveries_are_refused_or_accounted_for_to_the_row(tmp_path):
    draw = random.Random(11)
    whole = {k: as_bytes(rows(6), k) for k in KINDS if k != "zip"}
    refused = 0
    for n in range(amount(500, 10_000)):
        kind = list(whole)[n % len(whole)]
        file = tmp_path / f"setl_d.{kind}"
        file.write_bytes(garbled(whole[kind], draw))
        try:
            found = only_read(file, tmp_path)
        except Refusal as refusal:
            assert f"setl_d.{kind}" in str(refusal)
            refused += 1
        else:
            assert found.rows == found.good, (n, kind)
    assert refused > amount(500, 10_000) / 4


@pytest.mark.soak
def test_garbled_archives_are_refused_or_accounted_for(tmp_path):
    draw, data = random.Random(13), as_bytes(rows(6), "zip")
    for n in range(amount(40, 1_000)):
        file = tmp_path / f"{n}/setl_d.zip"
        file.parent.mkdir()
        file.write_bytes(garbled(data, draw))
        try:
            report = taken(file, tmp_path / f"{n}/w")
        except Refusal as refusal:
            assert "\n" not in str(refusal)
        else:
            assert report.table.rows.tolist() == [6]


def test_an_archive_with_a_password_or_a_path_outside_is_no_way_in(tmp_path):
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as archive:
        archive.writestr("../setl_d.csv", as_bytes(rows(1), "csv"))
        archive.writestr("/absolute/setl_d.csv", as_bytes(rows(1), "csv"))
    with pytest.raises(Refusal, match="nothing in"):
        taken(tmp_path / "out.zip", tmp_path / "w")
    packed = bytearray(as_bytes(rows(1), "zip"))
    packed[6] |= 1  # the flag of encryption
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(packed)
    with pytest.raises(Refusal, match="without a password"):
        taken(tmp_path / "locked.zip", tmp_path / "w")


def test_a_cut_stream_behind_a_whole_one_is_found(tmp_path):
    data = gzip.compress(as_bytes(rows(2), "csv")) + gzip.compress(b"7,p1\n")[:-6]
    (tmp_path / "setl_d.csv.gz").write_bytes(data)
    with pytest.raises(Refusal, match=r"setl_d.csv.gz is cut or damaged"):
        taken(tmp_path / "setl_d.csv.gz", tmp_path / "w")

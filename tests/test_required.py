"""A row whose required column holds nothing is put aside with the reason, whatever stood there for nothing."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.deliveries import as_bytes, sample, taken
from yb_analytics.schema import TABLES
from yb_analytics.warehouse import open_warehouse

NOTHING = {"code": ("", "NULL", "-", "无", " \u3000"), "text": ("", " "), "flag": ("", "N/A"),
           "date": ("", "1900-01-01", "1899/12/30", "9999-12-31", "0001-01-01", "?"),
           "time": ("", "1900-01-01 00:00:00", "9999-12-31 23:59:59", "19000101", "1"),
           "money": ("", "NaN", "-", "1e400"), "quantity": ("", "inf", "无"), "count": ("", "1.5")}
FAR = {"date": date(1900, 1, 1), "time": datetime.fromisoformat("9999-12-31")}
"""Placeholders as typed values, in files whose columns need no conversion."""


def _rows(name: str, hollow: dict) -> tuple[list[dict], list[str]]:
    """One sound row, and one for each way in which each required column can hold nothing; the column of each."""
    (sound,) = sample(name, 1)
    out, columns = [sound], [""]
    for column in TABLES[name].required:
        for value in hollow.get(TABLES[name][column].kind, ()):
            out.append({**sample(name, len(out) + 1)[-1], column: value})
            columns.append(column)
    return out, columns


def _aside(path) -> dict[str, list[tuple[int, str]]]:
    rows = open_warehouse(path)
    frame = rows.run(rows.quarantine.order_by(["target", "line"]))
    return {t: list(zip(g["line"], g["reason"], strict=True)) for t, g in frame.groupby("target")}


@pytest.mark.parametrize("typed", [False, True])
def test_no_row_is_kept_without_what_its_table_requires(tmp_path, typed):
    expected = {}
    for name in TABLES:
        rows, columns = _rows(name, {k: (v,) for k, v in FAR.items()} if typed else NOTHING)
        if typed:
            frame = pd.DataFrame([{k: _typed(TABLES[name][k].kind, v) for k, v in r.items()} for r in rows])
            (tmp_path / "in").mkdir(exist_ok=True)
            pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), tmp_path / "in" / f"{name}.parquet")
        else:
            (tmp_path / "in").mkdir(exist_ok=True)
            (tmp_path / "in" / f"{name}.csv").write_bytes(as_bytes(rows, "csv"))
        expected[name] = columns
    report = taken(tmp_path / "in", tmp_path / "w")
    aside, w = _aside(tmp_path / "w"), open_warehouse(tmp_path / "w")
    assert report.accepted == len(TABLES) and report.quarantined == sum(len(c) - 1 for c in expected.values())
    for name, columns in expected.items():
        told = aside.get(name, [])
        assert [line for line, _ in told] == [n + (1 if typed else 2) for n in range(1, len(columns))]
        assert all(f"{column}（" in why for column, (_, why) in zip(columns[1:], told, strict=True))
        kept = w.run(w.table(name))
        assert len(kept) == 1 and kept[TABLES[name].required].notna().all(axis=None)


def _typed(kind: str, value):
    """A text of the sample as the value a typed file holds."""
    if kind not in FAR or not isinstance(value, str):
        return value
    moment = datetime.fromisoformat(value)
    return moment.date() if kind == "date" else moment


def test_a_constant_of_a_mapping_that_is_no_date_puts_every_row_aside(tmp_path):
    (tmp_path / "deaths.csv").write_text("who\np1\np2\n")
    (tmp_path / "map.yaml").write_text(
        "title: t\nsources:\n  - files: deaths.csv\n    table: ps_death\n"
        "    columns: {psn_no: who, death_date: {constant: '1900-01-01'}}\n")
    report = taken(tmp_path / "deaths.csv", tmp_path / "w", tmp_path / "map.yaml")
    assert (report.accepted, report.quarantined) == (0, 2)
    assert all("death_date（死亡日期）" in why for _, why in _aside(tmp_path / "w")["ps_death"])

"""The same deliveries give the same warehouse: in any order, cut anyhow, in any format, given again and again."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import once
from yb_analytics.city import make_city
from yb_analytics.schema import TABLES
from yb_analytics.warehouse import ingest, open_warehouse, verify
from yb_analytics.warehouse import manifest as manifests

_IN_GB18030, _IN_EXCEL = "med_dfr_d", "fixmedins_b"
_CUT_TWICE = ("setl_d", "fee_list_d")


@pytest.fixture(scope="module")
def delivery(tmp_path_factory) -> Path:
    """A small city as it is delivered: 2,000 persons, 3 months."""
    def make(folder: Path) -> None:
        make_city(folder / "city", persons=2_000, start="2025-01", months=3, seed=5, progress=False)

    return once(tmp_path_factory, "order", make) / "city" / "data"


def _rows(delivery: Path) -> dict[str, pa.Table]:
    """All delivered rows by table."""
    return {f.name: pa.concat_tables([pq.read_table(p) for p in sorted(f.glob("*.parquet"))])
            for f in sorted(delivery.iterdir()) if f.name in TABLES}


def _write(rows: pa.Table, name: str, folder: Path, piece: int) -> None:
    """One piece of a table: Excel, GB18030 text, or Parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    if name == _IN_EXCEL:
        rows.to_pandas().to_excel(folder / f"{name}_{piece}.xlsx", index=False)
    elif name == _IN_GB18030:
        rows.to_pandas().to_csv(folder / f"{name}_{piece}.csv", index=False, encoding="gb18030")
    else:
        pq.write_table(rows, folder / f"{name}_{piece}.parquet")


def _halves(rows: dict[str, pa.Table], names, folder: Path, seed: int) -> list[Path]:
    """Each table's rows, shuffled, in two halves; the halves of different tables come in different folders."""
    chance = np.random.default_rng(seed)
    for name in names:
        order = chance.permutation(len(rows[name]))
        first = int(chance.integers(2))
        for n, half in enumerate(np.array_split(order, 2)):
            _write(rows[name].take(half), name, folder / str((n + first) % 2), seed)
    return [folder / "0", folder / "1"]


def test_a_city_thrice_in_shuffled_halves_is_the_city_once(delivery, tmp_path):
    rows = _rows(delivery)
    assert {_IN_GB18030, _IN_EXCEL, *_CUT_TWICE} <= set(rows)
    once_in_order = ingest(delivery, tmp_path / "once", progress=False)
    assert once_in_order.table["reconciled"].all() and "未核对" not in once_in_order.text
    parts = _halves(rows, rows, tmp_path / "first", 1)  # every table, once as shuffled halves
    other = _halves(rows, _CUT_TWICE, tmp_path / "second", 2)  # the large ones again, cut elsewhere
    for folder in (parts[1], other[0], parts[0], other[1], *other, *parts):  # and everything a third time
        report = ingest(folder, tmp_path / "thrice", progress=False)
        assert report.quarantined == 0
    assert not (report.table["state"] == "read").any()
    mine, theirs = (manifests.latest(tmp_path / w) for w in ("thrice", "once"))
    assert {n: t.parts for n, t in mine.tables.items()} == {n: t.parts for n, t in theirs.tables.items()}
    assert mine.digest == theirs.digest and report.data_version == once_in_order.data_version
    assert verify(tmp_path / "thrice") == []


def _claim(key: str, month: int, fee: float, updated: str | None, name: str = "甲") -> dict:
    return {"setl_id": key, "psn_no": "p1", "fixmedins_code": "H1", "setl_time": f"2025-{month:02d}-09 08:00:00",
            "med_type": "11", "medfee_sumamt": fee, "fund_pay_sumamt": fee, "fixmedins_name": name,
            "updt_time": updated}


def _outcome(path: Path) -> dict:
    w = open_warehouse(path)
    frame = w.run(w.setl_d.select("setl_id", "setl_time", "medfee_sumamt", "fixmedins_name"))
    return {r.setl_id: (f"{r.setl_time:%m}", r.medfee_sumamt, r.fixmedins_name) for r in frame.itertuples()}


def test_overlaps_ties_moves_and_late_rows_end_alike_in_every_order(tmp_path):
    deliveries = [
        [_claim("late wins", 3, 10, "2025-04-01"), _claim("tie", 3, 1, None), _claim("moves", 3, 5, "2025-04-01")],
        [_claim("late wins", 3, 20, "2025-04-02"), _claim("tie", 3, 2, None), _claim("late", 1, 7, "2025-05-01")],
        [_claim("late wins", 3, 15, "2025-04-01"), _claim("tie", 2, 1, None), _claim("moves", 2, 5, "2025-04-03"),
         _claim("undated loses", 3, 1, None)],
        [_claim("tie", 3, 1, None, "乙"), _claim("undated loses", 3, 2, "2025-01-01")]]
    files = []
    for n, one in enumerate(deliveries):
        files.append(tmp_path / f"d{n}" / "setl_d.csv")
        files[-1].parent.mkdir()
        pd.DataFrame(one).to_csv(files[-1], index=False)
    seen = {}
    for seed in range(5):
        order = random.Random(seed).sample(files, len(files))
        for file in order:
            report = ingest(file, tmp_path / f"w{seed}", progress=False, keep=False)
        seen[report.data_version] = _outcome(tmp_path / f"w{seed}")
    assert len(seen) == 1
    outcome = next(iter(seen.values()))
    assert outcome["late wins"] == ("03", 20.0, "甲") and outcome["moves"] == ("02", 5.0, "甲")
    assert outcome["late"] == ("01", 7.0, "甲") and outcome["undated loses"] == ("03", 2.0, "甲")
    assert len(outcome) == 5

"""The published batches themselves, where they lie beside this project: counts, differences, one hit per class."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.real_claims import claims
from yb_analytics import knowledge
from yb_analytics.cli import main
from yb_analytics.knowledge import _store
from yb_analytics.rules import shelf

SHARED = Path(__file__).resolve().parents[2] / "shared"
REAL = SHARED / "data/two_libraries"
beside = pytest.mark.skipif(not REAL.exists(), reason="the published batches (shared/data) are not beside this project")


@pytest.fixture(scope="module")
def real(tmp_path_factory) -> Path:
    store = tmp_path_factory.mktemp("real") / "store"
    knowledge.import_points(REAL, store)
    return store


@beside
def test_the_published_batches_have_the_counts_of_the_facts(real):
    facts = pd.read_csv(SHARED / "domain/rule_batches.csv", dtype=str, keep_default_na=False)
    told = knowledge.status(real, "2026-06-01")
    mine = told.batches.set_index("batch")
    rows = {b: int(n) for b, n in zip(facts["batch"], facts["kp_rows"], strict=True)}
    assert mine["rows_published"].to_dict() == rows
    assert mine["published"].to_dict() == dict(zip(facts["batch"], facts["published_at"], strict=True))
    assert set(mine.index[mine["held"] > 0]) == {f"batch_{n:02d}" for n in range(1, 12)}
    differs = mine[mine["difference"] != 0]
    assert differs["text"].ne("").all(), "every difference is explained"
    assert differs.loc[differs["held"] > 0, "difference"].to_dict() == {"batch_01": -1}
    assert "1 published row is a remark" in mine.loc["batch_01", "text"]
    by_class = told.classes.groupby("rule_class")["points"].sum()
    for row in facts[facts["batch"].isin(mine.index[mine["held"] > 0])].to_dict("records"):
        named = row["rule_classes"].split(";")
        assert set(told.classes.loc[told.classes["batch"] == row["batch"], "rule_class"]) == set(named)
        assert by_class[named].sum() + (row["batch"] == "batch_01") == int(row["kp_rows"])
    assert "性别不清" in told.remarks["item_name"].iloc[0]


@beside
def test_the_transcriptions_agree_except_where_it_is_said(real):
    made = _store.built(real)
    assert made.conflicts.groupby("kind").size().to_dict() == {
        "attachment names another class": 2, "encodings differ": 1, "text differs": 13}
    assert made.held["state"].value_counts().to_dict() == {
        "encoded": 2367, "partly encoded": 113, "needs a local value": 378, "not encoded": 118, "conflict": 1}
    with_several = made.held[made.held["batch"] < "batch_09"]["layouts"]
    assert set(with_several) == {"official、reorganised、workbook"}


@beside
def test_claims_of_real_codes_are_hit_for_every_encoded_class_and_their_counter_cases_are_not(real, tmp_path, capsys):
    """Through the doors a city uses: files, `yb ingest`, the store beside the warehouse, `yb screen`."""
    value = tmp_path / "d.csv"
    value.write_text("point_id,condition,value,reviewer,date\nclass:手术项目未按规定折价收费,discount,0.5,张三,2026-03-01\n",
                     encoding="utf-8")
    warehouse, out = tmp_path / "warehouse", tmp_path / "out"
    shutil.copytree(real, f"{warehouse}.knowledge")
    knowledge.import_reviews(value, f"{warehouse}.knowledge")
    points = knowledge.points(store=f"{warehouse}.knowledge")
    frames, chosen = claims(points[points["point_id"].str.startswith("ZS")])
    (tmp_path / "sent").mkdir()
    for name, frame in frames.items():
        frame.to_csv(tmp_path / "sent" / f"{name}.csv", index=False)
    for asked in (["ingest", tmp_path / "sent"], ["screen", "-p", "2025-07:2026-12", "--out", out]):
        with pytest.raises(SystemExit) as stopped:
            main([*map(str, asked), "-w", str(warehouse)])
        assert not stopped.value.code, capsys.readouterr().err
    found, coverage = pd.read_parquet(out / "findings.parquet"), pd.read_parquet(out / "coverage.parquet")
    known = {rule.title.zh: rule for rule in shelf.values()}
    without = set(chosen["rule_class"]) - set(known)
    assert without == {"超互联网医院药品支付范围"}, "the only class with points for which the data say nothing"
    asked = chosen[chosen["rule_class"].isin(set(known))]
    states = coverage.set_index("found_by")["state"]
    assert set(states[[known[r].name for r in asked["rule_class"]]]) == {"evaluated"}
    located = zip(found["found_by"], found["locator"], strict=True)
    hit = {(by, line.split(".")[0]) for by, ids in located for line in ids}
    rows = [(known[r].name, n) for n, r in asked["rule_class"].items()]
    silent = [(r, asked.loc[n, "condition"], asked.loc[n, "unit"]) for r, n in rows if (r, f"P{n}") not in hit]
    wrong = [(r, asked.loc[n, "condition"], asked.loc[n, "unit"]) for r, n in rows if (r, f"Q{n}") in hit]
    assert not silent and not wrong, f"no hit: {silent}; counter-case hit: {wrong}"
    assert len(rows) >= 25 and len({r for r, _ in rows}) == 18

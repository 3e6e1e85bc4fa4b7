"""The published batches themselves, where they lie beside this project: counts, differences, one hit per class."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from yb_analytics import knowledge
from yb_analytics.knowledge import _store
from yb_analytics.rules import shelf
from yb_analytics.rules._engine import run_rules
from yb_analytics.schema import TABLES, Period
from yb_analytics.warehouse import in_memory

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


def claim(n: int, point: pd.Series, twin: str) -> list[dict]:
    """Fee lines that break a point, at the person `P<n>`: what the condition needs and no more."""
    day = pd.Timestamp(max(point["valid_from"], date(2026, 1, 5))) + pd.Timedelta(hours=9)
    kind, number = point["condition"], float(point["value"] or 0) if point["value"].replace(".", "").isdigit() else 0
    who = {"gend": "1" if point["value"] == "2" else "2", "brdy": date(1950, 1, 1), "med_type": "11", "hosp_lv": "11",
           "insutype": "310", "list_type": "102"}
    if kind == "age_min":
        who["brdy"] = date(2025, 9, 1)
    codes, days = [point["item_code"]], [0]
    if kind in ("pair", "discount"):
        codes = [point["item_code"], point["other_code"] if kind == "pair" else twin]
    if kind == "max_course":
        days = list(range(int(number) + 1))
    return [{**who, "psn_no": f"P{n}", "mdtrt_id": f"M{n}", "setl_id": f"S{n}", "fixmedins_code": f"H{n}",
             "bkkp_sn": f"L{n}.{d}.{c}", "hilist_code": code, "hilist_name": code, "pric": 100.0,
             "pric_uplmt_amt": 100.0, "fee_ocur_time": day + pd.Timedelta(days=d, minutes=c), "inscp_amt": 100.0,
             "cnt": number + 1 if kind == "max_count" else 1, "det_item_fee_sumamt": 100.0}
            for d in days for c, code in enumerate(codes)]


def claims(points: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """A synthetic claim file from real codes: one broken point of every class, condition and window."""
    chosen = points.drop_duplicates(["rule_class", "condition", "unit"]).reset_index(drop=True)
    rows = []
    for n, point in chosen.iterrows():
        group = points[(points["condition"] == "discount") & (points["unit"] == point["unit"])]
        rows += claim(int(str(n)), point, str(group["item_code"].iloc[-1]) if len(group) else "")
    lines = pd.DataFrame(rows)
    bills = lines.groupby("setl_id", as_index=False).first()
    bills = bills.assign(setl_time=lines.groupby("setl_id")["fee_ocur_time"].max().to_numpy(), fund_pay_sumamt=1e6,
                         medfee_sumamt=1e6, begndate=bills["fee_ocur_time"].dt.date)
    visits = bills.assign(begntime=bills["fee_ocur_time"], endtime=bills["setl_time"])
    frames = {"fee_list_d": lines, "setl_d": bills, "mdtrt_d": visits}
    frames = {t: f[[c for c in f if c in TABLES[t].names]] for t, f in frames.items()}
    return frames, chosen


@beside
def test_a_claim_from_real_codes_is_hit_for_one_point_of_every_encoded_class(real, tmp_path):
    value = tmp_path / "d.csv"
    value.write_text("point_id,condition,value,reviewer,date\nclass:手术项目未按规定折价收费,discount,0.5,张三,2026-03-01\n",
                     encoding="utf-8")
    knowledge.import_reviews(value, real)
    points = knowledge.points(store=real)
    points = points[points["point_id"].str.startswith("ZS")]
    frames, chosen = claims(points[points["valid_until"] > date(2026, 1, 5)])
    known = {rule.title.zh: rule for rule in shelf.values()}
    read = [c in known[r].made_of.conditions if r in known else False
            for r, c in zip(chosen["rule_class"], chosen["condition"], strict=True)]
    silent = set(chosen.loc[~pd.Series(read), "condition"])
    assert silent <= {"insutype_not", "not_online"}, "conditions without a pattern are named here"
    asked = [known[r] for r in chosen.loc[read, "rule_class"].unique()]
    found, coverage = run_rules(in_memory(frames), Period.parse("2026"), asked, points)
    assert not (coverage["state"] == "error").any(), coverage["reason"].tolist()
    where = zip(found["found_by"], found["locator"], strict=True)
    hit = {(by, line.split(".")[0]) for by, ids in where for line in ids}
    wanted = {(known[r].name, f"L{n}") for n, r in chosen.loc[read, "rule_class"].items()}
    assert wanted <= hit, f"no hit: {sorted(wanted - hit)}"

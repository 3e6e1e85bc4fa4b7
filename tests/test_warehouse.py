"""The warehouse: netted views, money conserved, identity, damage, readers beside a writer."""

from __future__ import annotations

import random
import shutil
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yb_analytics.schema import TABLES, Period, Refusal
from yb_analytics.warehouse import in_memory, ingest, open_warehouse, store, store_model, verify
from yb_analytics.warehouse._lock import writing
from yb_analytics.warehouse.views.reversals import resolve

PAID = {"psn_no": "p1", "fixmedins_code": "H1", "setl_time": "2025-03-05 10:00", "med_type": "11"}


def settlements(*rows: dict) -> pd.DataFrame:
    return pd.DataFrame([{**PAID, "medfee_sumamt": 0, "fund_pay_sumamt": 0, **r} for r in rows])


def line(sn: str, **given) -> dict:
    return {"bkkp_sn": sn, "mdtrt_id": "m", "psn_no": "p1", "fixmedins_code": "H1", "fee_ocur_time": "2025-03-05",
            "cnt": 1, "det_item_fee_sumamt": 10, "hilist_code": "X", "setl_id": "a", **given}


def rows(w, expr, *columns: str) -> list:
    frame = w.run(expr.select(*columns)).sort_values(columns[0])
    return frame.astype(object).where(frame.notna(), None).values.tolist()


# ---- reversals

def chain(convention: str) -> pd.DataFrame:
    """A payment of 100 and its refund, as deliveries write it."""
    mirrored, flagged, invalid = "mirrored" in convention, "flagged" in convention, "invalid" in convention
    return settlements(
        {"setl_id": "a", "medfee_sumamt": 100, "fund_pay_sumamt": 60, "refd_setl_flag": "1" if flagged else "0",
         "vali_flag": "0" if invalid else "1"},
        {"setl_id": "b", "init_setl_id": "a", "medfee_sumamt": 100 if mirrored else -100,
         "fund_pay_sumamt": 60 if mirrored else -60, "refd_setl_flag": "1", "vali_flag": "1"},
        {"setl_id": "c", "medfee_sumamt": 5, "fund_pay_sumamt": 3})


@pytest.mark.parametrize("convention", ["negative", "mirrored", "negative, original flagged",
                                        "mirrored, original flagged", "negative, original invalid"])
def test_a_refunded_settlement_is_absent_under_every_convention(convention):
    w = in_memory({"setl_d": chain(convention)})
    assert rows(w, w.valid_settlements, "setl_id", "medfee_sumamt", "fund_pay_sumamt") == [["c", 5.0, 3.0]]


def test_partial_refund_keeps_the_root_with_the_rest():
    w = in_memory({"setl_d": settlements(
        {"setl_id": "a", "medfee_sumamt": 100, "fund_pay_sumamt": 60, "balc": 7},
        {"setl_id": "b", "init_setl_id": "a", "medfee_sumamt": -30, "fund_pay_sumamt": -20, "balc": 9,
         "setl_time": "2025-04-01"})})
    view = w.run(w.valid_settlements)
    assert view[["setl_id", "medfee_sumamt", "fund_pay_sumamt", "balc"]].values.tolist() == [["a", 70, 40, 7]]
    assert view.setl_time[0] == pd.Timestamp("2025-03-05 10:00")


def test_refund_of_a_refund_and_orphans_and_circles():
    w = in_memory({"setl_d": settlements(
        {"setl_id": "a", "medfee_sumamt": 100}, {"setl_id": "b", "init_setl_id": "a", "medfee_sumamt": 100},
        {"setl_id": "c", "init_setl_id": "b", "medfee_sumamt": 100},
        {"setl_id": "o", "init_setl_id": "never delivered", "medfee_sumamt": 40, "refd_setl_flag": "1"},
        {"setl_id": "p", "init_setl_id": "a number of no meaning", "medfee_sumamt": 50},
        {"setl_id": "x", "init_setl_id": "y", "medfee_sumamt": 1}, {"setl_id": "y", "init_setl_id": "x",
                                                                   "medfee_sumamt": 2},
        {"setl_id": "s", "init_setl_id": "s", "medfee_sumamt": 8})})
    assert rows(w, w.valid_settlements, "setl_id", "medfee_sumamt") == [
        ["a", 100], ["o", -40], ["p", 50], ["s", 8], ["x", 1], ["y", 2]]


def test_invalid_rows_are_not_counted_unless_a_counted_row_reverses_them():
    w = in_memory({"setl_d": settlements(
        {"setl_id": "void", "medfee_sumamt": 9, "vali_flag": "0"}, {"setl_id": "ok", "medfee_sumamt": 7},
        {"setl_id": "no", "init_setl_id": "ok", "medfee_sumamt": -7, "vali_flag": "0"})})
    assert rows(w, w.valid_settlements, "setl_id", "medfee_sumamt") == [["ok", 7]]


@st.composite
def histories(draw):
    """Payments with chains and trees of partial refunds, in either sign convention, and their signed sum."""
    out, total = [], 0
    for n in range(draw(st.integers(1, 6))):
        out.append({"setl_id": f"r{n}", "medfee_sumamt": draw(st.integers(0, 500)), "depth": 0})
        total += out[-1]["medfee_sumamt"]
    for n in range(draw(st.integers(0, 8))):
        parent = draw(st.sampled_from(out))
        amount, depth = draw(st.integers(0, 300)), parent["depth"] + 1
        effect = amount * (-1) ** depth
        out.append({"setl_id": f"c{n}", "init_setl_id": parent["setl_id"], "depth": depth,
                    "medfee_sumamt": amount if draw(st.booleans()) else effect,
                    "refd_setl_flag": draw(st.sampled_from(["0", "1", None]))})
        total += effect
    draw(st.randoms(use_true_random=False)).shuffle(out)
    return out, total


@settings(max_examples=15, deadline=None)
@given(histories())
def test_money_is_conserved_by_netting(history):
    given_rows, total = history
    frame = settlements(*({k: v for k, v in r.items() if k != "depth"} for r in given_rows))
    frame["fund_pay_sumamt"] = frame.medfee_sumamt
    w = in_memory({"setl_d": frame})
    got = w.run(w.valid_settlements)
    assert got.medfee_sumamt.sum() == total
    assert got.setl_id.is_unique


@settings(max_examples=60, deadline=None)
@given(histories(), st.integers(0, 99))
def test_resolving_does_not_depend_on_the_order_of_rows(history, seed):
    frame = pd.DataFrame([{"id": r["setl_id"], "parent": r.get("init_setl_id"), "valid": True,
                           "sign": int(np.sign(r["medfee_sumamt"]))} for r in history[0]])
    a, b = resolve(frame), resolve(frame.sample(frac=1, random_state=seed))
    pd.testing.assert_frame_equal(a.sort_values("id", ignore_index=True), b.sort_values("id", ignore_index=True))


def test_fee_lines_are_netted_and_follow_their_settlement():
    w = in_memory({
        "setl_d": settlements({"setl_id": "a", "medfee_sumamt": 40}, {"setl_id": "v", "medfee_sumamt": 9},
                              {"setl_id": "r", "init_setl_id": "v", "medfee_sumamt": -9}),
        "fee_list_d": pd.DataFrame([
            line("1", cnt=3, det_item_fee_sumamt=30), line("2", cnt=-1, det_item_fee_sumamt=-10, init_feedetl_sn="1"),
            line("3"), line("4", init_feedetl_sn="3"), line("5", setl_id="v", det_item_fee_sumamt=9)])})
    assert rows(w, w.fee_lines, "bkkp_sn", "cnt", "det_item_fee_sumamt") == [["1", 2, 20]]


def test_fund_share_conserves_the_fen_and_does_not_depend_on_the_batch():
    w = in_memory({
        "setl_d": settlements({"setl_id": "a", "fund_pay_sumamt": 10, "medfee_sumamt": 30},
                              {"setl_id": "b", "fund_pay_sumamt": 0.05, "medfee_sumamt": 3}),
        "fee_list_d": pd.DataFrame([line(str(n), inscp_amt=1) for n in range(3)]
                                   + [line(f"b{n}", setl_id="b", inscp_amt=0) for n in range(3)])})
    every = w.run(w.fund_share(w.fee_lines)).groupby("setl_id").fund_amt.sum().round(2)
    assert every.to_dict() == {"a": 10.0, "b": 0.05}
    one = w.run(w.fund_share(w.fee_lines.filter(w.fee_lines.bkkp_sn == "1")))
    all_lines = w.run(w.fund_share(w.fee_lines)).set_index("bkkp_sn")
    assert one.fund_amt.tolist() == [all_lines.fund_amt["1"]]


# ---- stays and institutions

def test_stays_sum_interim_settlements_and_survive_missing_visits():
    inpatient = {"med_type": "2101", "begndate": "2025-03-01", "enddate": "2025-03-05"}
    w = in_memory({
        "mdtrt_d": pd.DataFrame([
            {"mdtrt_id": m, "psn_no": "p1", "fixmedins_code": "H1", "med_type": "21", "dscg_way": "1",
             "begntime": "2025-03-01 09:00", "endtime": "2025-03-05 09:00"} for m in ("m1", "m2", "m3")]),
        "setl_d": settlements(
            {"setl_id": "1", "mdtrt_id": "m1", "medfee_sumamt": 10, "mid_setl_flag": "1", **inpatient},
            {"setl_id": "2", "mdtrt_id": "m1", "medfee_sumamt": 20, **inpatient},
            {"setl_id": "3", "mdtrt_id": "m2", "medfee_sumamt": 5, **inpatient},
            {"setl_id": "4", "mdtrt_id": "m2", "init_setl_id": "3", "medfee_sumamt": -5, **inpatient},
            {"setl_id": "5", "mdtrt_id": "lost", "medfee_sumamt": 7, **inpatient},
            {"setl_id": "6", "mdtrt_id": "out", "medfee_sumamt": 9})})
    assert rows(w, w.stays, "mdtrt_id", "setl_id", "medfee_sumamt", "ipt_days", "dscg_way") == [
        ["lost", "5", 7.0, 4, None], ["m1", "1", 30.0, 4, "1"], ["m3", None, None, 4, "1"]]


def test_institutions_are_completed_from_settlements():
    w = in_memory({
        "fixmedins_b": pd.DataFrame({"fixmedins_code": ["H1", "H1"], "fixmedins_name": ["旧名", "新名"],
                                     "fix_blng_admdvs": "330402", "updt_time": ["2024-01-01", "2025-01-01"]}),
        "setl_d": settlements({"setl_id": "1"}, {"setl_id": "2", "fixmedins_code": "P9", "med_type": "41",
                                                "fix_blng_admdvs": "330421"})})
    assert rows(w, w.institutions, "fixmedins_code", "fixmedins_name", "county", "fixmedins_type") == [
        ["H1", "新名", "330402", None], ["P9", None, "330421", "2"]]


def test_an_empty_warehouse_answers_with_empty_views():
    w = in_memory({})
    for view in (w.valid_settlements, w.stays, w.fee_lines, w.institutions, w.fund_share(w.fee_lines)):
        assert w.run(view.count()) == 0
    assert w.covers("setl_d", "2025") == 0.0
    with pytest.raises(Refusal) as refusal:
        _ = w.as_of
    assert refusal.value.kind == "empty"


def test_every_table_has_all_its_columns_and_misspelt_names_are_refused():
    w = in_memory({"setl_d": settlements({"setl_id": "1"})})
    for name, table in TABLES.items():
        assert list(getattr(w, name).columns) == table.names
    with pytest.raises(Refusal, match="fund_pay_sum"):
        in_memory({"setl_d": pd.DataFrame({"fund_pay_sum": [1]})})
    with pytest.raises(Refusal, match="medfee_sumamt"):
        in_memory({"setl_d": settlements({"setl_id": "1", "medfee_sumamt": "viel"})})
    with pytest.raises(AttributeError):
        _ = w.setl


def test_connection_cannot_leave_its_folder_nor_be_reconfigured(tmp_path):
    con = in_memory({})._source.con
    for act in (lambda: con.read_csv("/etc/hostname").execute(),
                lambda: con.settings.__setitem__("enable_external_access", True)):
        with pytest.raises(Exception, match=r"disabled|locked|Cannot"):
            act()


# ---- on disk

@pytest.fixture(scope="module")
def delivery(tmp_path_factory):
    folder = tmp_path_factory.mktemp("delivery")
    frame = pd.concat([chain("mirrored"), settlements({"setl_id": "d", "setl_time": "2025-05-01",
                                                       "medfee_sumamt": 11.25, "fund_pay_sumamt": 1})])
    frame.to_csv(folder / "setl_d.csv", index=False)
    pd.DataFrame({"psn_no": ["p1"], "psn_name": ["金丝雀"], "certno": ["330402199001011234"], "tel": ["13800001111"],
                  "gend": ["1"]}).to_csv(folder / "psn_info_b.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def published(delivery, tmp_path_factory):
    path = tmp_path_factory.mktemp("wh") / "warehouse"
    ingest(delivery, path, progress=False)
    return path


@pytest.fixture
def warehouse(published, tmp_path):
    """A copy that may be damaged, with what lies beside it."""
    for suffix in ("", ".raw", ".head"):
        shutil.copytree(published.with_name(published.name + suffix), tmp_path / f"w{suffix}")
    shutil.copy2(published.with_name(published.name + ".key"), tmp_path / "w.key")
    return tmp_path / "w"


def test_disk_and_memory_give_the_same_views(delivery, published):
    disk = open_warehouse(published)
    memory = in_memory({"setl_d": pd.read_csv(delivery / "setl_d.csv", dtype=str)})
    columns = ("setl_id", "medfee_sumamt", "fund_pay_sumamt", "setl_time")
    assert rows(disk, disk.valid_settlements, *columns) == rows(memory, memory.valid_settlements, *columns)
    assert disk.as_of == date(2025, 5, 1) == memory.as_of
    assert disk.periods == Period.parse("2025-03:2025-05")
    assert disk.covers("setl_d", "2025Q2") == pytest.approx(1 / 3)
    assert disk.covers("psn_info_b", "1999") == 1.0
    assert disk.covers("ps_death", "2025") == 0.0


def test_names_and_numbers_of_persons_are_nowhere_in_the_warehouse(published):
    w = open_warehouse(published)
    person = w.run(w.psn_info_b).iloc[0]
    assert len(person.psn_name) == 64 and len(person.certno) == 64 and len(person.tel) == 64
    for file in published.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            for canary in ("金丝雀", "330402199001011234", "13800001111"):
                assert canary.encode() not in content, file
    key = published.with_name(published.name + ".key")
    assert key.stat().st_mode & 0o777 == 0o600


def test_verify_names_every_kind_of_damage(warehouse):
    assert verify(warehouse) == []
    files = sorted(f for f in (warehouse / "tables/setl_d").rglob("*.parquet"))
    whole = files[0].read_bytes()
    draw = random.Random(7)
    for _ in range(20):
        at, bit = draw.randrange(len(whole)), 1 << draw.randrange(8)
        files[0].write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1:])
        assert any("setl_d" in p and files[0].name in p and "changed" in p for p in verify(warehouse))
    files[0].write_bytes(whole[:-7])
    assert any("cut" in p for p in verify(warehouse))
    with pytest.raises(Refusal, match="setl_d") as refusal:
        open_warehouse(warehouse)
    assert refusal.value.kind == "damaged"
    files[0].unlink()
    assert any("missing" in p for p in verify(warehouse))
    files[0].write_bytes(whole)
    next((warehouse / "tables/psn_info_b/_delta_log").glob("*.json")).unlink()
    assert any("Delta log" in p for p in verify(warehouse))


def test_a_manifest_changed_afterwards_is_refused(warehouse):
    file = warehouse / "manifests/000001.json"
    file.write_text(file.read_text().replace('"rows": 1,', '"rows": 2,', 1))
    assert any("changed" in p for p in verify(warehouse))
    with pytest.raises(Refusal) as refusal:
        open_warehouse(warehouse)
    assert refusal.value.kind == "damaged"


def test_no_warehouse_and_no_version_are_refused(tmp_path, published):
    for path, version, kind in ((tmp_path, None, "empty"), (published, 99, "usage")):
        with pytest.raises(Refusal) as refusal:
            open_warehouse(path, version)
        assert refusal.value.kind == kind


def test_second_writer_is_refused_and_a_dead_writers_lock_is_not_in_the_way(warehouse, delivery):
    with writing(warehouse), pytest.raises(Refusal) as refusal:
        ingest(delivery, warehouse, progress=False)
    assert refusal.value.kind == "locked"
    (warehouse / ".lock").write_text("999999")
    assert ingest(delivery, warehouse, progress=False).accepted == 0


def test_readers_keep_their_version_beside_a_writer(warehouse, tmp_path):
    reader = open_warehouse(warehouse)
    before = rows(reader, reader.setl_d, "setl_id", "medfee_sumamt")
    more = settlements({"setl_id": "a", "medfee_sumamt": 1, "updt_time": "2026-01-01"}, {"setl_id": "z"})
    more.to_csv(tmp_path / "setl_d.csv", index=False)
    ingest(tmp_path / "setl_d.csv", warehouse, progress=False)
    assert rows(reader, reader.setl_d, "setl_id", "medfee_sumamt") == before
    old, new = open_warehouse(warehouse, 1), open_warehouse(warehouse)
    assert rows(old, old.setl_d, "setl_id", "medfee_sumamt") == before
    assert len(rows(new, new.setl_d, "setl_id")) == len(before) + 1
    assert old.data_version != new.data_version and verify(warehouse) == []


# ---- answers

def test_answers_are_kept_by_period_and_data_version(warehouse):
    w = open_warehouse(warehouse)
    with pytest.raises(Refusal) as refusal:
        w.stored("score")
    assert refusal.value.kind == "empty"
    for value in (1, 2):
        store(warehouse, "score", pd.DataFrame({"unit_id": ["x"], "score": [value]}), "2025", w.data_version)
    store(warehouse, "score", pd.DataFrame({"unit_id": ["x"], "score": [3]}), "2024", w.data_version)
    store(warehouse, "score", pd.DataFrame({"unit_id": ["x"], "score": [9]}), "2025", "f" * 12)
    assert w.run(w.stored("score", "2025")).score.tolist() == [2]
    assert sorted(w.run(w.stored("score")).score) == [2, 3]
    assert w.stored_periods("score") == ["2024", "2025"]


def test_answers_have_their_declared_shape(warehouse):
    with pytest.raises(Refusal, match="lacks"):
        store(warehouse, "lead", pd.DataFrame({"lead_id": ["a"]}), "2025", "0" * 12)
    with pytest.raises(Refusal, match="not a name"):
        store(warehouse, "../lead", pd.DataFrame(), "2025", "0" * 12)


def test_models_are_arrays_without_code(warehouse):
    store_model(warehouse, "frozen", {"grid": np.eye(2)}, {"fitted_on": "2025"})
    arrays, meta = open_warehouse(warehouse).model("frozen")
    assert arrays["grid"].tolist() == np.eye(2).tolist() and meta == {"fitted_on": "2025"}
    with pytest.raises(Refusal):
        store_model(warehouse, "bad", {"x": np.array([object()])}, {})


def test_an_arrow_table_of_canonical_types_reads_like_a_frame():
    import pyarrow as pa

    from yb_analytics.warehouse._frames import arrow_schema, canonical

    table = TABLES["mdtrt_d"]
    times = pd.to_datetime(["2025-03-01 09:00", "1700-01-01 09:00"])
    rows = {"mdtrt_id": ["v1", None], "gend": ["男", "2"], "begntime": list(times),
            "brdy": [date(1990, 1, 1), date(1700, 1, 1)], "ipt_days": [3, None]}
    arrow = pa.table({c.name: pa.array(rows.get(c.name, [None, None]), kind)
                      for c, kind in zip(table.columns, arrow_schema(table).types, strict=True)})
    read = canonical(table, arrow)
    assert read.equals(canonical(table, arrow.to_pandas()))
    assert read["gend"].to_pylist() == ["1", "2"] and read["begntime"].to_pylist()[1] is None
    with pytest.raises(Refusal, match="adm_time"):
        canonical(table, arrow.append_column("adm_time", arrow["begntime"]))

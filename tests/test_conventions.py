"""A city that writes otherwise: placeholders, words for codes, refunds without links, lines without settlement."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest

from yb_analytics.schema import Refusal
from yb_analytics.warehouse import in_memory, ingest, open_warehouse

WHO = {"psn_no": "p1", "fixmedins_code": "H1", "setl_time": "2025/3/5 10:00:00", "med_type": "1101", "vali_flag": "是",
       "init_setl_id": "0", "refd_setl_flag": "否", "gend": "男", "enddate": "2025/3/5"}
VISIT = {"psn_no": "p1", "fixmedins_code": "H1", "med_type": "2101", "begntime": "2025/3/1 8:00", "vali_flag": "T"}
LINE = {"psn_no": "p1", "fixmedins_code": "H1", "fee_ocur_time": "2025/3/5 9:00", "cnt": 1, "hilist_code": "X",
        "init_feedetl_sn": "-"}


def paid(ident, amount, **given) -> dict:
    return {**WHO, "setl_id": ident, "mdtrt_id": f"v{ident}", "medfee_sumamt": amount, "fund_pay_sumamt": amount,
            **given}


def charged(ident, visit, fee, **given) -> dict:
    return {**LINE, "bkkp_sn": ident, "mdtrt_id": visit, "det_item_fee_sumamt": fee, "inscp_amt": fee, **given}


SETTLEMENTS = [
    *(paid(f"a{n}", 10, init_setl_id=text)
      for n, text in enumerate(["0", "-", "NULL", "null", "None", "\\N", "无", ""])),
    paid("void", 99, vali_flag="否"),
    paid("odd", 1, vali_flag="待定", gend="女", enddate="9999-12-31"),
    paid("orphan", 40, init_setl_id="never delivered"),
    paid("back", 41, init_setl_id="never delivered", refd_setl_flag="是"),
    # refunds without a link: negative, mirrored with both rows flagged, partial; and one whose refund never came
    paid("n", 100, mdtrt_id="vn"), paid("n-", -100, mdtrt_id="vn", setl_time="2025/3/6 10:00:00"),
    paid("m", 70, refd_setl_flag="是", mdtrt_id="vm"),
    paid("m-", 70, refd_setl_flag="是", mdtrt_id="vm", setl_time="2025/3/7 10:00:00"),
    paid("q", 60, mdtrt_id="vq"), paid("q-", -25, mdtrt_id="vq", refd_setl_flag="是", setl_time="2025/3/8 10:00:00"),
    paid("left", 33, refd_setl_flag="是", psn_no="p9"),
    # visits whose lines name no settlement: one settlement, two, reversed
    paid("one", 200, mdtrt_id="v1"), paid("x", 30, mdtrt_id="v2"), paid("y", 31, mdtrt_id="v2"),
]
LINES = [
    charged("1", "v1", 150), charged("2", "v1", 50), charged("3", "v2", 10), charged("4", "v2", 20),
    charged("5", "vn", 100), charged("6", "v9", 5),
    charged("7", "v1", 12, fee_ocur_time="2025/3/5 8:00"), charged("8", "v1", -12, cnt=-1),
]
VALID = {**{f"a{n}": 10 for n in range(8)}, "odd": 1, "orphan": 40, "back": -41, "q": 35, "left": 33, "one": 200,
         "x": 30, "y": 31}


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    folder = tmp_path_factory.mktemp("city")
    visits = [{**VISIT, "mdtrt_id": v, "endtime": "9999-12-31 00:00:00", "dscg_way": "死亡"} for v in ("v1", "v2")]
    for name, rows in (("setl_d", SETTLEMENTS), ("fee_list_d", LINES), ("mdtrt_d", visits),
                       ("ps_death", [{"psn_no": "p1", "death_date": "2025/3/9", "reg_date": "1900/1/1"}])):
        pd.DataFrame(rows).to_csv(folder / f"{name}.csv", index=False, encoding="gb18030")
    report = ingest(folder, folder / "w", progress=False)
    return folder, report


@pytest.fixture(params=["disk", "memory"])
def w(city, request):
    folder, _ = city
    if request.param == "disk":
        return open_warehouse(folder / "w")
    return in_memory({n: pd.read_csv(folder / f"{n}.csv", dtype=str, encoding="gb18030", keep_default_na=False)
                      .replace("", None) for n in ("setl_d", "fee_list_d", "mdtrt_d", "ps_death")})


def test_money_stands_as_it_is_meant(w):
    got = w.run(w.valid_settlements).set_index("setl_id").medfee_sumamt.to_dict()
    assert got == VALID
    lines = w.run(w.fee_lines)
    assert lines[lines.mdtrt_id == "v1"].set_index("bkkp_sn").det_item_fee_sumamt.to_dict() == {"1": 150, "2": 50}


def test_how_refunds_are_written_is_told(w):
    assert w.refund_conventions == (
        "冲销口径：2 笔写明原记录；2 笔所写的原记录未到，按自身金额计；3 笔未写原记录，按人员、机构、就诊与金额配对；"
        "1 笔标为已退费而退费行未到，按已支付计。")


def test_words_become_codes_and_what_is_no_word_stays(w):
    rows = w.run(w.setl_d).set_index("setl_id")
    assert rows.loc[["a0", "odd"], "gend"].tolist() == ["1", "2"]
    assert rows.loc[["a0", "void", "odd"], "vali_flag"].tolist() == ["1", "0", "待定"]
    assert rows.loc["back", "refd_setl_flag"] == "1" and pd.isna(rows.loc["a2", "init_setl_id"])
    assert w.run(w.mdtrt_d).dscg_way.tolist() == ["5", "5"]


def test_placeholder_dates_are_missing(w):
    assert w.run(w.mdtrt_d).endtime.isna().all() and w.run(w.ps_death).reg_date.isna().all()
    assert w.run(w.setl_d).set_index("setl_id").enddate.isna().to_dict()["odd"]


def test_the_report_counts_what_was_read_otherwise(city):
    _, report = city
    assert report.quarantined == 0
    told = report.coerced[report.coerced["kind"].isin(["placeholder", "unread"])]
    assert {(r.table, r.column, r.kind): r.rows for r in told.itertuples()} == {
        ("setl_d", "enddate", "placeholder"): 1, ("setl_d", "vali_flag", "unread"): 1,
        ("mdtrt_d", "endtime", "placeholder"): 2, ("ps_death", "reg_date", "placeholder"): 1}
    assert "mdtrt_d.endtime 2 行" in report.text and "setl_d.vali_flag 1 行" in report.text


def test_lines_without_settlement_find_it_or_share_the_visits_money(w):
    lines = w.run(w.fund_share(w.fee_lines)).set_index("bkkp_sn")
    assert lines.setl_id.fillna("").to_dict() == {"1": "one", "2": "one", "3": "", "4": "", "6": ""}
    assert lines.fund_amt.round(2).to_dict() == {"1": 150, "2": 50, "3": 20.33, "4": 40.67, "6": 0}
    alone = w.run(w.fund_share(w.fee_lines.filter(w.fee_lines.bkkp_sn == "4")))
    assert alone.fund_amt.round(2).tolist() == [40.67]


def test_a_damaged_file_is_named(city, tmp_path):
    shutil.copytree(city[0] / "w", tmp_path / "w")
    file = next((tmp_path / "w/tables/setl_d").rglob("*.parquet"))
    data = bytearray(file.read_bytes())
    data[8:len(data) // 2] = bytes(b ^ 0x5A for b in data[8:len(data) // 2])
    file.write_bytes(data)
    w = open_warehouse(tmp_path / "w")
    with pytest.raises(Refusal, match="setl_d") as refusal:
        w.run(w.setl_d)
    assert refusal.value.kind == "damaged" and "yb verify" in str(refusal.value)


def test_a_bill_whose_fund_part_alone_is_negative_is_no_refund():
    """A deductible above the fee leaves a negative fund part (seen in public claims); its fee was still charged."""
    rows = pd.DataFrame({"setl_id": ["a", "b"], "psn_no": "p", "fixmedins_code": "H", "mdtrt_id": ["m", "n"],
                         "med_type": "21", "setl_time": ["2025-03-01", "2025-03-02"], "medfee_sumamt": [100, 100],
                         "fund_pay_sumamt": [60, -20]})
    w = in_memory({"setl_d": rows})
    kept = w.run(w.valid_settlements).set_index("setl_id")
    assert kept["medfee_sumamt"].to_dict() == {"a": 100, "b": 100}
    assert kept["fund_pay_sumamt"].to_dict() == {"a": 60, "b": -20}


def test_a_flag_without_a_refund_is_a_payment_unless_its_sender_writes_refunds_that_way():
    lone = {"setl_id": "x", "mdtrt_id": "mx", "medfee_sumamt": 50, "refd_setl_flag": "1", "psn_no": "q"}
    both = [{"setl_id": "a", "medfee_sumamt": 9}, {"setl_id": "a-", "medfee_sumamt": 9, "refd_setl_flag": "1"}]
    rest = {"psn_no": "p", "fixmedins_code": "H", "mdtrt_id": "m", "med_type": "11", "fund_pay_sumamt": 0}
    times = [{"setl_time": f"2025-03-0{n}"} for n in (1, 2, 3)]

    def kept(*rows) -> dict:
        w = in_memory({"setl_d": pd.DataFrame([{**rest, **t, **r} for t, r in zip(times, rows, strict=False)])})
        return w.run(w.valid_settlements).set_index("setl_id").medfee_sumamt.to_dict()

    assert kept(lone) == {"x": 50}
    assert kept(*both, lone) == {"x": -50}
    assert kept({**both[0], "refd_setl_flag": "1"}, both[1], lone) == {"x": 50}
    assert kept(*({**r, "fixmedins_code": "H2"} for r in both), lone) == {"x": 50}


def test_two_visits_of_one_price_are_no_refund_of_each_other():
    """The flagged one was refunded by a row that is not there; the visit of the month before was not."""
    rows = pd.DataFrame({"setl_id": ["jan", "feb"], "mdtrt_id": ["m1", "m2"], "psn_no": "p", "fixmedins_code": "H",
                         "med_type": "14", "setl_time": ["2025-01-05", "2025-02-05"], "medfee_sumamt": 50,
                         "fund_pay_sumamt": 40, "refd_setl_flag": ["0", "1"]})
    w = in_memory({"setl_d": rows})
    assert w.run(w.valid_settlements).medfee_sumamt.sum() == 100

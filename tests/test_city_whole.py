"""The whole of the synthetic city: blocks and processes, registers of other agencies, goods, contributions, touch."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from yb_analytics.city import make_city
from yb_analytics.city._flow import blocks_of
from yb_analytics.city._plan import Plan, Planned, added, key_of, truth
from yb_analytics.city._shape import shape
from yb_analytics.city._target import firms, healthy, places
from yb_analytics.city._town import lines, make_town, visits
from yb_analytics.city._write import arrow
from yb_analytics.city.schemes import Scheme
from yb_analytics.schema import TABLES, Refusal
from yb_analytics.warehouse import ingest


class Data:
    """Tables of a city as SQL names."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.db = folder, duckdb.connect()
        for table in (t for t in (folder / "data").iterdir() if t.is_dir()):
            self.db.read_parquet(str(table / "*.parquet")).create_view(table.name)

    def one(self, sql: str):
        return self.db.sql(sql).fetchone()


def _digest(folder: Path) -> dict[str, str]:
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def small_blocks():
    """Blocks of some hundred persons, so that a small city has several."""
    usual, shape().block_least = shape().block_least, 500
    yield
    shape().block_least = usual


@pytest.fixture(scope="module")
def city(tmp_path_factory, small_blocks) -> Data:
    """An honest city of four blocks and a year and a quarter."""
    folder = tmp_path_factory.mktemp("whole")
    assert blocks_of(2000) == 4
    make_city(folder, persons=2000, months=15, seed=5, schemes="none", processes=2, progress=False)
    return Data(folder)


def test_any_number_of_processes_gives_the_same_bytes(tmp_path, small_blocks):
    found = []
    for processes in (1, 2):
        folder = tmp_path / str(processes)
        make_city(folder, persons=1200, months=1, seed=3, processes=processes, progress=False)
        found.append(_digest(folder))
    assert found[0] == found[1]
    assert "data/setl_d/202401.parquet" in found[0] and "truth/truth.parquet" in found[0]


def test_every_scheme_can_be_asked_of_the_smallest_city(tmp_path):
    """Where nobody fits, a scheme plants nothing; it never fails."""
    made = make_city(tmp_path, persons=500, months=1, seed=1, processes=1, progress=False)
    assert made.truth["locator"].map(len).min() > 0 and made.truth["scheme"].nunique() > 30


def test_schemes_take_subjects_that_others_have_not():
    town = make_town(4000, "2024-01", 3, 2)
    rng, shops = np.random.default_rng(1), town.providers.of("pharmacy")
    first, second = (places(town, rng, ("pharmacy",), len(shops) // 2) for _ in range(2))
    assert not set(first) & set(second)
    rest = places(town, rng, ("pharmacy",), len(shops))
    assert sorted(rest) == sorted(shops)  # when all were taken, they are taken again
    assert not set(healthy(town, rng, 50)) & set(healthy(town, rng, 50))
    assert not set(firms(town, rng, 5, least=2)) & set(firms(town, rng, 5, least=2))


def test_blocks_share_no_id_and_lose_nobody(city):
    for name in ("mdtrt_d", "setl_d", "fee_list_d", "drug_trace_d", "review_d", "psn_info_b", "staf_psn_clct_detl_d",
                 "rsdt_psn_clct_detl_d", "goods_sale_d", "goods_purchase_d", "goods_inventory_d", "pos_sale",
                 "hr_injury", "health_birth", "oper_log_d"):
        keys = city.db.table(name).project(", ".join(TABLES[name].key))
        rows, distinct = (k.count("*").fetchone()[0] for k in (keys, keys.distinct()))
        assert rows == distinct > 0, name
    assert city.one("select count(distinct psn_no) from psn_info_b") == (2000,)
    assert city.one("select count(*) from psn_insu_d anti join psn_info_b using (psn_no)") == (0,)


def test_contributions_agree_with_employers_and_ledger(city):
    """To the fen: persons' rows add up to their employers', and what arrives is the ledger's income."""
    rate = shape().employer_rate
    off = city.db.execute("""select max(abs(own - amt)) from (select emp_no, cashym,
        sum(round(psn_clctstd * ? + 1e-9, 2)) own from staf_psn_clct_detl_d where emp_no is not null group by 1, 2)
        join emp_clct_detl_d using (emp_no, cashym)""", [rate])
    assert float(off.fetchone()[0]) <= 0.30  # half fen a person; the largest employers have dozens
    assert city.one("""select count(*) from (select distinct emp_no, cashym from staf_psn_clct_detl_d where emp_no
        is not null) anti join emp_clct_detl_d using (emp_no, cashym)""") == (0,)
    employers, alone, booked = city.one("""select
        (select sum(arvl_amt) from emp_clct_detl_d),
        (select sum(clct_sumamt) from staf_psn_clct_detl_d where emp_no is null and clct_flag = '1'),
        (select sum(amt) from fund_ledger where insutype = '310' and acct_type = 'pool' and item = 'income')""")
    share = rate / (rate + shape().employed_credit)
    assert 0 < float(booked) / (float(employers) + float(alone) * share) - 1 < 0.05  # the rest: interest, transfers
    persons, resident = city.one("""select (select sum(psn_clct_amt + finsubs_amt) from rsdt_psn_clct_detl_d where
        cashym = '202401'), (select sum(amt) from fund_ledger where insutype = '390' and item = 'income'
        and ym < '202501')""")
    assert abs(float(resident) / float(persons) - 1) < 0.02
    unpaid = city.one("select avg((clct_flag = '0')::int) from staf_psn_clct_detl_d where cashym < '202410'")[0]
    assert 0 < unpaid < 0.03


def test_collected_by_tax_is_what_employers_paid(city):
    both, differ = city.one("""select count(*), count(*) filter (paid_amt <> arvl_amt) from tax_contribution t
        join emp_clct_detl_d e on t.emp_no = e.emp_no and t.ym = e.cashym""")
    assert both > 0.8 * city.one("select count(*) from emp_clct_detl_d")[0] and differ == 0


def test_goods_bought_cover_what_was_dispensed(city):
    """Opening stock + purchases + other in − returns − dispensed − lost = the count at the end."""
    off = city.db.sql("""with bought as (select fixmedins_code f, hilist_code h,
            sum(purc_retn_cnt * if(retn_flag = '1', -1, 1)) n from goods_purchase_d group by 1, 2),
        stock as (select fixmedins_code f, hilist_code h, sum(cnt) filter (inv_chg_type in ('108', '106')) opening,
            coalesce(sum(cnt) filter (inv_chg_type = '104'), 0) lost,
            max_by(cnt, inv_chg_time) filter (inv_chg_type = '0') closing from goods_inventory_d group by 1, 2),
        used as (select fixmedins_code f, hilist_code h, sum(cnt) n from fee_list_d group by 1, 2),
        cash as (select fixmedins_code f, hilist_code h, count(*) n from drug_trace_d where bkkp_sn is null
            group by 1, 2)
        select opening + coalesce(bought.n, 0) + lost - coalesce(used.n, 0) - coalesce(cash.n, 0) - closing as off,
            closing
        from stock left join bought using (f, h) left join used using (f, h) left join cash using (f, h)""")
    off = off.df().astype(float)
    assert (off["closing"] >= 0).all()
    assert (off["off"].abs() < 0.001).mean() == 1
    assert city.one("select count(*) from goods_inventory_d where inv_chg_type = '106'")[0] > 0  # not entered as bought
    assert city.one("select count(*) from goods_purchase_d where finl_trns_pric <= 0")[0] == 0


def test_sales_of_shops_are_the_settled_lines(city):
    lines_, sold, orphans = city.one("""select
        (select sum(cnt) from fee_list_d where med_type = '41' and list_type = '101' and fixmedins_code in
            (select fixmedins_code from goods_sale_d)),
        (select sum(sel_retn_cnt * if(retn_flag = '1', -1, 1)) from goods_sale_d where setl_id is not null),
        (select count(*) from goods_sale_d where setl_id not in (select setl_id from setl_d))""")
    assert 0.97 < float(sold) / float(lines_) < 1 and orphans == 0
    assert city.one("select count(distinct fixmedins_code) from pos_sale") < city.one(
        "select count(distinct fixmedins_code) from goods_sale_d")


def test_other_agencies_are_late_incomplete_and_sometimes_wrong(city):
    late, longest, most = city.one("""select median(rpt_date - exit_time::date), max(rpt_date - exit_time::date),
        count(*) from ps_exit_entry""")
    assert 2 <= late <= 20 and longest > 25 and most > 30
    known, told, off = city.one("""select (select count(*) from hr_employment), (select count(*) from psn_insu_d where
        emp_no is not null and psn_type not like '12%' and crt_insu_date < '2025-04-01'), (select count(*) from
        hr_employment h join psn_insu_d p using (psn_no) where h.emp_no <> p.emp_no)""")
    assert 0.95 < known / told < 1 and 0 < off < 0.03 * known


def test_nobody_abroad_or_held_receives_care(city):
    assert city.one("""select count(*) from ps_exit_entry a join mdtrt_d m using (psn_no) where m.begntime::date >=
        a.exit_time::date and m.begntime::date <= coalesce(a.entry_time::date, '2100-01-01')""") == (0,)
    assert city.one("""select count(*) from mdtrt_d m join ps_death d using (psn_no) where m.begntime::date >
        d.death_date""") == (0,)


def test_groups_and_operations_follow_stays(city):
    stays, grouped, fit = city.one("""select (select count(*) from drg_group_d), (select count(*) from drg_group_d join
        setl_d using (setl_id) where med_type like '2%' or med_type = '52'),
        (select corr(g.std_amt, s.medfee_sumamt) from drg_group_d g join setl_d s using (setl_id))""")
    assert stays == grouped > 50 and 0.3 < fit < 0.98
    assert city.one("""select count(*) from setl_diag_d where diag_type = '9' and (oprn_oprt_begntime is null or
        oprn_oprt_endtime <= oprn_oprt_begntime)""") == (0,)
    assert city.one("select count(*) from health_beds where bed_days > 31 * 3 * open_bed_cnt") == (0,)


def test_csv_holds_the_same_rows(tmp_path):
    made = [make_city(tmp_path / f, persons=500, months=1, seed=2, schemes="none", form=f, progress=False)
            for f in ("parquet", "csv")]
    assert made[0].rows == made[1].rows
    for name in ("setl_d", "psn_info_b"):
        file = next((tmp_path / "csv" / "data" / name).iterdir())
        ours, text = pq.read_table(next((tmp_path / "parquet" / "data" / name).iterdir())), pd.read_csv(file, dtype=str)
        assert file.suffix == ".csv" and list(text.columns) == TABLES[name].names and len(text) == ours.num_rows
    lists = [pd.read_csv(tmp_path / f / "data/control_totals.csv", dtype=str) for f in ("parquet", "csv")]
    lists[1]["file"] = lists[1]["file"].str.replace(".csv", ".parquet")
    pd.testing.assert_frame_equal(*lists)
    report = ingest(tmp_path / "csv" / "data", tmp_path / "w", progress=False)
    assert report.table["reconciled"].all() and "已核对" in report.text
    page = (tmp_path / "csv" / "README.md").read_text(encoding="utf-8")
    assert "--seed 2" in page and "--format csv" in page and "程序生成" in page
    assert sorted(p.name for p in (tmp_path / "csv").iterdir()) == ["README.md", "data", "truth"]
    with pytest.raises(Refusal, match="format"):
        make_city(tmp_path / "x", persons=500, months=1, form="xlsx")


def _fake(grain: str = "row") -> Scheme:
    return Scheme("fake", title=None, fn=lambda *_: None, grain=grain, subject="agency")  # type: ignore[arg-type]


def test_a_scheme_may_touch_and_add_rows_of_any_table():
    town = make_town(600, "2024-01", 1, 4)

    def cut(town, ym, rows: pa.Table):
        marked = rows.set_column(rows.column_names.index("emp_name"), "emp_name", pc.utf8_upper(rows["emp_name"]))
        return marked, pd.DataFrame({"plant": [0], "row": [1], "loss": [500]})

    fresh = pd.DataFrame({"inspection_id": [77], "violation_amt": [1234], "plant": [1], "loss": [300]})
    plan = Plan([("employer", "e"), ("institution", "i"), ("person", "nobody")], touch={"insu_emp_info_b": cut},
                rows={"inspection_d": fresh}, scheme=_fake(), strength="obvious")
    blank = np.zeros(0, dtype=int)
    planned = Planned([plan], visits(person=blank), lines(item=blank))
    rows = arrow("insu_emp_info_b", pd.DataFrame({"emp_no": ["1", "2"], "emp_name": ["a", "b"]}))
    out = planned.touched(town, "insu_emp_info_b", 0, rows)
    assert out["emp_name"].to_pylist() == ["A", "B"]
    assert planned.touched(town, "case_d", 0, rows) is rows
    more = added(planned, "inspection_d", arrow)
    assert more is not None and str(more["violation_amt"][0]) == "12.34"
    told = truth(planned)
    assert [list(x) for x in told["locator"]] == [["insu_emp_info_b:2"], ["inspection_d:77"]]
    assert told["loss"].tolist() == [5.0, 3.0]
    payroll = arrow("tax_payroll", pd.DataFrame({"emp_no": ["9"], "ym": ["202401"]}))
    assert key_of("tax_payroll", payroll).to_pylist() == ["tax_payroll:9|202401"]

"""The synthetic city: deterministic, its money adds up, its truth stands in its data."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from yb_analytics.city import Scheme, make_city, schemes
from yb_analytics.schema import INPATIENT, TABLES, Refusal

FIRST = [
    "account_drain",
    "after_death",
    "covisit",
    "duplicate_charge",
    "fee_inflation",
    "hoarding",
    "over_frequency",
    "over_price",
    "sex_mismatch",
    "split_stay",
    "stay_overlap",
    "trace_reuse",
]
INNOCENT = [
    "innocent_chemo_cycles",
    "innocent_dialysis",
    "innocent_double_channel",
    "innocent_family_buying",
    "innocent_split_packs",
    "innocent_transfers",
    "innocent_village_checkup",
]
GUILTY = [n for n in schemes.names if not n.startswith("innocent_")]
LOCATED = {
    "line": "select count(*) from fee_list_d where bkkp_sn in (select unnest(?))",
    "settlement": "select count(*) from setl_d where setl_id in (select unnest(?))",
    "stay": "select count(*) from mdtrt_d where mdtrt_id in (select unnest(?))",
}


def _stand(city: Data, grain: str, locator: list[str]) -> int:
    """How many of the rows a truth names are in the data."""
    if grain != "row":
        return city.db.execute(LOCATED[grain], [locator]).fetchone()[0]
    found = 0
    for table in {name.partition(":")[0] for name in locator}:
        key = "concat_ws('|', " + ", ".join(f"coalesce({k}::varchar, '')" for k in TABLES[table].key) + ")"
        keys = {f"{table}:{row[0]}" for row in city.db.table(table).project(key).distinct().fetchall()}
        found += len(keys & set(locator))
    return found


class Data:
    """Tables of a city as SQL names."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.db = folder, duckdb.connect()
        for table in (t for t in (folder / "data").iterdir() if t.is_dir()):
            self.db.read_parquet(str(table / "*.parquet")).create_view(table.name)
        self.db.register("stay_types", pd.DataFrame({"m": INPATIENT}))
        self.truth = pd.read_parquet(folder / "truth" / "truth.parquet")

    def one(self, sql: str):
        return self.db.sql(sql).fetchone()


@pytest.fixture(scope="module")
def city(tmp_path_factory) -> Data:
    folder = tmp_path_factory.mktemp("city")
    make_city(folder, persons=3000, months=12, seed=11, schemes=tuple(FIRST), progress=False)
    return Data(folder)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory) -> Data:
    """Every scheme in one small city: too much misuse for honest rates, enough to see the truth in the data."""
    folder = tmp_path_factory.mktemp("crowded")
    make_city(folder, persons=3000, months=12, seed=11, progress=False)
    return Data(folder)


@pytest.fixture(scope="module")
def honest(tmp_path_factory) -> Data:
    folder = tmp_path_factory.mktemp("honest")
    make_city(folder, persons=1500, months=3, seed=5, schemes="none", progress=False)
    return Data(folder)


def _digest(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*.parquet"))
    }


def test_same_seed_same_bytes(honest, tmp_path):
    make_city(tmp_path / "again", persons=1500, months=3, seed=5, schemes="none", progress=False)
    make_city(tmp_path / "other", persons=1500, months=1, seed=6, schemes="none", progress=False)
    assert _digest(tmp_path / "again") == _digest(honest.folder)
    other, first = _digest(tmp_path / "other"), _digest(honest.folder)
    assert other["data/setl_d/202401.parquet"] != first["data/setl_d/202401.parquet"]


def test_tables_have_the_canonical_shape(city):
    expected = {name for name in TABLES if name != "lead_feedback_d"}
    assert {p.name for p in (city.folder / "data").iterdir() if p.is_dir()} == expected
    for name in expected:
        for file in (city.folder / "data" / name).glob("*.parquet"):
            assert pq.read_schema(file).names == TABLES[name].names, name
        rows = city.db.table(name)
        total = rows.count("*").fetchone()[0]
        assert not [c for c in TABLES[name].required if rows.count(c).fetchone()[0] < total], name
        assert rows.project(", ".join(TABLES[name].key)).distinct().count("*").fetchone()[0] == total, name


def test_facts_lie_in_the_file_of_their_month(city):
    for name in ("setl_d", "fee_list_d", "mdtrt_d", "drug_trace_d"):
        files = sorted(p.stem for p in (city.folder / "data" / name).glob("*.parquet"))
        assert files == [f"2024{m:02d}" for m in range(1, 13)]
        column = TABLES[name].month
        for file in (city.folder / "data" / name).glob("*.parquet"):
            months = pq.read_table(file, columns=[column])[column].to_pandas().dt.strftime("%Y%m")
            assert set(months) == {file.stem}


def test_money_identities(city):
    bad = city.one("""select sum((medfee_sumamt <> fulamt_ownpay_amt + overlmt_selfpay + preselfpay_amt +
        inscp_amt)::int),
        sum((fund_pay_sumamt <> hifp_pay + cvlserv_pay + hifes_pay + hifmi_pay + hifob_pay + maf_pay +
            othfund_pay)::int),
        sum((psn_pay <> acct_pay + cash_payamt)::int), sum((medfee_sumamt <> fund_pay_sumamt + psn_pay)::int),
        sum((refd_setl_flag = '0' and least(fund_pay_sumamt, acct_pay, cash_payamt, inscp_amt) < 0)::int)
            from setl_d""")
    assert bad == (0, 0, 0, 0, 0)
    lines = city.one("""select count(*), sum((a <> medfee_sumamt)::int), sum((b <> s.inscp_amt)::int),
        sum((c <> s.fulamt_ownpay_amt)::int)
        from setl_d s join (select setl_id, sum(det_item_fee_sumamt) a, sum(inscp_amt) b,
            sum(fulamt_ownpay_amt) c
        from fee_list_d group by 1) l using (setl_id)""")
    assert lines[1:] == (0, 0, 0)
    assert lines[0] == city.one("select count(*) from setl_d")[0]
    assert city.one("""select count(*) from fee_list_d where abs(cnt * pric - det_item_fee_sumamt) >
        0.011""")[0] == 0


def test_refunds_net_out(city):
    share, orphans = city.one("""select avg((refd_setl_flag = '1')::int), count(*) filter (init_setl_id is
        not null and
        init_setl_id not in (select setl_id from setl_d)) from setl_d""")
    assert 0.01 <= share <= 0.03
    assert orphans == 0
    assert (
        city.one("""select count(*) from (select coalesce(init_feedetl_sn, bkkp_sn) root, sum(cnt) c,
            sum(det_item_fee_sumamt) m
        from fee_list_d group by 1) where c < 0 or m < 0""")[0]
        == 0
    )
    whole, part = city.one("""select count(*) filter (r.medfee_sumamt = -o.medfee_sumamt), count(*) filter
        (r.medfee_sumamt > -o.medfee_sumamt) from setl_d r join setl_d o on r.init_setl_id = o.setl_id""")
    assert whole > 0 and part > 0
    assert city.one("select count(*) from setl_d where mid_setl_flag = '1'")[0] > 0


def test_ledger_balances(city):
    ledger = city.db.sql("select * from fund_ledger").df()
    wide = ledger.pivot_table(
        index=["insu_admdvs", "insutype", "acct_type", "ym"], columns="item", values="amt", aggfunc="sum"
    )
    step = wide["balance"].groupby(level=[0, 1, 2]).diff().dropna()
    assert ((wide["income"] - wide["expenditure"]).loc[step.index] - step).abs().max() < 0.005
    months = wide.loc[(slice(None), "310", "pool", "202412"), "balance"].sum() / (
        wide.xs("310", level="insutype").xs("pool", level="acct_type")["expenditure"].sum() / 12
    )
    assert 6 < months < 30
    paid, booked = city.one("""select (select sum(fund_pay_sumamt) from setl_d), (select sum(amt) from
        fund_ledger
        where item = 'expenditure' and acct_type = 'pool')""")
    assert 1.0 <= float(booked) / float(paid) <= 1.03


def test_rates_lie_near_the_bulletin(city):
    """Bands around domain/volumes.csv (developed city): rates ±20 %, money ±40 % (3,000 persons, one year)."""
    rates = (
        city.db.sql("""select s.insutype, count(*) / any_value(n) visits, count(*) filter (med_type = '41')
            / any_value(n) shop,
        count(*) filter (med_type in (select m from stay_types) and mid_setl_flag = '0' and refd_setl_flag
            = '0') / any_value(n) stays,
        sum(fund_pay_sumamt + acct_pay)::double / any_value(n) fund from setl_d s join (select insutype,
            count(*) n from psn_insu_d
        group by 1) p using (insutype) group by 1""")
        .df()
        .set_index("insutype")
    )
    for insutype, column, target in (
        ("310", "visits", 14.1),
        ("310", "shop", 5.79),
        ("310", "stays", 0.2136),
        ("390", "stays", 0.208),
    ):
        assert abs(rates.loc[insutype, column] / target - 1) < 0.20, (insutype, column, rates)
    assert abs(rates.loc["390", "visits"] / 3.47 - 1) < 0.25
    share = city.one("select avg((insutype = '310')::int) from psn_insu_d")[0]
    fund = share * rates.loc["310", "fund"] + (1 - share) * rates.loc["390", "fund"]
    assert abs(fund / 3445 - 1) < 0.40


def test_every_scheme_is_planted_at_both_strengths(city):
    planted = city.truth.groupby("scheme")["strength"].agg(set)
    for name in FIRST:
        assert planted[name] == {"obvious", "subtle"}, name
    assert set(INNOCENT) <= set(planted.index)
    guilty = city.truth[city.truth["kind"] == "scheme"]
    assert guilty[guilty["grain"] != "row"].groupby("scheme")["loss"].sum().gt(0).all()
    assert (city.truth.loc[city.truth["kind"] == "innocent", "loss"] == 0).all()


def test_truth_stands_in_the_data(crowded):
    assert set(GUILTY) <= set(crowded.truth["scheme"])
    for _, row in crowded.truth.iterrows():
        assert len(row["locator"]) > 0
        assert _stand(crowded, row["grain"], list(row["locator"])) == len(row["locator"]), row["scheme"]


def test_loss_is_at_most_what_the_funds_paid(city):
    paid = float(city.one("select sum(fund_pay_sumamt + acct_pay) from setl_d")[0])
    assert 0 < city.truth["loss"].sum() < 0.1 * paid


def test_honest_city_has_only_innocents(honest):
    assert set(honest.truth["kind"]) == {"innocent"}


def test_honest_bills_keep_the_limits(honest):
    items = pd.read_csv(
        Path(__file__).parents[1] / "yb_analytics/knowledge/catalogue.csv", dtype=str, keep_default_na=False
    )
    honest.db.register("items", items)
    assert honest.one("select count(*) from fee_list_d where pric > pric_uplmt_amt")[0] == 0
    assert (
        honest.one("""select count(*) from fee_list_d join items using (hilist_code) join psn_info_b p
            using (psn_no)
        where items.gend <> '' and items.gend <> p.gend""")[0]
        == 0
    )
    assert (
        honest.one("""select count(*) from fee_list_d join items using (hilist_code)
        where inpatient_only = '1' and med_type not in (select m from stay_types)""")[0]
        == 0
    )
    assert (
        honest.one("""select count(*) from (select mdtrt_id, hilist_code, fee_ocur_time::date, sum(cnt) c,
            any_value(max_per_day) m
        from fee_list_d join items using (hilist_code) where max_per_day <> '' and
            coalesce(init_feedetl_sn, bkkp_sn) not in
        (select init_feedetl_sn from fee_list_d where init_feedetl_sn is not null) group by 1, 2, 3) where
            c > 2 * m::double""")[
            0
        ]
        == 0
    )
    assert honest.one("""select count(*) from setl_d join ps_death using (psn_no) where begndate >
        death_date""")[0] == 0


def test_data_are_not_trivially_clean(city):
    lost = city.one("select avg((dscg_maindiag_code is null)::int) from mdtrt_d where med_type <> '41'")[0]
    assert 0.005 < lost < 0.03
    assert city.one("select count(*) from fee_list_d where hour(fee_ocur_time) < 5")[0] > 0
    assert city.one("select count(*) from setl_d where pay_loc in ('3', '4')")[0] > 0
    assert city.one("select count(*) from drug_trace_d where bkkp_sn is null")[0] > 0
    heavy = city.one("""select max(medfee_sumamt) / median(medfee_sumamt) from setl_d where med_type in
        (select m from stay_types)""")[0]
    assert heavy > 5


def test_shelf_of_schemes():
    assert schemes.broken() == {}
    assert set(FIRST + INNOCENT) <= set(schemes)
    for name, unit in schemes.items():
        assert isinstance(unit, Scheme)
        assert unit.kind == ("innocent" if name.startswith("innocent_") else "scheme")
        assert unit.grain in ("line", "settlement", "stay", "row")
        assert unit.title.zh and unit.title.en and unit.title.reason


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"persons": 100}, "too small"),
        ({"schemes": "nothing"}, "unknown scheme"),
        ({"strength": "loud"}, "unknown strength"),
    ],
)
def test_refusals(tmp_path, arguments, word):
    with pytest.raises(Refusal, match=word):
        make_city(tmp_path / "x", progress=False, **arguments)


def test_an_existing_city_is_not_overwritten(honest):
    with pytest.raises(Refusal, match="exists"):
        make_city(honest.folder, persons=600, months=1, progress=False)

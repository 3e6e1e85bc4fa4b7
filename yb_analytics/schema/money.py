"""The fund: its ledger, its budget, and who should be insured."""

from yb_analytics.schema import recurring as r
from yb_analytics.schema.column import Column as C
from yb_analytics.schema.column import Table

_YEAR = C("year", "年度 · Year", "code", required=True)
_COUNTY, _SCHEME = r.needed(r.COUNTY), r.needed(r.INSURANCE)
_ACCOUNT = C("acct_type", "账户类别 · Pool or personal account", "code", codes="ACCT_TYPE", required=True)
_ITEM = C("item", "项目 · Item", "code", codes="LEDGER_ITEM", required=True)
_AMOUNT = r.money("amt", "金额 · Amount", 1e12, -1e12, required=True)

FUND_LEDGER = Table(
    "fund_ledger", "基金收支台账 · Fund ledger", "fund", key=("ym", "insu_admdvs", "insutype", "acct_type", "item"),
    columns=(r.MONTH, _COUNTY, _SCHEME, _ACCOUNT, _ITEM, _AMOUNT, r.UPDATED),
)

FUND_BUDGET = Table(
    "fund_budget", "基金预算 · Fund budget", "fund", key=("year", "insu_admdvs", "insutype", "acct_type", "item"),
    columns=(_YEAR, _COUNTY, _SCHEME, _ACCOUNT, _ITEM, _AMOUNT, r.UPDATED),
)

POPULATION = Table(
    "population", "应参保人口 · Persons who should be insured", "fund", key=("year", "insu_admdvs"),
    columns=(
        _YEAR, _COUNTY,
        C("resident_cnt", "常住人口 · Resident population", "count", unit="人", least=0, most=100_000_000, serves="F6 F10"),
        C("should_insured_cnt", "应参保人数 · Persons who should be insured", "count", unit="人", least=0,
          most=100_000_000),
        r.UPDATED,
    ),
)

TABLES = (FUND_LEDGER, FUND_BUDGET, POPULATION)

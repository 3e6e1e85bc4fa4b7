"""Fund and agency: the ledger, the budget, denominators, payouts and reviews."""

from yb_analytics.schema.column import Column as C
from yb_analytics.schema.column import Table

_UPDATED = C("updt_time", "数据更新时间 · Row updated at", "time")
_COUNTY = C("insu_admdvs", "医保区划 · County", "code", codes="ADMDVS", required=True)

FUND_LEDGER = Table(
    "fund_ledger", "基金收支台账 · Fund ledger", "fund", key=("ym", "insu_admdvs", "insutype", "acct_type", "item"),
    columns=(
        C("ym", "年月 · Month (YYYYMM)", "code", required=True),
        _COUNTY,
        C("insutype", "险种类型 · Insurance type", "code", codes="INSUTYPE", required=True),
        C("acct_type", "账户类别 · Pool or personal account", "code", codes="ACCT_TYPE", required=True),
        C("item", "项目 · Item", "code", codes="LEDGER_ITEM", required=True),
        C("amt", "金额 · Amount", "money", unit="元", required=True),
        _UPDATED,
    ),
)

FUND_BUDGET = Table(
    "fund_budget", "基金预算 · Fund budget", "fund", key=("year", "insu_admdvs", "insutype", "acct_type", "item"),
    columns=(
        C("year", "年度 · Year", "code", required=True),
        _COUNTY,
        C("insutype", "险种类型 · Insurance type", "code", codes="INSUTYPE", required=True),
        C("acct_type", "账户类别 · Pool or personal account", "code", codes="ACCT_TYPE", required=True),
        C("item", "项目 · Item", "code", codes="LEDGER_ITEM", required=True),
        C("amt", "金额 · Amount", "money", unit="元", required=True),
        _UPDATED,
    ),
)

POPULATION = Table(
    "population", "应参保人口 · Persons who should be insured", "fund", key=("year", "insu_admdvs"),
    columns=(
        C("year", "年度 · Year", "code", required=True),
        _COUNTY,
        C("resident_cnt", "常住人口 · Resident population", "count", unit="人"),
        C("should_insured_cnt", "应参保人数 · Persons who should be insured", "count", unit="人"),
        _UPDATED,
    ),
)

MED_DFR_D = Table(
    "med_dfr_d", "医疗拨付信息 · Payouts to institutions and persons", "agency", key=("dfr_id",),
    columns=(
        C("dfr_id", "拨付ID · Payout id", "code", required=True),
        C("cashym", "费款所属期 · Month paid for (YYYYMM)", "code"),
        C("insu_admdvs", "医保区划 · County", "code", codes="ADMDVS"),
        C("dfr_obj_code", "拨付对象编码 · Payee", "code"),
        C("dfr_sumamt", "拨付总金额 · Amount", "money", unit="元"),
        C("dcla_time", "申报时间 · Declared at", "time"),
        C("aprv_time", "审批时间 · Approved at", "time"),
        C("pay_time", "拨付时间 · Paid at", "time"),
        _UPDATED,
    ),
)

REVIEW_D = Table(
    "review_d", "费用审核记录 · Reviews of claims", "agency", key=("review_id",),
    columns=(
        C("review_id", "审核ID · Review id", "code", required=True),
        C("insu_admdvs", "医保区划 · County", "code", codes="ADMDVS"),
        C("setl_id", "结算ID · Settlement id", "code"),
        C("review_stage", "审核环节 · First or second review", "code", codes="REVIEW_STAGE"),
        C("reviewer_id", "审核人 · Reviewer", "code", personal="pseudonym"),
        C("review_time", "审核时间 · Reviewed at", "time"),
        C("refused_amt", "核减金额 · Amount refused", "money", unit="元"),
        _UPDATED,
    ),
)

TABLES = (FUND_LEDGER, FUND_BUDGET, POPULATION, MED_DFR_D, REVIEW_D)

"""Contributions month by month: of employers, of employed persons, of residents.

Persons' contributions are stored by the month in which the row was written (`crte_time`, never empty on the
platform): a row is written for a month of contribution long before it is paid, and may never be.
"""

from dataclasses import replace

from yb_analytics.schema import recurring as r
from yb_analytics.schema.column import Column as C
from yb_analytics.schema.column import Table

_PAID = C("clct_flag", "缴费标志 · Paid", "flag", codes="YES_NO", serves="T41 F5 S9")
_PAID_AT = C("clct_time", "缴费时间 · Paid at", "time", least=r.FIRST_DAY, serves="T39 T41")
_MONTH = replace(r.PAID_FOR, serves="T38 T39")
_SCHEME = r.for_use(r.INSURANCE, "T38")

EMP_CLCT_DETL_D = Table(
    "emp_clct_detl_d", "单位缴费明细 · Employers' contributions by month", "people",
    key=("emp_no", "cashym", "insutype"),
    columns=(
        r.needed(r.EMPLOYER), r.PAID_FOR, r.INSURANCE, r.INSURED_AT,
        C("clct_psncnt", "缴费人数 · Persons contributed for", "count", unit="人", least=0, most=500_000),
        r.money("psn_clctstd_sumamt", "个人缴费基数总额 · Sum of contribution bases", 2e10),
        r.money("staf_totlwag", "职工工资总额 · Payroll", 2e10, serves="T40"),
        r.money("amt", "金额 · Amount due", 5e9, -5e9),
        r.money("arvl_amt", "到账金额 · Amount received", 5e9, -5e9),
        C("arvl_date", "到账日期 · Received on", "date", least=r.FIRST_DAY, serves="T41 F5"),
        r.UPDATED,
    ),
)

STAF_PSN_CLCT_DETL_D = Table(
    "staf_psn_clct_detl_d", "职工人员缴费明细 · Employed persons' contributions by month", "people",
    key=("psn_clct_detl_id",), month="crte_time", part="crte_ym", sort=("psn_no", "cashym"),
    columns=(
        C("psn_clct_detl_id", "个人缴费明细ID · Contribution id", "code", required=True),
        r.PERSON, r.for_use(r.EMPLOYER, "T39 T40"), _MONTH, _SCHEME,
        r.money("psn_clctstd", "人员缴费基数 · Contribution base", 1e6, serves="T40 T42"),
        r.money("wag", "工资 · Wage", 1e8, serves="T40"),
        r.money("clct_sumamt", "缴费总金额 · Contribution", 1e6, -1e6, serves="T41"),
        C("clct_type", "缴费类型 · Kind of contribution", "code", codes="CLCT_TYPE", serves="T39"),
        _PAID, _PAID_AT, r.CREATED, r.UPDATED,
    ),
)

RSDT_PSN_CLCT_DETL_D = Table(
    "rsdt_psn_clct_detl_d", "居民人员缴费明细 · Residents' contributions", "people",
    key=("rsdt_clct_detl_id",), month="crte_time", part="crte_ym", sort=("psn_no", "cashym"),
    columns=(
        C("rsdt_clct_detl_id", "居民缴费明细ID · Contribution id", "code", required=True),
        r.PERSON, _MONTH, _SCHEME,
        r.money("psn_clct_amt", "个人缴费金额 · Paid by the person", 1e5, -1e5, serves="F5 S9"),
        r.money("finsubs_amt", "财政补助金额 · Paid by the treasury", 1e5, -1e5, serves="F5"),
        C("clct_type", "缴费类型 · Kind of contribution", "code", codes="CLCT_TYPE", serves="T39"),
        _PAID, _PAID_AT, r.CREATED, r.UPDATED,
    ),
)

TABLES = (EMP_CLCT_DETL_D, STAF_PSN_CLCT_DETL_D, RSDT_PSN_CLCT_DETL_D)

"""Registers of other agencies: employers, institutions, money (health, market, tax, banks, tills)."""

from yb_analytics.schema import recurring as r
from yb_analytics.schema.column import Column as C
from yb_analytics.schema.column import Table

HEALTH_LICENCE = Table(
    "health_licence", "卫健执业许可 · Licences of institutions (health)", "partners", key=("fixmedins_code", "begn_date"),
    columns=(
        r.INSTITUTION,
        C("begn_date", "有效期起 · Valid from", "date", required=True, least=r.FIRST_DAY),
        C("end_date", "有效期止 · Valid until", "date", least=r.FIRST_DAY, serves="T19 T35"),
        C("subjects", "诊疗科目代码 · Licensed subjects, codes parted by ;", serves="T19 R21"),
        C("lic_stas", "许可状态 · State of the licence", "code", codes="LICENCE_STAS", serves="T19 T35"),
        r.for_use(r.REPORTED, "T19"), r.UPDATED,
    ),
)

HEALTH_BEDS = Table(
    "health_beds", "卫健床位 · Beds month by month (health)", "partners", key=("fixmedins_code", "ym"),
    columns=(
        r.INSTITUTION, r.MONTH,
        C("open_bed_cnt", "实际开放床位 · Beds open", "count", unit="张", least=0, most=20_000, serves="T04"),
        C("bed_days", "占用床日 · Bed days used, as told to health", "count", unit="床日", least=0, most=620_000,
          serves="T02 T04"),
        r.for_use(r.REPORTED, "T04"), r.UPDATED,
    ),
)

MARKET_REGISTRATION = Table(
    "market_registration", "市场主体登记 · Registered enterprises (market regulation)", "partners", key=("uscc",),
    columns=(
        r.needed(r.CREDIT_CODE),
        C("ent_name", "主体名称 · Name of the enterprise", serves="T39"),
        C("reg_addr", "登记住所 · Registered address", serves="T39"),
        C("found_date", "成立日期 · Founded on", "date", least="1949-10-01", serves="T39"),
        C("close_date", "注销或吊销日期 · Closed on", "date", least="1949-10-01", serves="T39"),
        C("regn_stas", "登记状态 · State", "code", codes="REGN_STAS", serves="T39"),
        r.for_use(r.REPORTED, "T39"), r.UPDATED,
    ),
)

MARKET_PENALTY = Table(
    "market_penalty", "市场监管处罚 · Penalties (market regulation)", "partners", key=("penalty_id",),
    columns=(
        C("penalty_id", "处罚ID · Penalty id", "code", required=True),
        C("uscc", "统一社会信用代码 · Unified social credit code", "code", refers="market_registration.uscc",
          serves="T13 T14"),
        r.for_use(r.INSTITUTION_OR_NONE, "T13 T14"),
        C("penalty_type", "违法类别 · Kind of offence", "code", codes="PENALTY_TYPE", serves="T13 T14 T24"),
        C("decision_date", "决定日期 · Decided on", "date", least=r.FIRST_DAY, serves="T13 T14 T24"),
        r.money("penalty_amt", "罚没金额 · Fined", 1e9, serves="T24"),
        r.for_use(r.REPORTED, "T14"), r.UPDATED,
    ),
)

TAX_PAYROLL = Table(
    "tax_payroll", "税务工资申报 · Payroll declared to tax", "partners", key=("emp_no", "ym"),
    columns=(
        r.needed(r.EMPLOYER), r.MONTH,
        C("psn_cnt", "申报人数 · Persons declared", "count", unit="人", least=0, most=500_000),
        r.money("wage_amt", "申报工资总额 · Wages declared", 2e10),
        r.for_use(r.REPORTED, "T40"), r.UPDATED,
    ),
)

TAX_CONTRIBUTION = Table(
    "tax_contribution", "税务征收 · Contributions collected by tax", "partners", key=("emp_no", "ym", "insutype"),
    columns=(
        r.needed(r.EMPLOYER), r.MONTH, r.needed(r.INSURANCE),
        C("psn_cnt", "征收人数 · Persons collected for", "count", unit="人", least=0, most=500_000, serves="T40"),
        r.money("due_amt", "应征金额 · Due", 5e9, -5e9, serves="T41 F5"),
        r.money("paid_amt", "入库金额 · Collected", 5e9, -5e9, serves="T41 F5"),
        C("intsury_time", "入国库时间 · Into the treasury at", "time", least=r.FIRST_DAY, serves="T41 F5"),
        r.for_use(r.REPORTED, "T41"), r.UPDATED,
    ),
)

BANK_CREDIT = Table(
    "bank_credit", "金融信用信息 · Credit standing of employers and institutions (banks)", "partners",
    key=("uscc", "eval_date"),
    columns=(
        C("uscc", "统一社会信用代码 · Unified social credit code", "code", required=True,
          refers="market_registration.uscc"),
        C("eval_date", "评价日期 · As of", "date", required=True, least=r.FIRST_DAY),
        C("bad_flag", "失信标志 · Listed as defaulter", "flag", codes="YES_NO", serves="T39 T41 C1"),
        r.money("overdue_amt", "逾期金额 · Overdue", 1e12, serves="T41"),
        r.for_use(r.REPORTED, "T41"), r.UPDATED,
    ),
)

POS_SALE = Table(
    "pos_sale", "零售药店收银流水 · Sales at the tills of pharmacies", "partners", key=("fixmedins_code", "pos_sn"),
    month="sale_time", part="sale_ym", sort=("fixmedins_code", "sale_time"),
    columns=(
        r.INSTITUTION,
        C("pos_sn", "收银流水号 · Till line id", "code", required=True),
        C("sale_time", "销售时间 · Sold at", "time", required=True, least=r.FIRST_DAY),
        C("goods_name", "商品名称 · Goods as named at the till", serves="T15"),
        C("drug_flag", "药品标志 · A drug", "flag", codes="YES_NO", serves="T15 T16"),
        C("cnt", "数量 · Quantity", "quantity", least=-1e5, most=1e5, serves="T15"),
        r.money("sale_amt", "金额 · Amount", 1e6, -1e6, serves="T15 T16"),
        C("pay_way", "支付方式 · How it was paid", "code", codes="POS_PAY_WAY", serves="T15 T16"),
        r.for_use(r.REPORTED, "T15"), r.UPDATED,
    ),
)

TABLES = (HEALTH_LICENCE, HEALTH_BEDS, MARKET_REGISTRATION, MARKET_PENALTY, TAX_PAYROLL, TAX_CONTRIBUTION,
          BANK_CREDIT, POS_SALE)

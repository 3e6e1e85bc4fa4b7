"""The agency: what it paid, who reviewed it, and what was done in its systems."""

from dataclasses import replace

from yb_analytics.schema import recurring as r
from yb_analytics.schema.column import Column as C
from yb_analytics.schema.column import Table

_OPERATOR = C("opter_id", "经办人ID · Clerk", "code", personal="pseudonym", serves="T44 S18")

MED_DFR_D = Table(
    "med_dfr_d", "医疗拨付信息 · Payouts to institutions and persons", "agency", key=("dfr_id",),
    columns=(
        C("dfr_id", "拨付ID · Payout id", "code", required=True),
        replace(r.PAID_FOR, required=False), r.COUNTY,
        C("dfr_notc_type", "拨付通知类型 · What is paid", "code", codes="DFR_NOTC_TYPE", serves="T42 T37"),
        C("dfr_obj_code", "拨付对象编码 · Payee", "code", serves="T42 T44"),
        r.money("dfr_sumamt", "拨付总金额 · Amount", 1e10, -1e10, serves="T42 T44"),
        C("dcla_time", "申报时间 · Declared at", "time", least=r.FIRST_DAY),
        C("aprv_time", "审批时间 · Approved at", "time", least=r.FIRST_DAY, serves="T44 F29"),
        C("pay_time", "拨付时间 · Paid at", "time", least=r.FIRST_DAY),
        r.for_use(_OPERATOR, "T44"),
        r.UPDATED,
    ),
)

REVIEW_D = Table(
    "review_d", "费用审核记录 · Reviews of claims", "agency", key=("review_id",),
    columns=(
        C("review_id", "审核ID · Review id", "code", required=True),
        r.COUNTY, r.SETTLEMENT,
        C("review_stage", "审核环节 · First or second review", "code", codes="REVIEW_STAGE"),
        C("reviewer_id", "审核人 · Reviewer", "code", personal="pseudonym", serves="T44"),
        C("review_time", "审核时间 · Reviewed at", "time", least=r.FIRST_DAY),
        r.money("refused_amt", "核减金额 · Amount refused", 5e6, serves="F21 F24"),
        r.UPDATED,
    ),
)

OPER_LOG_D = Table(
    "oper_log_d", "经办操作日志 · Operations in the agency's systems", "agency", key=("oper_id",),
    month="oper_time", part="oper_ym", sort=("opter_id", "oper_time"),
    columns=(
        C("oper_id", "操作ID · Operation id", "code", required=True),
        r.for_use(r.COUNTY, "T44"), _OPERATOR,
        C("oper_time", "操作时间 · At", "time", required=True, least=r.FIRST_DAY),
        C("oper_type", "操作类型 · Kind of operation", "code", codes="OPER_TYPE", serves="T44 S16 S18"),
        C("obj_table", "操作对象表 · Table touched", "code", serves="T44 S16"),
        C("obj_id", "操作对象编号 · Row touched", "code", personal="pseudonym", serves="T44 S16"),
        C("before_digest", "操作前摘要 · Digest of the row before", "code", serves="S16"),
        C("after_digest", "操作后摘要 · Digest of the row after", "code", serves="S16"),
        C("aprv_flag", "有审批标志 · Approved by a second person", "flag", codes="YES_NO", serves="T44 S18"),
        r.UPDATED,
    ),
)

DATA_ACCESS_D = Table(
    "data_access_d", "数据访问日志 · Accesses to data", "agency", key=("access_id",),
    month="access_time", part="access_ym", sort=("opter_id", "access_time"),
    columns=(
        C("access_id", "访问ID · Access id", "code", required=True),
        r.for_use(r.COUNTY, "T44"), _OPERATOR,
        C("access_time", "访问时间 · At", "time", required=True, least=r.FIRST_DAY),
        C("obj_table", "访问对象表 · Table read", "code", serves="T44 S17"),
        C("row_cnt", "访问行数 · Rows read", "count", unit="行", least=0, most=10_000_000_000, serves="T44 S17"),
        C("export_flag", "导出标志 · Taken out", "flag", codes="YES_NO", serves="T44 S17"),
        C("grant_flag", "有授权标志 · Within the clerk's rights", "flag", codes="YES_NO", serves="T44 S17"),
        r.UPDATED,
    ),
)

TABLES = (MED_DFR_D, REVIEW_D, OPER_LOG_D, DATA_ACCESS_D)

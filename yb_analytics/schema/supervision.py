"""Supervision and partners: inspections, cases, tips, and registers of other agencies."""

from yb_analytics.schema.column import Column as C
from yb_analytics.schema.column import Table

_UPDATED = C("updt_time", "数据更新时间 · Row updated at", "time")
_COUNTY = C("insu_admdvs", "医保区划 · County", "code", codes="ADMDVS")

INSPECTION_D = Table(
    "inspection_d", "检查记录 · Inspections", "supervision", key=("inspection_id",),
    columns=(
        C("inspection_id", "检查ID · Inspection id", "code", required=True),
        _COUNTY,
        C("fixmedins_code", "定点医药机构编号 · Institution code", "code"),
        C("arm", "抽取方式 · How it was chosen", "code", codes="INSPECTION_ARM"),
        C("insp_date", "检查日期 · Inspected on", "date"),
        C("violation_flag", "发现违规 · Violation found", "flag", codes="YES_NO"),
        C("violation_amt", "违规金额 · Amount in violation", "money", unit="元"),
        C("self_return_amt", "自查退回金额 · Returned after self-check", "money", unit="元"),
        C("rectified_flag", "整改完成 · Put right", "flag", codes="YES_NO"),
        _UPDATED,
    ),
)

CASE_D = Table(
    "case_d", "案件信息 · Cases", "supervision", key=("case_id",),
    columns=(
        C("case_id", "案件ID · Case id", "code", required=True),
        _COUNTY,
        C("subject_type", "主体类型 · Kind of subject", "code", codes="SUBJECT_TYPE", required=True),
        C("subject_id", "主体编号 · Subject id", "code", personal="pseudonym"),
        C("case_type", "案件类型 · Administrative, agreement or criminal", "code", codes="CASE_TYPE", required=True),
        C("case_cause", "案由 · Cause", "code", codes="CASE_CAUSE"),
        C("public_flag", "公职人员 · Public employee", "flag", codes="YES_NO"),
        C("filed_date", "立案日期 · Filed on", "date"),
        C("decision_date", "决定日期 · Decided on", "date"),
        C("amt", "涉案金额 · Amount", "money", unit="元"),
        C("recovered_amt", "追回金额 · Amount recovered", "money", unit="元"),
        _UPDATED,
    ),
)

TIP_D = Table(
    "tip_d", "投诉举报 · Tips (no field names the informer)", "supervision", key=("tip_id",),
    columns=(
        C("tip_id", "举报ID · Tip id", "code", required=True),
        _COUNTY,
        C("recv_week", "受理周 · Week received (its Monday)", "date"),
        C("handled_flag", "已查处 · Dealt with", "flag", codes="YES_NO"),
        C("handled_days", "办理天数 · Days to deal with", "count", unit="天"),
        _UPDATED,
    ),
)

DATA_EVENT_D = Table(
    "data_event_d", "数据安全事件 · Records lost, tampered or leaked", "supervision", key=("event_id",),
    columns=(
        C("event_id", "事件ID · Event id", "code", required=True),
        _COUNTY,
        C("event_type", "事件类型 · Lost, tampered or leaked", "code", codes="DATA_EVENT", required=True),
        C("event_date", "发生日期 · Happened on", "date"),
        C("record_cnt", "涉及记录数 · Records touched", "count", unit="条"),
        _UPDATED,
    ),
)

LEAD_FEEDBACK_D = Table(
    "lead_feedback_d", "线索核查反馈 · Feedback on leads", "supervision", key=("lead_id", "event_time"),
    columns=(
        C("lead_id", "线索ID · Lead id", "code", required=True),
        C("event_time", "时间 · At", "time", required=True),
        C("state", "状态 · State", "code", codes="LEAD_STATE"),
        C("confirmed_amt", "查实金额 · Amount confirmed", "money", unit="元"),
        C("recovered_amt", "追回金额 · Amount recovered", "money", unit="元"),
        _UPDATED,
    ),
)

PS_DEATH = Table(
    "ps_death", "公安死亡登记 · Deaths (public security)", "partners", key=("psn_no",),
    columns=(
        C("psn_no", "人员编号 · Person number", "code", required=True, personal="pseudonym"),
        C("death_date", "死亡日期 · Died on", "date", required=True),
        C("reg_date", "登记日期 · Registered on", "date"),
        _UPDATED,
    ),
)

TAX_PAYROLL = Table(
    "tax_payroll", "税务工资申报 · Payroll declared to tax", "partners", key=("emp_no", "ym"),
    columns=(
        C("emp_no", "单位编号 · Employer number", "code", required=True),
        C("ym", "年月 · Month (YYYYMM)", "code", required=True),
        C("psn_cnt", "申报人数 · Persons declared", "count", unit="人"),
        C("wage_amt", "申报工资总额 · Wages declared", "money", unit="元"),
        _UPDATED,
    ),
)

TABLES = (INSPECTION_D, CASE_D, TIP_D, DATA_EVENT_D, LEAD_FEEDBACK_D, PS_DEATH, TAX_PAYROLL)

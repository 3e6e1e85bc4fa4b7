"""Supervision: inspections, cases, tips, credit, points, disclosure, disputes, and what became of leads.

No column here or anywhere could name a whistle-blower: tips are counted in weeks, rewards carry neither a tip nor a
payee.
"""

from yb_analytics.schema import recurring as r
from yb_analytics.schema.column import Column as C
from yb_analytics.schema.column import Table

INSPECTION_D = Table(
    "inspection_d", "检查记录 · Inspections", "supervision", key=("inspection_id",),
    columns=(
        C("inspection_id", "检查ID · Inspection id", "code", required=True),
        r.COUNTY, r.INSTITUTION_OR_NONE,
        C("arm", "抽取方式 · How it was chosen", "code", codes="INSPECTION_ARM"),
        C("insp_date", "检查日期 · Inspected on", "date", least=r.FIRST_DAY),
        C("violation_flag", "发现违规 · Violation found", "flag", codes="YES_NO"),
        r.money("violation_amt", "违规金额 · Amount in violation", 1e9),
        r.money("self_return_amt", "自查退回金额 · Returned after self-check", 1e9),
        C("rectified_flag", "整改完成 · Put right", "flag", codes="YES_NO"),
        r.UPDATED,
    ),
)

CASE_D = Table(
    "case_d", "案件信息 · Cases", "supervision", key=("case_id",),
    columns=(
        C("case_id", "案件ID · Case id", "code", required=True),
        r.COUNTY, r.SUBJECT_TYPE, r.for_use(r.SUBJECT_ID, "C1 C5"),
        C("case_type", "案件类型 · Administrative, agreement or criminal", "code", codes="CASE_TYPE", required=True),
        C("case_cause", "案由 · Cause", "code", codes="CASE_CAUSE"),
        C("public_flag", "公职人员 · Public employee", "flag", codes="YES_NO"),
        C("stage", "案件阶段 · Stage", "code", codes="CASE_STAGE", serves="C4"),
        C("filed_date", "立案日期 · Filed on", "date", least=r.FIRST_DAY),
        C("decision_date", "决定日期 · Decided on", "date", least=r.FIRST_DAY),
        r.money("amt", "涉案金额 · Amount", 1e9, serves="F24"),
        r.money("recovered_amt", "追回金额 · Amount recovered", 1e9, serves="F24"),
        r.UPDATED,
    ),
)

TIP_D = Table(
    "tip_d", "投诉举报 · Tips (no field names the informer)", "supervision", key=("tip_id",),
    columns=(
        C("tip_id", "举报ID · Tip id", "code", required=True),
        r.COUNTY,
        C("recv_week", "受理周 · Week received (its Monday)", "date", least=r.FIRST_DAY),
        C("handled_flag", "已查处 · Dealt with", "flag", codes="YES_NO"),
        C("handled_days", "办理天数 · Days to deal with", "count", unit="天", least=0, most=3_650, serves="S19"),
        r.UPDATED,
    ),
)

REWARD_D = Table(
    "reward_d", "举报奖励 · Rewards (no field names the payee or the tip)", "supervision", key=("reward_id",),
    columns=(
        C("reward_id", "奖励ID · Reward id", "code", required=True),
        r.for_use(r.COUNTY, "C3 S19"),
        C("paid_week", "发放周 · Week paid (its Monday)", "date", least=r.FIRST_DAY, serves="C3 S19"),
        r.money("case_amt", "查实金额 · Amount confirmed in the case", 1e9, serves="C3"),
        r.money("reward_amt", "奖励金额 · Reward", 200_000, serves="C3"),
        r.UPDATED,
    ),
)

DATA_EVENT_D = Table(
    "data_event_d", "数据安全事件 · Records lost, tampered or leaked", "supervision", key=("event_id",),
    columns=(
        C("event_id", "事件ID · Event id", "code", required=True),
        r.COUNTY,
        C("event_type", "事件类型 · Lost, tampered or leaked", "code", codes="DATA_EVENT", required=True),
        C("event_date", "发生日期 · Happened on", "date", least=r.FIRST_DAY),
        C("record_cnt", "涉及记录数 · Records touched", "count", unit="条", least=0, most=10_000_000_000,
          serves="S16 S17"),
        r.UPDATED,
    ),
)

CREDIT_EVENT_D = Table(
    "credit_event_d", "信用评价事项 · Credit events", "supervision", key=("event_id",),
    columns=(
        C("event_id", "事项ID · Event id", "code", required=True),
        r.for_use(r.COUNTY, "C1"),
        C("subject_type", "主体类型 · Kind of subject", "code", codes="SUBJECT_TYPE", required=True, serves="C1"),
        C("subject_id", "主体编号 · Subject id", "code", personal="pseudonym", serves="C1"),
        C("event_type", "事项类别 · Kind of event", "code", codes="CREDIT_EVENT", serves="C1"),
        C("event_date", "发生日期 · Happened on", "date", least=r.FIRST_DAY, serves="C1"),
        C("score", "加减分 · Points added or taken", "number", unit="分", least=-100, most=100, serves="C1"),
        C("repaired_date", "信用修复日期 · Repaired on", "date", least=r.FIRST_DAY, serves="C1"),
        r.for_use(r.CASE, "C1"),
        r.UPDATED,
    ),
)

POINTS_EVENT_D = Table(
    "points_event_d", "医保支付资格记分 · Points against staff (医保发〔2024〕23号)", "supervision", key=("event_id",),
    columns=(
        C("event_id", "记分ID · Points id", "code", required=True),
        r.for_use(r.COUNTY, "C2"),
        C("staff_code", "人员代码 · Doctor's, nurse's or pharmacist's code", "code", required=True, personal="pseudonym",
          serves="C2"),
        r.for_use(r.INSTITUTION_OR_NONE, "C2"),
        C("points", "记分 · Points", "count", unit="分", least=1, most=12, serves="C2"),
        C("resp_lv", "责任程度 · Degree of responsibility", "code", codes="RESP_LV", serves="C2"),
        C("event_date", "记分日期 · Given on", "date", least="2025-01-01", serves="C2"),
        C("suspend_until", "暂停或终止至 · Suspended or ended until", "date", least="2025-01-01", serves="C2"),
        r.for_use(r.CASE, "C2"),
        r.UPDATED,
    ),
)

LEAD_FEEDBACK_D = Table(
    "lead_feedback_d", "线索核查反馈 · Feedback on leads", "supervision", key=("lead_id", "event_time"),
    columns=(
        C("lead_id", "线索ID · Lead id", "code", required=True),
        C("event_time", "时间 · At", "time", required=True, least=r.FIRST_DAY),
        C("state", "状态 · State", "code", codes="LEAD_STATE", serves="C6"),
        r.money("confirmed_amt", "查实金额 · Amount confirmed", 1e9, serves="C6 F24"),
        r.money("recovered_amt", "追回金额 · Amount recovered", 1e9, serves="C6 F24"),
        r.UPDATED,
    ),
)

DISCLOSURE_D = Table(
    "disclosure_d", "信息公开与曝光 · Disclosures and exposed cases", "supervision", key=("disclosure_id",),
    columns=(
        C("disclosure_id", "公开ID · Disclosure id", "code", required=True),
        r.for_use(r.COUNTY, "C5"),
        C("duty", "公开事项 · What had to be disclosed", "code", codes="DISCLOSURE_DUTY", required=True, serves="C5"),
        C("discloser", "公开主体 · Who discloses", "code", codes="DISCLOSER", serves="C5"),
        C("period", "所属期间 · Period it is about", "code", serves="C5"),
        C("due_date", "应公开日期 · Due on", "date", least=r.FIRST_DAY, serves="C5"),
        C("disclosed_date", "公开日期 · Disclosed on", "date", least=r.FIRST_DAY, serves="C5"),
        r.for_use(r.CASE, "C5"),
        r.UPDATED,
    ),
)

DISPUTE_D = Table(
    "dispute_d", "参保缴费劳动争议 · Labour disputes about insurance", "supervision", key=("dispute_id",),
    columns=(
        C("dispute_id", "争议ID · Dispute id", "code", required=True),
        r.for_use(r.COUNTY, "S11"), r.for_use(r.EMPLOYER, "S11 T40"),
        C("dispute_type", "争议类别 · What it is about", "code", codes="DISPUTE_TYPE", serves="S11"),
        C("filed_date", "受理日期 · Filed on", "date", least=r.FIRST_DAY, serves="S11"),
        C("closed_date", "结案日期 · Closed on", "date", least=r.FIRST_DAY, serves="S11"),
        C("upheld_flag", "支持劳动者 · Decided for the worker", "flag", codes="YES_NO", serves="S11"),
        r.UPDATED,
    ),
)

TABLES = (INSPECTION_D, CASE_D, TIP_D, REWARD_D, DATA_EVENT_D, CREDIT_EVENT_D, POINTS_EVENT_D, LEAD_FEEDBACK_D,
          DISCLOSURE_D, DISPUTE_D)

"""Care: visits and stays, settlements, diagnoses and procedures, groups of a stay. Fee lines are in `lines`."""

from dataclasses import replace

from yb_analytics.schema import recurring as r
from yb_analytics.schema.column import Column as C
from yb_analytics.schema.column import Table

LARGEST = 5e6
"""Yuan: no settlement of one person is larger; refunds lie as deep below zero."""


def _fee(name: str, label: str, **marks) -> C:
    return r.money(name, label, LARGEST, -LARGEST, **marks)


MDTRT_D = Table(
    "mdtrt_d", "就诊信息 · Visits and stays", "care", key=("mdtrt_id",),
    month="begntime", part="mdtrt_ym", sort=("psn_no", "begntime"),
    columns=(
        replace(r.needed(r.VISIT), refers=""),
        r.PERSON, r.GENDER, r.BORN, r.INSURANCE, r.PERSON_TYPE, r.INSURED_AT,
        r.INSTITUTION, r.HOSPITAL_LEVEL, r.INSTITUTION_COUNTY,
        r.needed(r.CARE_KIND),
        C("begntime", "开始时间 · Begin", "time", required=True, least=r.FIRST_DAY),
        C("endtime", "结束时间 · End", "time", least=r.FIRST_DAY),
        C("ipt_days", "住院天数 · Days in hospital", "count", unit="天", least=0, most=3_650),
        C("adm_dept_codg", "入院科室编码 · Department of admission", "code"),
        C("adm_bed", "入院床位 · Bed", "code", serves="T02 T04"),
        C("chfpdr_code", "主诊医师代码 · Attending doctor", "code", refers="dr_info_b.dr_code"),
        C("dscg_maindiag_code", "住院主诊断代码 · Main diagnosis code", "code"),
        C("dscg_maindiag_name", "住院主诊断名称 · Main diagnosis name"),
        C("dscg_way", "离院方式 · Way of discharge", "code", codes="DSCG_WAY"),
        C("die_date", "死亡日期 · Died on", "date", least=r.FIRST_DAY, serves="T20"),
        C("oprn_oprt_code", "手术操作代码 · Procedure code", "code"),
        C("refl_old_mdtrt_id", "转诊前就诊ID · Visit before referral", "code", refers="mdtrt_d.mdtrt_id"),
        C("dise_no", "病种编号 · Listed disease the visit is for (chronic, single)", "code", serves="R11 T28"),
        C("ars_year_ipt_flag", "跨年度住院标志 · Stay across the year's end", "flag", codes="YES_NO", serves="T01"),
        C("matn_type", "生育类别 · Kind of delivery", "code", codes="MATN_TYPE", serves="T42"),
        C("ttp_pay_flag", "第三方责任标志 · A third party is liable", "flag", codes="YES_NO", serves="T37"),
        r.VALID, r.UPDATED,
    ),
    aliases={"adm_time": "begntime", "dscg_time": "endtime", "atddr_no": "chfpdr_code", "dept_code": "adm_dept_codg",
             "act_ipt_days": "ipt_days", "dise_codg": "dise_no"},
)

SETL_D = Table(
    "setl_d", "结算信息 · Settlements", "care", key=("setl_id",),
    month="setl_time", part="setl_ym", sort=("psn_no", "setl_time"),
    columns=(
        replace(r.needed(r.SETTLEMENT), refers=""),
        r.VISIT,
        C("init_setl_id", "原结算ID · Settlement this row reverses", "code", refers="setl_d.setl_id"),
        r.PERSON, r.GENDER, r.BORN, r.INSURANCE, r.PERSON_TYPE,
        C("cvlserv_flag", "公务员标志 · Civil servant", "flag", codes="YES_NO", serves="T49 S7"),
        r.INSURED_AT, r.EMPLOYER,
        C("pay_loc", "支付地点类别 · Place of payment", "code", codes="PAY_LOC"),
        r.INSTITUTION,
        C("fixmedins_name", "定点医药机构名称 · Institution name"),
        r.HOSPITAL_LEVEL, r.INSTITUTION_COUNTY,
        C("begndate", "开始日期 · Care begins", "date", least=r.FIRST_DAY),
        C("enddate", "结束日期 · Care ends", "date", least=r.FIRST_DAY),
        C("setl_time", "结算时间 · Settled at", "time", required=True, least=r.FIRST_DAY),
        C("mdtrt_cert_type", "就诊凭证类型 · Kind of credential", "code", codes="MDTRT_CERT_TYPE"),
        r.needed(r.CARE_KIND),
        C("setl_type", "结算类别 · At the office or online", "code", codes="SETL_TYPE", serves="T37 T36"),
        _fee("medfee_sumamt", "医疗费总额 · Total fee", required=True),
        _fee("fulamt_ownpay_amt", "全自费金额 · Wholly self-paid"),
        _fee("overlmt_selfpay", "超限价自费费用 · Paid above price limit"),
        _fee("preselfpay_amt", "先行自付金额 · Paid before cover"),
        _fee("inscp_amt", "符合范围金额 · Amount in scope"),
        _fee("act_pay_dedc", "实际支付起付线 · Deductible paid", serves="T01 T45"),
        _fee("hifp_pay", "统筹基金支出 · Paid by pool"),
        _fee("cvlserv_pay", "公务员医疗补助资金支出 · Paid by civil-servant supplement"),
        _fee("hifes_pay", "补充医疗保险基金支出 · Paid by enterprise supplement"),
        _fee("hifmi_pay", "大病补充医疗保险基金支出 · Paid by critical-illness cover"),
        _fee("hifob_pay", "大额医疗补助基金支出 · Paid by large-sum supplement"),
        _fee("hifdm_pay", "伤残人员医疗保障基金支出 · Paid by disabled veterans' cover", serves="R36"),
        _fee("maf_pay", "医疗救助基金支出 · Paid by medical assistance"),
        _fee("othfund_pay", "其它基金支付 · Paid by other funds"),
        _fee("fund_pay_sumamt", "基金支付总额 · Paid by all funds", required=True),
        _fee("psn_pay", "个人支付金额 · Paid by the person"),
        _fee("acct_pay", "个人账户支出 · Paid from personal account"),
        _fee("acct_mulaid_pay", "个人账户共济支付金额 · Paid from a relative's account", serves="T16 T17"),
        _fee("cash_payamt", "现金支付金额 · Paid in cash"),
        _fee("ownpay_hosp_part", "自费中医院负担部分 · Borne by the hospital", serves="R36"),
        r.money("balc", "余额 · Account balance after", LARGEST, -LARGEST),
        C("refd_setl_flag", "退费结算标志 · Refund mark", "flag", codes="REFD_SETL_FLAG"),
        C("mid_setl_flag", "中途结算标志 · Interim settlement", "flag", codes="YES_NO", serves="T01"),
        C("invono", "发票号 · Invoice", "code", serves="T37"),
        C("opter_id", "经办人ID · Who settled it", "code", personal="pseudonym", serves="T16 T17"),
        r.VALID, r.UPDATED,
    ),
    aliases={"inscp_scp_amt": "inscp_amt", "psn_cash_pay": "cash_payamt", "oth_pay": "othfund_pay",
             "psn_part_amt": "psn_pay", "hosp_part_amt": "ownpay_hosp_part", "psn_cashpay": "cash_payamt",
             "setl_begn_date": "begndate", "setl_end_date": "enddate", "bill_no": "invono"},
)

SETL_DIAG_D = Table(
    "setl_diag_d", "结算诊断与手术操作 · Diagnoses and procedures", "care",
    key=("setl_id", "diag_srt_no", "diag_type", "setl_list_diag_id"),
    columns=(
        r.needed(r.SETTLEMENT), r.VISIT, r.PERSON_OR_NONE,
        C("setl_list_diag_id", "清单诊断ID · Id of the entry; the platform's lists have no rank", "code"),
        C("diag_type", "诊断类别 · Kind of diagnosis", "code", codes="DIAG_TYPE"),
        C("diag_srt_no", "诊断排序号 · Rank of diagnosis", "count", least=0, most=100),
        C("maindiag_flag", "主诊断标志 · Main diagnosis", "flag", codes="YES_NO"),
        C("diag_code", "诊断代码 · Diagnosis code", "code", required=True),
        C("diag_name", "诊断名称 · Diagnosis name"),
        C("adm_cond_type", "入院病情类型 · Present on admission", "code", codes="ADM_COND_TYPE", serves="T29"),
        C("oprn_oprt_begntime", "手术操作开始时间 · Procedure begins", "time", least=r.FIRST_DAY, serves="R44 T33"),
        C("oprn_oprt_endtime", "手术操作结束时间 · Procedure ends", "time", least=r.FIRST_DAY, serves="T19 T33"),
        C("oper_dr_code", "术者医师代码 · Surgeon", "code", refers="dr_info_b.dr_code", serves="T33 T34"),
        r.for_use(r.VALID, "R35 R37"), r.UPDATED,
    ),
    aliases={"setl_list_oprn_id": "setl_list_diag_id", "oprn_oprt_name": "diag_name",
             "oprn_oprt_code": "diag_code", "main_oprn_flag": "maindiag_flag", "adm_cond": "adm_cond_type",
             "oprn_oprt_date": "oprn_oprt_begntime"},
    known_as={"setl_list_diag_d": {}, "mdcs_fund_setl_list_diag_d": {}, "setl_list_oprn_d": {"diag_type": "9"},
              "mdcs_fund_setl_list_oprn_d": {"diag_type": "9"}},
)

DRG_GROUP_D = Table(
    "drg_group_d", "DRG/DIP分组结果 · Groups of stays and their payment", "care", key=("setl_id",),
    columns=(
        r.needed(r.SETTLEMENT),
        r.for_use(r.INSTITUTION_OR_NONE, "T29"),
        C("grp_code", "分组编码 · Group", "code", serves="T01 T29"),
        C("grp_name", "分组名称 · Name of the group", serves="T29"),
        C("cc_lv", "并发症合并症等级 · Complication level", "code", codes="CC_LV", serves="T29"),
        C("grp_weight", "权重或分值 · Weight", "number", least=0, most=1e5, serves="T29"),
        r.money("std_amt", "支付标准 · Payment standard", LARGEST, serves="T01 T29"),
        r.money("pay_amt", "按组支付金额 · Paid for the group", LARGEST, -LARGEST, serves="T29 T01"),
        C("sp_case_flag", "特例单议标志 · Special case, paid by its items after review", "flag", codes="YES_NO"),
        C("avg_days", "组平均住院日 · Mean days of the group", "number", unit="天", least=0, most=365, serves="T03 T29"),
        r.UPDATED,
    ),
)

TABLES = (MDTRT_D, SETL_D, SETL_DIAG_D, DRG_GROUP_D)

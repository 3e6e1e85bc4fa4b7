"""People and employers: who is insured, where, by whom."""

from yb_analytics.schema.column import Column as C
from yb_analytics.schema.column import Table

_UPDATED = C("updt_time", "数据更新时间 · Row updated at", "time")

PSN_INFO_B = Table(
    "psn_info_b", "人员基本信息 · Persons", "people", key=("psn_no",),
    columns=(
        C("psn_no", "人员编号 · Person number", "code", required=True, personal="pseudonym"),
        C("psn_name", "人员姓名 · Name", personal="hashed"),
        C("certno", "证件号码 · Certificate number", "code", personal="hashed"),
        C("tel", "联系电话 · Telephone", personal="hashed"),
        C("live_addr", "居住地地址 · Address", personal="hashed"),
        C("link_code", "身份比对码 · Linkage code, made of the four above at ingest", personal="hashed"),
        C("gend", "性别 · Sex", "code", codes="GEND"),
        C("brdy", "出生日期 · Birth date", "date"),
        C("resd_loc_admdvs", "户口所在地医保区划 · County of residence", "code", codes="ADMDVS"),
        C("surv_stas", "生存状态 · Alive", "code", codes="SURV_STAS"),
        _UPDATED,
    ),
)

PSN_INSU_D = Table(
    "psn_insu_d", "人员参保信息 · Spells of insurance", "people", key=("psn_insu_rlts_id",),
    columns=(
        C("psn_insu_rlts_id", "人员参保关系ID · Spell id", "code", required=True),
        C("psn_no", "人员编号 · Person number", "code", required=True, personal="pseudonym"),
        C("emp_no", "单位编号 · Employer number", "code"),
        C("insutype", "险种类型 · Insurance type", "code", codes="INSUTYPE"),
        C("psn_type", "人员类别 · Person type", "code", codes="PSN_TYPE"),
        C("insu_admdvs", "参保所属医保区划 · County of insurance", "code", codes="ADMDVS"),
        C("crt_insu_date", "本次参保日期 · Spell begins", "date"),
        C("paus_insu_date", "暂停参保日期 · Spell pauses", "date"),
        C("psn_insu_stas", "人员参保状态 · State of insurance", "code", codes="PSN_INSU_STAS"),
        C("quts_type", "编制类型 · Kind of establishment", "code", codes="QUTS_TYPE"),
        _UPDATED,
    ),
)

INSU_EMP_INFO_B = Table(
    "insu_emp_info_b", "参保单位信息 · Employers", "people", key=("emp_no",),
    columns=(
        C("emp_no", "单位编号 · Employer number", "code", required=True),
        C("emp_name", "单位名称 · Employer name"),
        C("emp_type", "单位类型 · Kind of employer", "code", codes="EMP_TYPE"),
        C("insu_admdvs", "参保所属医保区划 · County of insurance", "code", codes="ADMDVS"),
        _UPDATED,
    ),
)

EMP_CLCT_DETL_D = Table(
    "emp_clct_detl_d", "单位缴费明细 · Employers' contributions by month", "people",
    key=("emp_no", "cashym", "insutype"),
    columns=(
        C("emp_no", "单位编号 · Employer number", "code", required=True),
        C("cashym", "费款所属期 · Month the contribution is for (YYYYMM)", "code", required=True),
        C("insutype", "险种类型 · Insurance type", "code", codes="INSUTYPE"),
        C("insu_admdvs", "参保所属医保区划 · County of insurance", "code", codes="ADMDVS"),
        C("clct_psncnt", "缴费人数 · Persons contributed for", "count", unit="人"),
        C("psn_clctstd_sumamt", "个人缴费基数总额 · Sum of contribution bases", "money", unit="元"),
        C("staf_totlwag", "职工工资总额 · Payroll", "money", unit="元"),
        C("amt", "金额 · Amount due", "money", unit="元"),
        C("arvl_amt", "到账金额 · Amount received", "money", unit="元"),
        C("arvl_date", "到账日期 · Received on", "date"),
        _UPDATED,
    ),
)

TABLES = (PSN_INFO_B, PSN_INSU_D, INSU_EMP_INFO_B, EMP_CLCT_DETL_D)

"""People and employers: who is insured, where, by whom."""

from dataclasses import replace

from yb_analytics.schema import recurring as r
from yb_analytics.schema.column import Column as C
from yb_analytics.schema.column import Table

PSN_INFO_B = Table(
    "psn_info_b", "人员基本信息 · Persons", "people", key=("psn_no",),
    columns=(
        replace(r.PERSON, refers=""),
        C("psn_name", "人员姓名 · Name", personal="hashed"),
        C("certno", "证件号码 · Certificate number", "code", personal="hashed"),
        C("tel", "联系电话 · Telephone", personal="hashed"),
        C("live_addr", "居住地地址 · Address", personal="hashed"),
        C("link_code", "身份比对码 · Linkage code, made of the four above at ingest", personal="hashed"),
        r.GENDER, r.BORN,
        C("resd_loc_admdvs", "户口所在地医保区划 · County of residence", "code", codes="ADMDVS", serves="F6 S9"),
        C("surv_stas", "生存状态 · Alive", "code", codes="SURV_STAS", serves="T20"),
        r.UPDATED,
    ),
    aliases={"mob": "tel"},
)

PSN_INSU_D = Table(
    "psn_insu_d", "人员参保信息 · Spells of insurance", "people", key=("psn_insu_rlts_id",),
    columns=(
        C("psn_insu_rlts_id", "人员参保关系ID · Spell id", "code", required=True),
        r.PERSON, r.EMPLOYER, r.INSURANCE, r.for_use(r.PERSON_TYPE, "T39 T49"), r.INSURED_AT,
        C("crt_insu_date", "本次参保日期 · Spell begins", "date", least=r.FIRST_DAY),
        C("paus_insu_date", "暂停参保日期 · Spell pauses", "date", least=r.FIRST_DAY),
        C("psn_insu_stas", "人员参保状态 · State of insurance", "code", codes="PSN_INSU_STAS"),
        C("quts_type", "编制类型 · Kind of establishment", "code", codes="QUTS_TYPE", serves="T49 S7"),
        r.UPDATED,
    ),
    aliases={"psn_insu_date": "crt_insu_date", "insuplc_admdvs": "insu_admdvs"},
)

INSU_EMP_INFO_B = Table(
    "insu_emp_info_b", "参保单位信息 · Employers", "people", key=("emp_no",),
    columns=(
        replace(r.needed(r.EMPLOYER), refers=""),
        C("emp_name", "单位名称 · Employer name", serves="T39"),
        C("emp_type", "单位类型 · Kind of employer", "code", codes="EMP_TYPE", serves="T49 S7"),
        C("emp_addr", "单位地址 · Employer's address", serves="T39"),
        C("tax_reg_no", "税务登记号（统一社会信用代码） · Tax registration, now the social credit code", "code",
          refers="market_registration.uscc", serves="T39 T40"),
        r.INSURED_AT,
        r.UPDATED,
    ),
    aliases={"loc_admdvs": "insu_admdvs"},
)

TABLES = (PSN_INFO_B, PSN_INSU_D, INSU_EMP_INFO_B)

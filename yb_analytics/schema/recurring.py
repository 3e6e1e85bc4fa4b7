"""Columns that stand in many tables, declared once: a table takes them as they are or with other marks.

`replace` of `dataclasses` makes the variants, so that label, code list, bounds and references stay one fact.
"""

from dataclasses import replace

from yb_analytics.schema.column import Column as C

FIRST_DAY = "1990-01-01"
"""No record of the insurance is older: the first city pilots began later."""

UPDATED = C("updt_time", "数据更新时间 · Row updated at", "time", least=FIRST_DAY)
CREATED = C("crte_time", "数据创建时间 · Row written at", "time", required=True, least=FIRST_DAY)
REPORTED = C("rpt_date", "报送日期 · Reported to the bureau on", "date", least=FIRST_DAY)
VALID = C("vali_flag", "有效标志 · Row is valid", "flag", codes="VALI_FLAG")

PERSON = C("psn_no", "人员编号 · Person number", "code", required=True, personal="pseudonym", refers="psn_info_b.psn_no")
PERSON_OR_NONE = replace(PERSON, required=False)
GENDER = C("gend", "性别 · Sex", "code", codes="GEND")
BORN = C("brdy", "出生日期 · Birth date", "date", least="1900-01-01")
INSURANCE = C("insutype", "险种类型 · Insurance type", "code", codes="INSUTYPE")
PERSON_TYPE = C("psn_type", "人员类别 · Person type", "code", codes="PSN_TYPE", serves="T49")
INSURED_AT = C("insu_admdvs", "参保所属医保区划 · County of insurance", "code", codes="ADMDVS")
COUNTY = C("insu_admdvs", "医保区划 · County", "code", codes="ADMDVS")

EMPLOYER = C("emp_no", "单位编号 · Employer number", "code", refers="insu_emp_info_b.emp_no")
INSTITUTION = C("fixmedins_code", "定点医药机构编号 · Institution code", "code", required=True,
                refers="fixmedins_b.fixmedins_code")
INSTITUTION_OR_NONE = replace(INSTITUTION, required=False)
INSTITUTION_COUNTY = C("fix_blng_admdvs", "定点归属医保区划 · County of institution", "code", codes="ADMDVS")
HOSPITAL_LEVEL = C("hosp_lv", "医院等级 · Hospital level", "code", codes="HOSP_LV")
CREDIT_CODE = C("uscc", "统一社会信用代码 · Unified social credit code", "code")
CARE_KIND = C("med_type", "医疗类别 · Kind of care", "code", codes="MED_TYPE")

VISIT = C("mdtrt_id", "就诊ID · Visit id", "code", refers="mdtrt_d.mdtrt_id")
SETTLEMENT = C("setl_id", "结算ID · Settlement id", "code", refers="setl_d.setl_id")
LINE = C("bkkp_sn", "记账流水号 · Fee line", "code", refers="fee_list_d.bkkp_sn")
ITEM = C("hilist_code", "医保目录编码 · Catalogue code", "code", refers="hilist_b.hilist_code")
CASE = C("case_id", "案件ID · Case id", "code", refers="case_d.case_id")
SUBJECT_TYPE = C("subject_type", "主体类型 · Kind of subject", "code", codes="SUBJECT_TYPE", required=True)
SUBJECT_ID = C("subject_id", "主体编号 · Subject id", "code", personal="pseudonym")

MONTH = C("ym", "年月 · Month (YYYYMM)", "code", required=True)
PAID_FOR = C("cashym", "费款所属期 · Month the money is for (YYYYMM)", "code", required=True)


def needed(column: C) -> C:
    """The same column, required.

    Examples
    --------
    >>> needed(EMPLOYER).required, EMPLOYER.required
    (True, False)
    """
    return replace(column, required=True)


def for_use(column: C, serves: str) -> C:
    """The same column, held for what `serves` names.

    Examples
    --------
    >>> for_use(EMPLOYER, "T39").serves
    'T39'
    """
    return replace(column, serves=serves)


def money(name: str, label: str, most: float, least: float = 0.0, **marks) -> C:
    """A column of yuan with the bounds between which an amount is plausible.

    Examples
    --------
    >>> c = money("amt", "金额 · Amount", 1e6, serves="T41")
    >>> c.kind, c.unit, c.least, c.most
    ('money', '元', 0.0, 1000000.0)
    """
    return C(name, label, "money", unit="元", least=least, most=most, **marks)

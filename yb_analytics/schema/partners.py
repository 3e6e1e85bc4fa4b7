"""Registers of other agencies: persons (public security, civil affairs, health, employment).

Partner rows arrive late and are sometimes wrong: every table says when an event happened and when it was reported
(`rpt_date`), so that a screening of March can be asked what it could have known in March. Persons stand under their
number of the insurance: the exchange platform matches certificate numbers before it sends.
"""

from yb_analytics.schema import recurring as r
from yb_analytics.schema.column import Column as C
from yb_analytics.schema.column import Table


def _begins(name: str, label: str, kind: str = "date", **marks) -> C:
    return C(name, label, kind, least=r.FIRST_DAY, **marks)


_REPORTED_OF_CUSTODY, _REPORTED_OF_DEATH = r.for_use(r.REPORTED, "T18"), r.for_use(r.REPORTED, "T20")

PS_DEATH = Table(
    "ps_death", "公安死亡登记 · Deaths (public security)", "partners", key=("psn_no",),
    columns=(
        r.PERSON,
        C("death_date", "死亡日期 · Died on", "date", required=True, least="1950-01-01"),
        C("reg_date", "登记日期 · Registered on", "date", least="1950-01-01", serves="T20"),
        r.UPDATED,
    ),
)

PS_CUSTODY = Table(
    "ps_custody", "公安监管羁押 · Custody (public security)", "partners", key=("psn_no", "begn_time"),
    columns=(
        r.PERSON,
        _begins("begn_time", "收押时间 · Taken into custody", "time", required=True),
        _begins("end_time", "释放时间 · Released", "time", serves="T18"),
        C("custody_type", "羁押类别 · Kind of custody", "code", codes="CUSTODY_TYPE", serves="T18"),
        _REPORTED_OF_CUSTODY, r.UPDATED,
    ),
)

PS_EXIT_ENTRY = Table(
    "ps_exit_entry", "公安出入境 · Journeys abroad (public security)", "partners", key=("psn_no", "exit_time"),
    columns=(
        r.PERSON,
        _begins("exit_time", "出境时间 · Left the country", "time", required=True),
        _begins("entry_time", "入境时间 · Came back", "time", serves="T18"),
        _REPORTED_OF_CUSTODY, r.UPDATED,
    ),
)

CIVIL_CREMATION = Table(
    "civil_cremation", "民政火化登记 · Cremations (civil affairs)", "partners", key=("psn_no",),
    columns=(
        r.PERSON,
        C("cremation_date", "火化日期 · Cremated on", "date", required=True, least="1950-01-01", serves="T20"),
        _REPORTED_OF_DEATH, r.UPDATED,
    ),
)

CIVIL_ASSISTANCE = Table(
    "civil_assistance", "民政救助对象 · Persons on social assistance (civil affairs)", "partners",
    key=("psn_no", "assist_type", "begn_date"),
    columns=(
        r.PERSON,
        C("assist_type", "救助类别 · Kind of assistance", "code", codes="ASSIST_TYPE", required=True),
        _begins("begn_date", "开始日期 · From", required=True),
        _begins("end_date", "结束日期 · Until", serves="T37"),
        r.for_use(r.REPORTED, "T37"), r.UPDATED,
    ),
)

HR_EMPLOYMENT = Table(
    "hr_employment", "人社就业登记 · Employment (human resources)", "partners", key=("psn_no", "emp_no", "begn_date"),
    columns=(
        r.PERSON, r.needed(r.EMPLOYER),
        _begins("begn_date", "就业日期 · Employed from", required=True),
        _begins("end_date", "终止日期 · Employed until", serves="T39"),
        r.for_use(r.REPORTED, "T39"), r.UPDATED,
    ),
)

HR_INJURY = Table(
    "hr_injury", "人社工伤认定与支付 · Work injuries and what was paid (human resources)", "partners",
    key=("injury_id",),
    columns=(
        C("injury_id", "工伤案件ID · Injury id", "code", required=True),
        r.for_use(r.PERSON, "T37 R1 R16"), r.for_use(r.EMPLOYER, "T37"), r.for_use(r.INSTITUTION_OR_NONE, "T37"),
        _begins("injury_date", "受伤日期 · Injured on", serves="T37 R1 R16"),
        _begins("treat_end", "治疗结束日期 · Treated until", serves="T37"),
        r.money("paid_amt", "工伤基金支付金额 · Paid by the injury fund", 5e6, serves="T37"),
        C("invono", "发票号 · Invoice", "code", serves="T37"),
        r.for_use(r.REPORTED, "T37"), r.UPDATED,
    ),
)

HEALTH_BIRTH = Table(
    "health_birth", "卫健出生医学证明 · Births (health)", "partners", key=("birth_id",),
    columns=(
        C("birth_id", "出生证明ID · Birth id", "code", required=True),
        C("psn_no", "母亲人员编号 · Mother's person number", "code", required=True, personal="pseudonym",
          refers="psn_info_b.psn_no", serves="T42"),
        r.for_use(r.INSTITUTION_OR_NONE, "T42"),
        _begins("birth_date", "出生日期 · Born on", required=True, serves="T42"),
        C("matn_type", "生育类别 · Kind of delivery", "code", codes="MATN_TYPE", serves="T42"),
        r.for_use(r.REPORTED, "T42"), r.UPDATED,
    ),
)

TABLES = (PS_DEATH, PS_CUSTODY, PS_EXIT_ENTRY, CIVIL_CREMATION, CIVIL_ASSISTANCE, HR_EMPLOYMENT, HR_INJURY,
          HEALTH_BIRTH)

"""A line's item is allowed for some persons, insurances, institutions or kinds of care only."""

from yb_analytics.rules._patterns import pattern
from yb_analytics.schema.codes_national import NATIONAL

KINDS, INSURANCES = tuple(NATIONAL["MED_TYPE"]), tuple(NATIONAL["INSUTYPE"])
"""National codes: what is coded otherwise is not known, and what is not known violates nothing."""
DEPARTMENT = "^[A-D][0-9]{2}"
"""How the national list of departments is coded; hospitals' own numbers say nothing."""
DISEASE = "(^|;)[A-Z][0-9]{2}"
"""A diagnosis in ICD-10; codes of Chinese medicine and procedures alone name no disease of a point."""
_SEX, _BORN = ("psn_info_b.gend", "setl_d.gend"), ("psn_info_b.brdy", "setl_d.brdy")
_INSURED = ("setl_d.insutype", "mdtrt_d.insutype")
_DIAGNOSED = ("mdtrt_d.dscg_maindiag_code", "setl_diag_d.diag_code")
FACTS = {"sex": _SEX, "age_min": _BORN, "age_max": _BORN, "age_days_max": _BORN, "insutype": _INSURED,
         "insutype_not": _INSURED, "level_min": ("setl_d.hosp_lv", "mdtrt_d.hosp_lv", "fixmedins_b.hosp_lv"),
         "med_type": ("mdtrt_d.med_type", "setl_d.med_type", "fee_list_d.med_type"),
         "department": ("fee_list_d.bilg_dept_codg",), "diagnosis": _DIAGNOSED, "diagnosis_not": _DIAGNOSED,
         "diagnosis_chronic": _DIAGNOSED, "not_paid": ("fee_list_d.inscp_amt",)}
"""Where a person, an institution and a bill tell what a condition asks about."""
CHRONIC = "14"
"""MED_TYPE of care of chronic and special diseases (门诊慢特病)."""


@pattern(grain="line", claims="line", losses=("whole_line",), needs=("fee_list_d", "setl_d"), predicate=True,
         conditions=("sex", "age_min", "age_max", "age_days_max", "insutype", "insutype_not", "level_min",
                     "med_type", "department", "diagnosis", "diagnosis_not", "diagnosis_chronic", "not_paid"),
         asks={"department": "line", "not_paid": "line", "sex": "person", "age_min": "person", "age_max": "person",
               "age_days_max": "person"},
         facts=FACTS,
         say="{day}结算的“{item}”{limit}，实际为{found}，共{n}条明细")
def attribute_limit(row):
    """属性限定 · Attribute limit.

    The knowledge point names a condition and the values allowed; an attribute that is unknown, or coded otherwise
    than the nation codes it, never violates.
    """
    listed = row["value"].split(";")
    told, named = row.diagnoses.re_search(DISEASE), row.diagnoses.re_search(row.prefixes)
    days = row.day.delta(row.born, unit="day")
    department = row.bilg_dept_codg.upper()
    known = {
        "sex": (row.gend.isin(["1", "2"]) & ~listed.contains(row.gend), row.gend),
        "age_min": (row.age < row.number, row.age.cast("string")),
        "age_max": (row.age > row.number, row.age.cast("string")),
        "insutype": (row.insutype.isin(INSURANCES) & ~listed.contains(row.insutype), row.insutype),
        "insutype_not": (listed.contains(row.insutype), row.insutype),
        "level_min": (row.grade < row.number, row.hosp_lv),
        "med_type": (row.kind.isin(KINDS) & ~listed.contains(row.kind), row.kind),
        "department": (department.re_search(DEPARTMENT) & ~department.re_search("^(" + row["value"].replace(
            ";", "|") + ")"), row.bilg_dept_codg),
        "age_days_max": ((row.age >= 0) & (days > row.number), days.cast("string")),
        "diagnosis": (told & ~named, row.diagnoses),
        "diagnosis_not": (told & named, row.diagnoses),
        "diagnosis_chronic": ((row.kind == CHRONIC) & told & ~named, row.diagnoses),
        "not_paid": (row.inscp_amt > 0, row.inscp_amt.cast("float64").cast("string")),
    }
    return {c: {"violated": bad, "found": found, "take": None, "of": None} for c, (bad, found) in known.items()}

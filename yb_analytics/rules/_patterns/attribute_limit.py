"""A line's item is allowed for some persons, insurances, institutions or kinds of care only."""

from yb_analytics.rules._patterns import pattern

CHRONIC = "14"
"""MED_TYPE of care of chronic and special diseases (门诊慢特病)."""


@pattern(grain="line", claims="line", losses=("whole_line",), needs=("fee_list_d", "setl_d"), predicate=True,
         conditions=("sex", "age_min", "age_max", "age_days_max", "insutype", "insutype_not", "level_min",
                     "med_type", "department", "diagnosis", "diagnosis_not", "diagnosis_chronic", "not_paid"),
         asks={"department": "line", "not_paid": "line", "sex": "person", "age_min": "person", "age_max": "person",
               "age_days_max": "person"},
         say="{day}结算的“{item}”{limit}，实际为{found}，共{n}条明细")
def attribute_limit(row):
    """属性限定 · Attribute limit.

    The knowledge point names a condition and the values allowed; an attribute that is unknown never violates.
    """
    listed = row["value"].split(";")
    told, named = row.diagnoses.notnull(), row.diagnoses.re_search(row.prefixes)
    days = row.day.delta(row.born, unit="day")
    known = {
        "sex": (row.gend.isin(["1", "2"]) & ~listed.contains(row.gend), row.gend),
        "age_min": (row.age < row.number, row.age.cast("string")),
        "age_max": (row.age > row.number, row.age.cast("string")),
        "insutype": (~listed.contains(row.insutype), row.insutype),
        "insutype_not": (listed.contains(row.insutype), row.insutype),
        "level_min": (row.grade < row.number, row.hosp_lv),
        "med_type": (~listed.contains(row.kind), row.kind),
        "department": (~listed.contains(row.bilg_dept_codg), row.bilg_dept_codg),
        "age_days_max": (days > row.number, days.cast("string")),
        "diagnosis": (told & ~named, row.diagnoses),
        "diagnosis_not": (told & named, row.diagnoses),
        "diagnosis_chronic": ((row.kind == CHRONIC) & told & ~named, row.diagnoses),
        "not_paid": (row.inscp_amt > 0, row.inscp_amt.cast("float64").cast("string")),
    }
    return {c: {"violated": bad, "found": found, "take": None, "of": None} for c, (bad, found) in known.items()}

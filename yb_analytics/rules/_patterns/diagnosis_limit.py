"""A diagnosis the person cannot have by sex or age."""

from yb_analytics.rules._patterns import hits, pattern
from yb_analytics.rules._patterns.attribute_limit import FACTS
from yb_analytics.rules._rows import age_on, one_sex


@pattern(grain="settlement", claims="settlement", losses=("whole_settlement",), needs=("mdtrt_d", "setl_d"),
         conditions=("sex", "age_min", "age_max"), keyed="diagnosis",
         facts={c: FACTS[c] for c in ("sex", "age_min", "age_max")},
         say="{day}的诊断“{item}”{limit}，参保人登记为{found}")
def diagnosis_limit(asked):
    """诊断与性别年龄 · Diagnosis against sex and age.

    Points name a diagnosis by ICD-10 prefix; main diagnoses of visits and all diagnoses of settlements count.
    """
    care = asked.settlements
    persons = asked.w.psn_info_b.select("psn_no", gend_p="gend", brdy_p="brdy")
    care = care.left_join(persons, "psn_no")
    care = care.select("setl_id", "mdtrt_id", "fixmedins_code", day=care.setl_time.date(),
                       gend=one_sex(care.gend_p, care.gend), brdy=care.brdy_p.fill_null(care.brdy))
    visits = asked.w.mdtrt_d.select("mdtrt_id", diag_code="dscg_maindiag_code", diag_name="dscg_maindiag_name")
    listed = asked.w.setl_diag_d.filter(lambda t: t.diag_type.fill_null("1") == "1")
    listed = listed.select("setl_id", "diag_code", "diag_name")
    rows = care.join(visits, "mdtrt_id").select(*care.columns, "diag_code", "diag_name").union(
        care.join(listed, "setl_id").select(*care.columns, "diag_code", "diag_name"))
    points = asked.points
    found = rows.join(points, [rows.diag_code.substr(0, 3) == points.item_code.substr(0, 3),
                               rows.day >= points.valid_from, rows.day <= points.valid_until])
    found = found.filter(found.diag_code.startswith(found.item_code))
    return _violated(found)


def _violated(found):
    age = age_on(found.brdy, found.day)
    sex = (found.condition == "sex") & found.gend.isin(["1", "2"]) & (found.gend != found["value"])
    old = (found.condition == "age_max") & (age > found.number)
    young = (found.condition == "age_min") & (age < found.number)
    said = (found.condition == "sex").ifelse(found.gend, age.cast("string"))
    found = found.mutate(said=said).filter(sex | old | young)
    return hits(found, id=found.setl_id, grp=found.setl_id, subject_id=found.fixmedins_code, point_id=found.point_id,
                item=found.diag_name.fill_null(found.diag_code), condition=found.condition, limit=found["value"],
                found=found.said)

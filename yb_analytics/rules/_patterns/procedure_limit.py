"""A procedure that the person's sex or the diagnoses of the stay do not allow."""

from yb_analytics.rules._patterns import hits, pattern
from yb_analytics.rules._patterns.attribute_limit import DISEASE, FACTS
from yb_analytics.rules._rows import bare, one_sex, prefixes_of


@pattern(grain="settlement", claims="settlement", losses=("whole_settlement",), needs=("setl_d",),
         conditions=("sex", "diagnosis"), keyed="procedure", facts={"sex": FACTS["sex"]},
         say="{day}的手术操作“{item}”{limit}，实际为{found}")
def procedure_limit(asked):
    """手术操作与性别、诊断 · Procedure against sex and diagnosis.

    Points name a procedure by the beginning of its code. What is not known (sex, any diagnosis) never violates.
    """
    w, points = asked.w, asked.points
    care = asked.settlements
    persons = w.psn_info_b.select("psn_no", gend_p="gend")
    care = care.left_join(persons, "psn_no")
    care = care.select("setl_id", "mdtrt_id", "fixmedins_code", day=care.setl_time.date(),
                       gend=one_sex(care.gend_p, care.gend))
    done = _done(w)
    rows = care.inner_join(done, "setl_id").select(*care.columns, "code", "label")
    rows = rows.mutate(chapter=rows.code.substr(0, 2))
    found = rows.join(points, [rows.chapter == points.item_code.substr(0, 2), rows.day >= points.valid_from,
                               rows.day <= points.valid_until])
    found = found.filter(found.code.startswith(found.item_code))
    said = w.setl_diag_d.filter(lambda t: t.diag_type.fill_null("1") == "1")
    said = said.group_by(bill="setl_id").agg(diagnoses=bare(said.diag_code.group_concat(";")))
    found = found.left_join(said, found.setl_id == said.bill)
    told, named = found.diagnoses.re_search(DISEASE), found.diagnoses.re_search(prefixes_of(found["value"]))
    sex = (found.condition == "sex") & found.gend.isin(["1", "2"]) & (found.gend != found["value"])
    other = (found.condition == "diagnosis") & told & ~named
    shown = (found.condition == "sex").ifelse(found.gend, found.diagnoses)
    found = found.mutate(shown=shown).filter(sex | other)
    return hits(found, id=found.setl_id, grp=found.setl_id, subject_id=found.fixmedins_code, point_id=found.point_id,
                item=found.label, condition=found.condition, limit=found["value"], found=found.shown)


def _done(w):
    """Procedures of settlements: those listed, and the main one of the visit."""
    listed = w.setl_diag_d.filter(w.setl_diag_d.diag_type == "9")
    listed = listed.select("setl_id", code="diag_code", label=listed.diag_name.fill_null(listed.diag_code))
    visits = w.mdtrt_d.filter(w.mdtrt_d.oprn_oprt_code.notnull())
    main = w.valid_settlements.inner_join(visits.select("mdtrt_id", code="oprn_oprt_code"), "mdtrt_id")
    return listed.union(main.select("setl_id", "code", label="code"))

"""Fee lines with their knowledge points and what the points ask about: person, institution, kind of care."""

from __future__ import annotations

from functools import reduce

import ibis
from ibis.expr import types as ir

from yb_analytics.rules._patterns import Asked, Pattern, coded, hits
from yb_analytics.schema import PHARMACY

_GRADE = {"01": 3, "02": 3, "03": 3, "04": 3, "05": 2, "06": 2, "07": 2, "08": 1, "09": 1, "10": 1, "11": 0}
"""HOSP_LV → grade; the code list of the platform, not a threshold."""


def age_on(born: ir.DateValue, day: ir.DateValue) -> ir.IntegerValue:
    """Completed years on a day."""
    before = (day.month() * 100 + day.day()) < (born.month() * 100 + born.day())
    return day.year() - born.year() - before.ifelse(1, 0)


def _open(rows: ir.Table, patterns: list[Pattern]) -> ir.Table:
    """Without the lines that a predicate of the line alone finds in order."""
    alone = [(c, v["violated"]) for p in patterns if p.alone for c, v in p.fn(rows).items()]
    return rows.filter(rows.condition.cases(*alone, else_=True).fill_null(False)) if alone else rows


def line_rows(asked: Asked, patterns: list[Pattern], with_diagnoses: bool) -> ir.Table:
    """One row per fee line of the period and live point of its item, with attributes, where it may be a hit."""
    w = asked.w
    rows = coded(asked.lines, asked.points)
    rows = _open(rows.filter(rows.cnt > 0), patterns)
    settled = w.valid_settlements.select("setl_id", gend_s="gend", brdy_s="brdy", insutype_s="insutype",
                                         hosp_lv_s="hosp_lv", med_type_s="med_type")
    visits = w.mdtrt_d.select("mdtrt_id", diagnosis_v="dscg_maindiag_code", insutype_v="insutype", hosp_lv_v="hosp_lv",
                              med_type_v="med_type")
    persons = w.psn_info_b.select("psn_no", gend_p="gend", brdy_p="brdy")
    rows = rows.left_join(settled, "setl_id").left_join(visits, "mdtrt_id").left_join(persons, "psn_no")
    rows = rows.mutate(
        gend=rows.gend_p.fill_null(rows.gend_s), born=rows.brdy_p.fill_null(rows.brdy_s),
        insutype=rows.insutype_s.fill_null(rows.insutype_v), hosp_lv=rows.hosp_lv_s.fill_null(rows.hosp_lv_v),
        kind=rows.med_type_v.fill_null(rows.med_type_s).fill_null(rows.med_type).substr(0, 2))
    grade = rows.hosp_lv.cases(*_GRADE.items(), else_=ibis.null("int8"))
    rows = rows.mutate(age=age_on(rows.born, rows.day), grade=rows.kind.isin(PHARMACY).ifelse(ibis.null("int8"), grade),
                       prefixes="(^|;)(" + rows["value"].replace(";", "|").replace(".", "[.]") + ")")
    return _diagnosed(w, rows) if with_diagnoses else rows.mutate(diagnoses=rows.diagnosis_v)


def _diagnosed(w, rows: ir.Table) -> ir.Table:
    listed = w.setl_diag_d.semi_join(rows, "setl_id")
    listed = listed.group_by(bill="setl_id").agg(all_codes=listed.diag_code.group_concat(";"))
    rows = rows.left_join(listed, rows.setl_id == listed.bill)
    both = rows.diagnosis_v.fill_null("") + ";" + rows.all_codes.fill_null("")
    return rows.mutate(diagnoses=both.nullif(";"))


def line_hits(asked: Asked, patterns: list[Pattern], with_diagnoses: bool) -> ir.Table:
    """Hits of all predicate patterns, one pass over the lines that carry a point."""
    rows = line_rows(asked, patterns, with_diagnoses)
    verdicts = reduce(lambda a, b: a | b, (p.fn(rows) for p in patterns))
    branches = list(verdicts.items())
    violated = rows.condition.cases(*((c, v["violated"]) for c, v in branches), else_=False)
    found = rows.condition.cases(*((c, v["found"].cast("string")) for c, v in branches), else_="")
    one = ibis.literal(1).cast("decimal(16, 4)")
    parts = {}
    for side in ("take", "of"):
        cut = [(c, v[side].cast("decimal(16, 4)")) for c, v in branches if v[side] is not None]
        parts[side] = rows.condition.cases(*cut, else_=one) if cut else one
    rows = rows.mutate(violated=violated, said=found, take=parts["take"], of=parts["of"])
    rows = rows.filter(rows.violated.fill_null(False))
    return hits(rows, id=rows.bkkp_sn, grp=rows.bkkp_sn, subject_id=rows.fixmedins_code, point_id=rows.point_id,
                item=rows.hilist_name, take=rows["take"], of=rows["of"], condition=rows.condition,
                limit=rows["value"], found=rows.said)

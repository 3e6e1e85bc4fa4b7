"""Fee lines with their knowledge points and what the points ask about: person, institution, kind of care.

What a condition can be judged by decides when: by the line alone before anything is joined, by the person before
settlements, visits and diagnoses are. A condition whose facts are not known yet stays open until they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any

import ibis
from ibis.expr import types as ir

from yb_analytics.rules._patterns import Asked, Pattern, coded, hits
from yb_analytics.schema import PHARMACY

_GRADE = {"01": 3, "02": 3, "03": 3, "04": 3, "05": 2, "06": 2, "07": 2, "08": 1, "09": 1, "10": 1, "11": 0}
"""HOSP_LV → grade; the code list of the platform, not a threshold."""

_LATER = {"gend": "string", "born": "date", "age": "int64", "insutype": "string", "hosp_lv": "string", "grade": "int8",
          "kind": "string", "diagnoses": "string", "prefixes": "string"}
"""What a row has once everything is joined."""

OLDEST = 120
"""Completed years nobody is older than: a birth date further back is a placeholder (1900-01-01)."""


def age_on(born: ir.DateValue, day: ir.DateValue) -> ir.IntegerValue:
    """Completed years on a day; unknown where the birth date cannot be one."""
    before = (day.month() * 100 + day.day()) < (born.month() * 100 + born.day())
    years = day.year() - born.year() - before.ifelse(1, 0)
    return years.between(0, OLDEST).ifelse(years, ibis.null("int64"))


def prefixes_of(value: ir.StringValue) -> ir.StringValue:
    """Pattern of the codes that begin with one of the values, in the form of :func:`bare`."""
    return "(^|;)(" + bare(value).replace(";", "|") + ")"


def bare(codes: ir.StringValue) -> ir.StringValue:
    """Diagnosis codes as they are compared: capitals, without the point that some cities leave out."""
    return codes.upper().replace(".", "")


class _SoFar:
    """A row of which not everything is known yet: the rest is empty."""

    def __init__(self, rows: ir.Table) -> None:
        self._rows = rows

    def __getattr__(self, name: str) -> ir.Value:
        if name in self._rows.columns:
            return self._rows[name]
        return self._rows.rule.nullif(self._rows.rule).cast(_LATER[name])  # a literal null compares with nothing

    __getitem__ = __getattr__


def _verdicts(patterns: Iterable[Pattern], rows: Any) -> Mapping[str, Mapping[str, Any]]:
    return reduce(lambda a, b: a | b, (p.fn(rows) for p in patterns))


def _open(rows: ir.Table, patterns: list[Pattern], asked_of: str, asked: set[str]) -> ir.Table:
    """Without the rows that the line or the person, as far as it is known, shows to be in order."""
    told = {c for p in patterns for c, what in p.asks.items() if what == asked_of} & asked
    if not told:
        return rows
    unknown = asked_of != "line"
    verdicts = _verdicts(patterns, _SoFar(rows))
    tests = [(c, verdicts[c]["violated"].fill_null(unknown)) for c in sorted(told)]
    return rows.filter(rows.condition.cases(*tests, else_=True))


def line_rows(asked: Asked, patterns: list[Pattern], conditions: set[str]) -> ir.Table:
    """One row per fee line of the period and live point of its item, with attributes, where it may be a hit."""
    w = asked.w
    rows = coded(asked.lines, asked.points)
    rows = _open(rows.filter(rows.cnt > 0), patterns, "line", conditions)
    persons = w.psn_info_b.select(of="psn_no", gend="gend", born="brdy")
    rows = rows.left_join(persons, rows.psn_no == persons.of).drop("of")
    rows = _open(rows.mutate(age=age_on(rows.born, rows.day)), patterns, "person", conditions)
    settled = w.valid_settlements.select(bill="setl_id", gend_s="gend", brdy_s="brdy", insutype_s="insutype",
                                         hosp_lv_s="hosp_lv", med_type_s="med_type")
    visits = w.mdtrt_d.select(visit="mdtrt_id", diagnosis_v="dscg_maindiag_code", insutype_v="insutype",
                              hosp_lv_v="hosp_lv", med_type_v="med_type")
    rows = rows.left_join(settled, rows.setl_id == settled.bill).left_join(visits, rows.mdtrt_id == visits.visit)
    rows = _known(rows.left_join(_levels(w), "fixmedins_code"))
    if any(c.startswith("diagnosis") for c in conditions):
        return _diagnosed(w, rows)
    return rows.mutate(diagnoses=bare(rows.diagnosis_v))


def _levels(w) -> ir.Table:
    """Level of the institutions whose register entries agree on one."""
    register = w.fixmedins_b
    one = register.group_by("fixmedins_code").having(register.hosp_lv.nunique() == 1)
    return one.agg(hosp_lv_f=register.hosp_lv.max())


def one_sex(a: ir.StringValue, b: ir.StringValue) -> ir.StringValue:
    """The sex two sources tell; where they tell two, none."""
    return (a != b).fill_null(False).ifelse(ibis.null("string"), ibis.coalesce(a, b))


def _known(rows: ir.Table) -> ir.Table:
    """Rows with the facts of person, settlement, visit and institution, the nearest first; two sexes are none."""
    rows = rows.mutate(
        gend=one_sex(rows.gend, rows.gend_s), born=rows.born.fill_null(rows.brdy_s),
        insutype=rows.insutype_s.fill_null(rows.insutype_v),
        hosp_lv=ibis.coalesce(rows.hosp_lv_s, rows.hosp_lv_v, rows.hosp_lv_f),
        kind=rows.med_type_v.fill_null(rows.med_type_s).fill_null(rows.med_type).substr(0, 2))
    grade = rows.hosp_lv.cases(*_GRADE.items(), else_=ibis.null("int8"))
    return rows.mutate(age=age_on(rows.born, rows.day), grade=rows.kind.isin(PHARMACY).ifelse(ibis.null("int8"), grade),
                       prefixes=prefixes_of(rows["value"]))


def _diagnosed(w, rows: ir.Table) -> ir.Table:
    listed = w.setl_diag_d.filter(lambda t: t.diag_type.fill_null("1") == "1")
    listed = listed.semi_join(rows.filter(rows.condition.startswith("diagnosis")), "setl_id")
    listed = listed.group_by(listed="setl_id").agg(all_codes=listed.diag_code.group_concat(";"))
    rows = rows.left_join(listed, rows.setl_id == listed.listed)
    both = rows.diagnosis_v.fill_null("") + ";" + rows.all_codes.fill_null("")
    return rows.mutate(diagnoses=bare(both).nullif(";"))


def line_hits(asked: Asked, patterns: list[Pattern], conditions: set[str]) -> ir.Table:
    """Hits of all predicate patterns, one pass over the lines that carry a point.

    `conditions` are those that occur among the points.
    """
    rows = line_rows(asked, patterns, conditions)
    branches = [(c, v) for c, v in _verdicts(patterns, rows).items() if c in conditions]
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

"""A warehouse cut to what bears on one subject: its own rows, and those it shares a declared column with."""

from __future__ import annotations

import functools
import operator

import pandas as pd

from yb_analytics.schema import TABLES
from yb_analytics.warehouse import in_memory

KEYS = {
    "institution": ("fixmedins_code", "medins_code", "pracins_no"), "person": ("psn_no",),
    "doctor": ("chfpdr_code", "bilg_dr_code", "dr_code", "oper_dr_code"), "employer": ("emp_no",),
    "agency": ("opter_id", "oper_id", "insu_admdvs"), "pair": ("psn_no",), "group": ("psn_no",),
}
"""Kind of subject → columns that name it."""

VISITS = ("mdtrt_id", "setl_id")
"""Columns that hold the rows of one visit together."""

VISITED = ("setl_d", "mdtrt_d", "fee_list_d")
"""Tables of visits."""

DIMENSIONS = ("fixmedins_b", "psn_info_b", "dr_info_b", "phar_info_b", "hilist_b", "hilist_lmtpric_d",
              "insu_emp_info_b", "market_registration")
"""Registers that say what a code is; they are not cut."""


def _values(w, allowed: dict, column: str, only: tuple[str, ...] = ()):
    """Values of a column in the rows that are let through so far, as a table of that column."""
    parts = []
    for name, table in TABLES.items():
        if name not in DIMENSIONS and column in table.names and (not only or name in only):
            rows = _cut(w, name, allowed)
            parts += [] if rows is None else [rows.filter(rows[column].notnull()).select(column)]
    return w.materialise(functools.reduce(lambda a, b: a.union(b), parts).distinct()) if parts else None


def _cut(w, name: str, allowed: dict):
    """Rows of a table that hold one of the allowed values; nothing where it has none of the columns."""
    table = w.table(name)
    held = [table[c].isin(values[c]) for c, values in allowed.items() if c in TABLES[name].names]
    return table.filter(functools.reduce(operator.or_, held)) if held else None


def _same_card(w, persons):
    """Persons with a certificate of the given ones, and these."""
    rows = w.psn_info_b
    cards = rows.filter(rows.psn_no.isin(persons.psn_no), rows.certno.notnull()).certno
    return w.materialise(rows.filter(rows.certno.isin(cards)).select("psn_no").union(persons).distinct())


def members(w, unit, found: pd.Series, column: str):
    """Who the subject is, as a table of `column`: itself, or the persons behind the rows that name a group."""
    if unit.subject not in ("pair", "group"):
        return w.register(pd.DataFrame({column: [str(found["subject_id"]).partition("|")[0]]}))
    if found["grain"] == "row":
        return w.register(pd.DataFrame({column: str(found["subject_id"]).split("|")}))
    key = {"settlement": "setl_id", "stay": "mdtrt_id", "line": "bkkp_sn"}[found["grain"]]
    located = w.register(pd.DataFrame({key: list(found["locator"])}))
    return _values(w, {key: located}, column, VISITED)


def cut(w, unit, found: pd.Series):
    """The warehouse with nothing but what bears on the subject of a finding."""
    allowed = {c: members(w, unit, found, c) for c in KEYS[unit.subject]}
    own = dict(allowed)
    for column in unit.near:
        if column == "certno":  # stands in the register of persons alone
            allowed["psn_no"] = _same_card(w, own["psn_no"])
            continue
        near = _values(w, own, column)
        allowed[column] = near if column not in own else w.materialise(near.union(own[column]).distinct())
    visits = {c: _values(w, allowed, c, VISITED) for c in VISITS}
    frames = {}
    for name in TABLES:
        rows = w.table(name) if name in DIMENSIONS else _cut(w, name, allowed)
        rows = _cut(w, name, {c: v for c, v in visits.items() if v is not None}) if rows is None else rows
        if rows is not None:
            frames[name] = rows.to_pyarrow()
    return in_memory({k: v for k, v in frames.items() if len(v)})

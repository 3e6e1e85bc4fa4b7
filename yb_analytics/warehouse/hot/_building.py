"""What a hot store holds, and how it is made: Ibis expressions over the netted views, one table after the other."""

from __future__ import annotations

from datetime import date

import ibis
from ibis import _
from ibis.expr import types as ir

from yb_analytics.schema import Refusal
from yb_analytics.warehouse._engine import md5_number
from yb_analytics.warehouse.reader import Warehouse

LAYOUT = 1
"""Number of the layout: a store of another one is not opened but made again."""

REGISTERS = {"place": ("place", "fixmedins_code"), "item": ("item", "hilist_code")}
"""Code column → the table that says what it stands for, and the national name."""


def text_code(text: ir.StringValue) -> ir.IntegerValue:
    """The integer a person (or a pack) is known by: the lower half of the MD5 of its number; nothing is looked up."""
    return md5_number(text)


_SORT = {"fee_list_d": ("person", "fee_ocur_time", "bkkp_sn"), "setl_d": ("person", "setl_time", "setl_id"),
         "mdtrt_d": ("person", "begntime", "mdtrt_id"), "stays": ("person", "begntime", "mdtrt_id"),
         "drug_trace_d": ("pack", "sale_time", "sale_sn"), "ps_death": ("person", "death_date"),
         "setl_diag_d": ("person", "setl_id", "diag_srt_no")}


def _rows(w: Warehouse, since: date) -> dict[str, ir.Table]:
    """Rows of every fact table that are held."""
    day = since.isoformat()
    lines = w.fee_lines.filter(_.fee_ocur_time >= day)
    bills = w.valid_settlements
    bills = bills.filter(bills.setl_time >= day).union(
        bills.filter(bills.setl_time < day).semi_join(lines, "setl_id"))
    visits = w.mdtrt_d
    visits = visits.filter(visits.begntime >= day).union(
        visits.filter(visits.begntime < day).semi_join(lines.select("mdtrt_id").union(bills.select("mdtrt_id")),
                                                       "mdtrt_id"))
    stays = w.stays.filter(w.stays.endtime.isnull() | (w.stays.endtime >= day))
    told = w.setl_diag_d.drop("psn_no").inner_join(bills.select("setl_id", "psn_no"), "setl_id")
    return {"fee_list_d": lines, "setl_d": bills, "mdtrt_d": visits, "stays": stays, "ps_death": w.ps_death,
            "setl_diag_d": told, "drug_trace_d": _sales(w, day)}


def _sales(w: Warehouse, day: str) -> ir.Table:
    """Sales of packs that count, of all times; a line older than the store is no longer named by its sale."""
    sales = w.drug_trace_d.mutate(bkkp_sn=_.bkkp_sn.nullif(""))
    sales = sales.filter((sales.refd_flag.fill_null("0") != "1") & (sales.split_flag.fill_null("0") != "1"))
    lines = w.fee_lines.select(line="bkkp_sn", at="fee_ocur_time")
    told = sales.left_join(lines, sales.bkkp_sn == lines.line)
    told = told.filter(told.bkkp_sn.isnull() | told.line.notnull())
    return told.mutate(bkkp_sn=(told["at"] >= day).ifelse(told.bkkp_sn, ibis.null("string")),
                       pack=text_code(told.drug_trac_codg)).select(
        "pack", "drug_trac_codg", "sale_sn", "sale_time", "bkkp_sn", "fixmedins_code")


def _persons(w: Warehouse, rows: dict[str, ir.Table]) -> ir.Table:
    """Every person under the code, with what the register says."""
    met = [t.select("psn_no") for t in rows.values() if "psn_no" in t.columns]
    info = w.psn_info_b.select("psn_no", "gend", "brdy", known=ibis.literal(True))
    every = ibis.union(*met, info.select("psn_no")).distinct().filter(_.psn_no.notnull())
    every = every.left_join(info, "psn_no").drop("psn_no_right")
    return every.mutate(person=text_code(every.psn_no)).order_by("person")


def _numbered(rows: dict[str, ir.Table], column: str, code: str) -> ir.Table:
    met = ibis.union(*(t.select(column).distinct() for t in rows.values() if column in t.columns)).distinct()
    met = met.filter(met[column].notnull())
    return met.mutate(**{code: ibis.row_number().over(order_by=met[column]).cast("int32")}).order_by(code)


def _coded(con, where: tuple[str, str], table: ir.Table) -> ir.Table:
    """Rows with codes instead of numbers; the registers of institutions and items are small and joined."""
    if "psn_no" in table.columns:
        table = table.mutate(person=text_code(table.psn_no)).drop("psn_no")
    for code, (register, column) in REGISTERS.items():
        if column in table.columns:
            known = con.table(register, database=where).select(code, column)
            table = table.left_join(known, column).drop(column, f"{column}_right")
    return table


def build(w: Warehouse, catalog: str, since: date) -> None:
    """Write all tables of a store into an attached database."""
    con, where, rows = w._source.con, (catalog, "main"), _rows(w, since)
    for code, (register, column) in REGISTERS.items():
        con.create_table(register, _numbered(rows, column, code), database=where)
    for name, table in rows.items():
        con.create_table(name, _coded(con, where, table).order_by(*_SORT[name]), database=where)
    persons = con.create_table("person", _persons(w, rows), database=where)
    if w.run(persons.person.count() - persons.person.nunique()):
        raise Refusal("two persons have the same code in the hot store", "report the numbers of this warehouse; "
                      "screen without the hot store meanwhile", "failed")
    con.create_table("hilist_b", w.hilist_b, database=where)

"""A pack's trace code sold more than once."""

import ibis

from yb_analytics.rules._patterns import hits, pattern
from yb_analytics.warehouse.views.stretches import stretches, within


@pattern(grain="pack", claims="line", losses=("excess_quantity",), needs=("drug_trace_d", "fee_list_d"),
         whole=True, say="{day}结算的“{item}”使用的药品追溯码{limit}此前已销售{found}次，共{n}条明细")
def duplicate_trace(asked):
    """追溯码重复 · Duplicate trace code.

    Sales to anybody count, self-paid ones included; split packs, returned packs and sales whose settlement was
    reversed do not, nor does what is written where a code is missing (无, 0000…). The first sale stands; of a later
    one the pack's share of its line is at stake.
    """
    sales = asked.w.drug_trace_d
    sales = sales.mutate(bkkp_sn=sales.bkkp_sn.nullif(""))
    sales = sales.filter((sales.refd_flag.fill_null("0") != "1") & (sales.split_flag.fill_null("0") != "1"))
    code = sales.drug_trac_codg
    sales = sales.filter(code.re_search(r"[0-9A-Za-z]") & (code.replace(code.substr(0, 1), "") != ""))
    sales = _near_repeated(asked.w, sales)
    lines = asked.w.fee_lines_of(lambda rows: rows.semi_join(sales, "bkkp_sn"))
    lines = lines.select("bkkp_sn", "mdtrt_id", line_name="hilist_name", quantity="cnt")
    sales = sales.left_join(lines, "bkkp_sn")
    sales = sales.filter(sales.bkkp_sn.isnull() | sales.quantity.notnull())
    order = ibis.window(group_by="drug_trac_codg", order_by=["sale_time", "sale_sn"])
    on_line = ibis.window(group_by="bkkp_sn")
    sales = sales.mutate(before=ibis.row_number().over(order), packs=sales.sale_sn.count().over(on_line))
    again = sales.filter((sales.before > 0) & sales.bkkp_sn.notnull() & asked.covers(sales.sale_time))
    again = again.group_by(["bkkp_sn", "fixmedins_code", "mdtrt_id"]).agg(
        day=again.sale_time.min().date(), item=again.line_name.max(), code=again.drug_trac_codg.min(),
        before=again.before.max(), again=again.count(), of=ibis.greatest(again.packs.max(), again.quantity.max()))
    found = again.cross_join(asked.settings)
    return hits(found, id=found.bkkp_sn, grp=found.bkkp_sn, subject_id=found.fixmedins_code, item=found["item"],
                limit=found.code, found=found.before, take=found.again, of=found["of"])


def _near_repeated(w, sales):
    """Sales of packs sold more than once, and the other packs of their lines: few, so kept as a table."""
    sales = sales.select("sale_sn", "sale_time", "drug_trac_codg", "fixmedins_code", "bkkp_sn")
    parts = stretches(w, "drug_trace_d", "drug_trac_codg")
    again = w.materialise(ibis.union(*(w.materialise(_repeated(sales, part)) for part in parts)))
    beside = sales.semi_join(again, "bkkp_sn").anti_join(again, "drug_trac_codg")
    return w.materialise(again.union(beside))


def _repeated(sales, part):
    """Sales of packs of a stretch of codes that were sold more than once: grouped by a number, then looked up."""
    sales = within(sales, "drug_trac_codg", part)
    sales = sales.mutate(pack=sales.drug_trac_codg.hash())
    often = sales.group_by("pack").having(sales.count() > 1).agg()
    return sales.semi_join(often, "pack").drop("pack")

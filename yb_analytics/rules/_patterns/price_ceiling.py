"""A unit price above the limit valid on the day of the fee, with the excess put in scope of the fund."""

import ibis

from yb_analytics.rules._patterns import hits, pattern


@pattern(grain="line", claims="line", losses=("excess_price",), needs=("fee_list_d",), arguments={"list_types": ()},
         say="{day}收取“{item}”单价{found}元，高于当日限价{limit}元，共{n}条明细")
def price_ceiling(asked):
    """限定单价 · Price ceiling.

    The limit is the line's own (`pric_uplmt_amt`) or, where it has none, the catalogue's on that day. What should have
    been charged is limit times quantity, in whole fen; what the patient pays alone (wholly, or as the part above the
    limit) is not the fund's. Where these columns were not delivered, a patient who bears at least the whole excess
    clears the line.
    """
    prices = asked.w.hilist_b.select("hilist_code", "hilist_pric_uplmt_amt", "begndate", "enddate")
    prices = prices.filter(prices.hilist_pric_uplmt_amt > 0)
    lines = asked.lines_of(lambda rows: _dear(rows, prices))
    lines = lines.filter(lines.cnt > 0).mutate(day=lines.fee_ocur_time.date()).join(asked.by_type, "list_type")
    with_limit = lines.filter(lines.pric_uplmt_amt > 0)
    without = lines.filter(lines.pric_uplmt_amt.isnull() | (lines.pric_uplmt_amt <= 0))
    listed = without.join(prices, [
        without.hilist_code == prices.hilist_code,
        prices.begndate.isnull() | (without.day >= prices.begndate),
        prices.enddate.isnull() | (without.day <= prices.enddate)], rname="{name}_b")
    both = _excess(with_limit, with_limit.pric_uplmt_amt).union(_excess(listed, listed.hilist_pric_uplmt_amt))
    return hits(both, id=both.bkkp_sn, grp=both.bkkp_sn, subject_id=both.fixmedins_code, item=both.hilist_name,
                take=both.over, of=both.covered, condition=ibis.literal("max_price"),
                limit=both.ceiling.cast("float64"), found=both.pric.cast("float64"))


def _dear(rows, prices):
    """Lines dearer than their own limit or, where they have none, than the lowest the catalogue ever had."""
    lowest = prices.group_by(code="hilist_code").agg(lowest=prices.hilist_pric_uplmt_amt.min())
    capped = rows.left_join(lowest, rows.hilist_code == lowest.code)
    limit = (capped.pric_uplmt_amt > 0).ifelse(capped.pric_uplmt_amt, capped.lowest)
    return capped.filter(capped.pric > limit).select(*rows.columns)


def _excess(lines, ceiling):
    """Lines with what is covered (`covered`) and how much of it lies above the limit (`over`)."""
    told = lines.overlmt_selfpay.notnull() | lines.fulamt_ownpay_amt.notnull()
    alone = lines.overlmt_selfpay.fill_null(0) + lines.fulamt_ownpay_amt.fill_null(0)
    fee = lines.det_item_fee_sumamt
    covered = (fee - alone).cast("decimal(16, 4)")
    found = lines.mutate(ceiling=ceiling, covered=covered, borne=fee - lines.inscp_amt, told=told)
    allowed = (found.ceiling * found.cnt).cast("decimal(16, 2)").cast("decimal(16, 4)")
    found = found.mutate(over=found.covered - allowed)
    found = found.filter((found.ceiling > 0) & (found.over > 0) & (found.told | (found.borne < found.over)))
    return found.select("rule", "bkkp_sn", "fixmedins_code", "mdtrt_id", "day", "hilist_name", "pric", "ceiling",
                        "over", "covered")

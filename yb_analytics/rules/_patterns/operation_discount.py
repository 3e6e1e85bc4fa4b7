"""Second and further operations of one sitting charged at the full price."""

import ibis

from yb_analytics.rules._patterns import coded, hits, pattern

_WHERE = ("rule", "window", "psn_no", "fixmedins_code", "day")


@pattern(grain="person-day", claims="line", losses=("excess_price",), needs=("fee_list_d",), conditions=("discount",),
         say="{day}与“{other}”同组同日施行的“{item}”未按规定折价（{limit}），实际按{found}计收，共{n}条明细")
def operation_discount(asked):
    """手术未折价 · Operation without discount.

    Of the operations of one group on one person and day, the dearest is charged in full; each further one at most
    at its share of the price limit. What goes beyond is at stake, unless all of them together stay below what they may
    cost; without a price limit nothing is said.
    """
    lines = asked.lines.filter(lambda t: (t.cnt > 0) & (t.pric > 0))
    rows = coded(lines, asked.points)
    kinds = rows.group_by(_WHERE).having(rows.hilist_code.nunique() > 1).agg()
    rows = rows.semi_join(kinds, list(_WHERE))
    rows = _priced(asked.w, rows)
    order = ibis.window(group_by=_WHERE, order_by=[ibis.desc("full"), ibis.desc("pric"), "hilist_code", "bkkp_sn"])
    first = rows.mutate(other=rows.hilist_name.first().over(order), dearest=rows.hilist_code.first().over(order))
    share = (first.hilist_code == first.dearest).ifelse(1, first.number)
    over = first.mutate(over=first.pric - (first.full * share).cast("decimal(16, 4)"))
    over = over.mutate(surplus=over.over.sum().over(ibis.window(group_by=_WHERE)).cast("decimal(16, 4)"))
    found = over.filter((over.hilist_code != over.dearest) & (over.over > 0) & (over.surplus > 0))
    found = found.mutate(over=ibis.least(found.over, found.surplus))
    return hits(found, id=found.bkkp_sn, grp=found.bkkp_sn, subject_id=found.fixmedins_code, item=found.hilist_name,
                other=found.other, point_id=found.point_id, take=found.over, of=found.pric,
                condition=ibis.literal("discount"), limit=found["value"],
                found=(found.pric / found.full.nullif(0)).cast("float64").round(4))


def _priced(w, rows):
    """Rows with the full price: the line's own limit or the catalogue's on that day."""
    prices = w.hilist_b.filter(w.hilist_b.hilist_pric_uplmt_amt > 0)
    asked = rows.select(code="hilist_code", on="day").distinct()
    listed = asked.join(prices, [asked.code == prices.hilist_code,
                                 prices.begndate.isnull() | (asked.on >= prices.begndate),
                                 prices.enddate.isnull() | (asked.on <= prices.enddate)])
    caps = listed.group_by(["code", "on"]).agg(cap=listed.hilist_pric_uplmt_amt.max())
    both = rows.left_join(caps, [rows.hilist_code == caps.code, rows.day == caps.on])
    own = (both.pric_uplmt_amt > 0).ifelse(both.pric_uplmt_amt, ibis.null("decimal(16, 4)"))
    both = both.mutate(full=ibis.coalesce(own, both.cap)).select(*rows.columns, "full")
    return both.filter(both.full > 0)

"""One item charged as its parts."""

import ibis

from yb_analytics.rules._patterns import coded, hits, pattern

_WHERE = ("rule", "other_code", "psn_no", "fixmedins_code", "day")


@pattern(grain="person-day", claims="line", losses=("excess_price",), needs=("fee_list_d", "hilist_b"),
         conditions=("component",),
         say="{day}将“{other}”拆成{found}个项目收费（含“{item}”），合计超过该项目价格，共{n}条明细")
def components(asked):
    """分解收费 · Charged in parts.

    As many parts as make the item, on one person and day by one institution, and dearer together than the item's
    price limit: the difference is at stake, shared by the parts. If the item itself was charged too, that is a
    duplicate charge and another rule's.
    """
    rows = coded(asked.lines.filter(lambda t: t.cnt > 0), asked.points)
    whole = asked.lines.semi_join(asked.points.select(code="other_code"), [("hilist_code", "code")])
    whole = whole.select("psn_no", "fixmedins_code", day=whole.fee_ocur_time.date(), other_code="hilist_code")
    whole = whole.distinct()
    rows = rows.anti_join(whole, ["psn_no", "fixmedins_code", "day", "other_code"])
    split = rows.group_by(_WHERE).having(rows.hilist_code.nunique() >= rows.number.min()).agg(
        parts=rows.hilist_code.nunique(), total=rows.det_item_fee_sumamt.sum().cast("decimal(38, 4)"))
    prices = asked.w.hilist_b.filter(asked.w.hilist_b.hilist_pric_uplmt_amt > 0)
    prices = prices.group_by(other_code="hilist_code").agg(price=prices.hilist_pric_uplmt_amt.max(),
                                                           other=prices.hilist_name.max())
    dear = split.inner_join(prices, "other_code")
    dear = dear.filter(dear.total > dear.price.cast("decimal(38, 4)"))
    found = rows.inner_join(dear, list(_WHERE))
    group = ibis.literal("").join([found.other_code, found.psn_no, found.fixmedins_code, found.day.cast("string")])
    return hits(found, id=found.bkkp_sn, grp=group, subject_id=found.fixmedins_code, item=found.hilist_name,
                other=found.other, point_id=found.point_id, take=found.total - found.price, of=found.total,
                condition=ibis.literal("component"), found=found.parts)

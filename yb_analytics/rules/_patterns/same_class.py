"""Two drugs of one pharmacological class prescribed together."""

import ibis

from yb_analytics.rules._patterns import coded, hits, pattern

_WHERE = ("rule", "value", "psn_no", "fixmedins_code", "day")


@pattern(grain="person-day", claims="line", losses=("smaller_amount",), needs=("fee_list_d",), conditions=("class",),
         say="{day}同时开具同类（{limit}）药品“{other}”和“{item}”，后者{n}条明细应予核减")
def same_class(asked):
    """同类药重复 · Repeated class.

    Of the different drugs of one class on one person and day by one institution the dearest stands; the others
    are at stake.
    """
    rows = coded(asked.lines.filter(lambda t: t.cnt > 0), asked.points)
    kinds = rows.group_by(_WHERE).having(rows.hilist_code.nunique() > 1).agg()
    rows = rows.semi_join(kinds, list(_WHERE))
    of_drug = ibis.window(group_by=[*_WHERE, "hilist_code"])
    rows = rows.mutate(fee=rows.det_item_fee_sumamt.sum().over(of_drug))
    order = ibis.window(group_by=_WHERE, order_by=[ibis.desc("fee"), "hilist_code"])
    rows = rows.mutate(dearest=rows.hilist_code.first().over(order), other=rows.hilist_name.first().over(order))
    found = rows.filter(rows.hilist_code != rows.dearest)
    group = ibis.literal("").join([found.point_id, found.psn_no, found.fixmedins_code, found.day.cast("string")])
    return hits(found, id=found.bkkp_sn, grp=group, subject_id=found.fixmedins_code, item=found.hilist_name,
                other=found.other, point_id=found.point_id, condition=ibis.literal("class"), limit=found["value"])

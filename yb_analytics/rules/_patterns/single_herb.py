"""A prescription of nothing but herbs that the fund does not pay alone."""

import ibis

from yb_analytics.rules._patterns import coded, hits, pattern

_VISIT = ("psn_no", "fixmedins_code", "day")


@pattern(grain="person-day", claims="line", losses=("whole_line",), needs=("fee_list_d",),
         conditions=("single_herb",), facts={"single_herb": ("fee_list_d.inscp_amt",)}, arguments={"list_types": ()},
         say="{day}的中药饮片处方全部由单方不予支付的饮片组成（含“{item}”），共{n}条明细")
def single_herb(asked):
    """单方不予支付 · Not paid alone.

    All herbs of one person and day by one institution are on the list, and some of it was put in scope.
    """
    rows = coded(asked.lines.filter(lambda t: t.cnt > 0), asked.points)
    herbs = asked.lines_of(lambda lines: lines.semi_join(asked.by_type, "list_type").semi_join(rows, "psn_no"))
    herbs = herbs.filter(herbs.cnt > 0).mutate(day=herbs.fee_ocur_time.date())
    other = herbs.anti_join(rows, "bkkp_sn").select(*_VISIT).distinct()
    found = rows.anti_join(other, list(_VISIT))
    found = found.filter(found.inscp_amt > 0)
    group = ibis.literal("").join([found.psn_no, found.fixmedins_code, found.day.cast("string")])
    return hits(found, id=found.bkkp_sn, grp=group, subject_id=found.fixmedins_code, item=found.hilist_name,
                point_id=found.point_id)

"""An item used on more days than the fund pays for."""

import ibis

from yb_analytics.rules._patterns import coded, hits, pattern
from yb_analytics.rules._patterns._windows import bucket, lines_back

_OWNER = ("rule", "point_id", "psn_no", "bucket")


@pattern(grain="window", claims="line", losses=("whole_line",), needs=("fee_list_d",), conditions=("max_course",),
         say="对同一患者使用“{item}”，{limit}，自{day}起为第{found}天及以后，涉及{n}条明细")
def course_limit(asked):
    """限定疗程 · Course limit.

    Days on which the person got the item are counted in order inside the stay or calendar window, whichever
    institution gave it; every line of a later day is at stake.
    """
    rows = coded(lines_back(asked), asked.points)
    rows = rows.mutate(bucket=bucket(rows))
    often = rows.group_by(_OWNER).having(rows.day.nunique() > rows.number.min()).agg()
    rows = rows.semi_join(often, list(_OWNER))
    order = ibis.window(group_by=_OWNER, order_by="day")
    found = rows.mutate(nth=ibis.dense_rank().over(order) + 1)
    found = found.filter(lambda t: (t.nth > t.number) & asked.covers(t.fee_ocur_time))
    group = ibis.literal("").join([found.point_id, found.psn_no, found.fixmedins_code, found.bucket])
    return hits(found, id=found.bkkp_sn, grp=group, subject_id=found.fixmedins_code, item=found.hilist_name,
                point_id=found.point_id, condition=ibis.literal("max_course"), limit=found["value"],
                window=found.window, found=found.nth)

"""An item of which the fund takes only so much money into scope."""

import ibis

from yb_analytics.rules._patterns import coded, hits, pattern
from yb_analytics.rules._patterns._windows import bucket, lines_back

_OWNER = ("rule", "point_id", "psn_no", "bucket")


@pattern(grain="window", claims="line", losses=("excess_price",), needs=("fee_list_d",), conditions=("max_amount",),
         facts={"max_amount": ("fee_list_d.inscp_amt",)},
         say="{day}对同一患者“{item}”纳入医保支付范围累计{found}元，{limit}，超出部分涉及{n}条明细")
def amount_limit(asked):
    """限定报销总额 · Amount limit.

    Amounts in scope are summed in order of time inside the window, whichever institution charged them; what goes
    beyond the limit is at stake, line by line.
    """
    rows = coded(lines_back(asked), asked.points)
    rows = rows.filter(rows.inscp_amt > 0).mutate(bucket=bucket(rows))
    often = rows.group_by(_OWNER).having(rows.inscp_amt.sum().cast("float64") > rows.number.min()).agg()
    rows = rows.semi_join(often, list(_OWNER))
    upto = ibis.cumulative_window(group_by=_OWNER, order_by=["fee_ocur_time", "bkkp_sn"])
    rows = rows.mutate(total=rows.inscp_amt.sum().over(upto).cast("decimal(38, 4)"))
    over = ibis.least(rows.inscp_amt.cast("decimal(38, 4)"), rows.total - rows.number.cast("decimal(16, 4)"))
    found = rows.mutate(over=over).filter(lambda t: (t.over > 0) & asked.covers(t.fee_ocur_time))
    group = ibis.literal("").join([found.point_id, found.psn_no, found.fixmedins_code, found.bucket])
    return hits(found, id=found.bkkp_sn, grp=group, subject_id=found.fixmedins_code, item=found.hilist_name,
                point_id=found.point_id, take=found.over, of=found.inscp_amt, condition=ibis.literal("max_amount"),
                limit=found["value"], window=found.window, found=found.total.cast("float64").cast("string"))

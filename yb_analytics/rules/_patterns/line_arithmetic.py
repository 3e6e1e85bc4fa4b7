"""Fee lines whose numbers contradict one another."""

from yb_analytics.rules._patterns import pattern
from yb_analytics.rules._patterns._listed import counted


@pattern(grain="line", claims="line", losses=("none",), needs=("fee_list_d",), parameters=("tolerance",),
         whole=True,
         say="自{day}起有{found}条费用明细金额自相矛盾（单价×数量与总额、或各组成部分之和与总额相差超过{limit}元），如“{item}”")
def line_arithmetic(asked):
    """明细金额矛盾 · Contradictory line.

    Price times quantity against the line's total, and the parts (wholly self-paid, above the limit, paid before
    cover, in scope) against it; a part that was not delivered is not judged.
    """
    lines = asked.w.fee_list_d.filter(lambda t: asked.covers(t.fee_ocur_time)
                                      & (t.vali_flag.fill_null("1") != "0")).cross_join(asked.settings)
    total = lines.det_item_fee_sumamt.cast("float64")
    product = lines.pric.cast("float64") * lines.cnt.cast("float64")
    parts = sum(lines[c].cast("float64") for c in ("fulamt_ownpay_amt", "preselfpay_amt", "inscp_amt"))
    parts = parts + lines.overlmt_selfpay.fill_null(0).cast("float64")
    wrong = ((product - total).abs() > lines.tolerance) | ((parts - total).abs() > lines.tolerance)
    lines = lines.mutate(day=lines.fee_ocur_time.date(), allowed=lines.tolerance.cast("string"))
    return counted(lines.filter(wrong.fill_null(False)), "bkkp_sn", limit="allowed", item="hilist_name")

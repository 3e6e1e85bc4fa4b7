"""Settlements whose numbers or dates contradict one another."""

from yb_analytics.rules._patterns import pattern
from yb_analytics.rules._patterns._listed import counted


@pattern(grain="settlement", claims="settlement", losses=("none",), needs=("setl_d",), parameters=("tolerance",),
         whole=True,
         say="自{day}起有{found}条结算信息自相矛盾（基金支付与个人支付之和与总费用相差超过{limit}元，或结束日期早于开始日期）")
def settlement_arithmetic(asked):
    """结算信息矛盾 · Contradictory settlement.

    Rows as delivered, refunds included: what the fund and the person paid against the total fee, and the end of
    care against its beginning.
    """
    rows = asked.w.setl_d.filter(lambda t: asked.covers(t.setl_time)
                                 & (t.vali_flag.fill_null("1") != "0")).cross_join(asked.settings)
    paid = rows.fund_pay_sumamt.cast("float64") + rows.psn_pay.cast("float64")
    borne = rows.ownpay_hosp_part.fill_null(0).cast("float64")
    off = (paid + borne - rows.medfee_sumamt.cast("float64")).abs() > rows.tolerance
    wrong = off.fill_null(False) | (rows.enddate < rows.begndate).fill_null(False)
    rows = rows.mutate(day=rows.setl_time.date(), allowed=rows.tolerance.cast("string"))
    return counted(rows.filter(wrong), "setl_id", limit="allowed")

import ibis

from yb_analytics.indicators import indicator


@indicator(subject="institution", unit="share", better="lower", parent="compliance", basis="S3 三2",
           owner="市医保局", needs=("inspection_d", "setl_d"), denominator="同期基金支付总额",
           pillar="依法严管", date_basis="event", target={2025: 0.01}, error="linear")
def violation_amount_rate(w, p):
    """违规金额率 · Money found in violation as a share of what the funds paid.

    Amount in violation found by inspections over what the funds paid to the institutions of the county in the
    period; it rises with the effort of looking.
    """
    i, s = w.inspection_d, w.valid_settlements
    found = i.select(county=i.insu_admdvs, on=i.insp_date, numerator=i.violation_amt.fill_null(0).cast("float64"),
                     denominator=ibis.literal(0.0))
    paid = s.select(county=s.fix_blng_admdvs, on=s.setl_time.cast("date"), numerator=ibis.literal(0.0),
                    denominator=s.fund_pay_sumamt.fill_null(0).cast("float64"))
    return found.union(paid)

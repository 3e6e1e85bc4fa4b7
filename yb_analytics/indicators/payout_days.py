from yb_analytics.indicators import indicator


@indicator(subject="fund", unit="days", better="lower", parent="management", basis="S3 二(四)",
           owner="市医保局", needs=("med_dfr_d",), denominator="已拨付笔数", pillar="行业自管",
           date_basis="payment", target={2025: 30.0})
def payout_days(w, p):
    """拨付平均天数 · Days from declaration to payout.

    Days between declaration and payment over the payouts made, by the day of payment.
    """
    m = w.med_dfr_d.filter(w.med_dfr_d.pay_time.notnull(), w.med_dfr_d.dcla_time.notnull())
    took = (m.pay_time.cast("date") - m.dcla_time.cast("date")).cast("int64")
    return m.select(county="insu_admdvs", on=m.pay_time.cast("date"), numerator=took, denominator=1)

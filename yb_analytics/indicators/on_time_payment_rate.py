import ibis

from yb_analytics.indicators import indicator


@indicator(subject="agency", unit="share", better="higher", parent="service", basis="S3 二(四)",
           owner="市医保局", needs=("med_dfr_d",), denominator="到期应拨付笔数", pillar="行业自管",
           date_basis="payment", target={2025: 1.0}, error="none")
def on_time_payment_rate(w, p):
    """按时支付率 · Share of payouts made in time.

    Payouts declared in the period and paid within `p.limit_days` days, over those paid or already due. A
    payout not yet due is left out, one overdue and unpaid counts against the agency.
    """
    m = w.med_dfr_d.filter(w.med_dfr_d.dcla_time.notnull())
    limit = ibis.interval(days=int(p.limit_days))
    due = m.dcla_time.cast("date") + limit
    in_time = (m.pay_time.cast("date") <= due.cast("date")).fill_null(False)
    as_of = w.as_of.isoformat() if w.as_of else "9999-12-31"
    m = m.mutate(in_time=in_time, due=due.cast("date"))
    m = m.filter(m.pay_time.notnull() | (m.due < as_of))
    return m.select(county="insu_admdvs", on=m.dcla_time.cast("date"), numerator=m.in_time.cast("int64"),
                    denominator=1)

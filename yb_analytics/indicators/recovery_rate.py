from yb_analytics.indicators import indicator


@indicator(subject="fund", unit="share", better="higher", parent="management", basis="S3 三2",
           owner="市医保局", needs=("case_d",), denominator="已决定案件涉案金额", pillar="依法严管",
           date_basis="event", target={2025: 0.95}, error="linear")
def recovery_rate(w, p):
    """追回率 · Share of the amount of decided cases that was recovered.

    Amount recovered over the amount of cases decided in the period.
    """
    c = w.case_d.filter(w.case_d.decision_date.notnull())
    return c.select(county=c.insu_admdvs, on=c.decision_date, numerator=c.recovered_amt.fill_null(0),
                    denominator=c.amt.fill_null(0))

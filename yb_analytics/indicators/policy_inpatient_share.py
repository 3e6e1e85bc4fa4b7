from yb_analytics.indicators import _care, indicator


@indicator(subject="fund", unit="share", better="higher", parent="output", basis="S3 三7",
           owner="市医保局、市财政局", needs=("setl_d", "mdtrt_d"), denominator="住院政策范围内费用",
           pillar="行业自管", date_basis="service", target={2025: 0.8}, error="linear")
def policy_inpatient_share(w, p):
    """政策范围内住院费用基金支付比例 · Share of inpatient cost in scope paid by the funds.

    Paid by all funds over the amount in scope, stays by day of discharge and county of insurance.
    """
    s = _care.stays(w)
    return s.select(*_care.UNITS, "on", numerator=s.fund, denominator=s.scope)

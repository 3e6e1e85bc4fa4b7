from yb_analytics.indicators import _care, indicator


@indicator(subject="fund", unit="share", better="higher", parent="output", basis="S3 三7",
           owner="市医保局、市财政局", needs=("setl_d",), denominator="医疗费总额", pillar="行业自管",
           date_basis="settlement", target={2025: 0.65}, error="linear")
def reimbursed_share(w, p):
    """实际报销比例 · Share of all cost paid by the funds.

    Paid by all funds over the total fee of all valid settlements, by county of insurance.
    """
    s = _care.settled(w)
    return s.select(*_care.UNITS, "on", numerator=s.fund, denominator=s.fee)

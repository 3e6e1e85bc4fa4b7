from yb_analytics.indicators import _care, indicator


@indicator(subject="fund", unit="share", better="lower", parent="social", basis="S3 三7",
           owner="市医保局、市财政局", needs=("setl_d",), denominator="医疗费总额", pillar="社会督管",
           date_basis="settlement", target={2025: 0.3}, error="linear")
def own_share(w, p):
    """个人负担比例 · Share of cost borne by persons.

    Paid by persons (accounts and cash) over the total fee of all valid settlements.
    """
    s = _care.settled(w)
    return s.select(*_care.UNITS, "on", numerator=s.own, denominator=s.fee)

from yb_analytics.indicators import _care, indicator


@indicator(subject="fund", unit="share", better="lower", parent="social", basis="S3 三7",
           owner="市医保局、市财政局", needs=("setl_d", "mdtrt_d"), denominator="住院医疗费总额",
           pillar="社会督管", date_basis="service", target={2025: 0.3}, error="linear")
def inpatient_own_share(w, p):
    """住院个人负担比例 · Share of inpatient cost borne by persons.

    Paid by persons over the total fee of stays, by day of discharge.
    """
    s = _care.stays(w)
    return s.select(*_care.UNITS, "on", numerator=s.own, denominator=s.fee)

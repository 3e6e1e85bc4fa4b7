from yb_analytics.indicators import _care, indicator


@indicator(subject="fund", unit="share", better="lower", parent="output", basis="S3 三7",
           owner="市医保局、市卫生健康委", needs=("setl_d", "mdtrt_d"), denominator="住院医疗费总额",
           pillar="行业自管", date_basis="service", target={2025: 0.08}, error="linear")
def outside_catalogue_share(w, p):
    """住院目录外费用占比 · Share of inpatient cost outside the catalogue.

    Wholly self-paid amount over the total fee of stays, by day of discharge.
    """
    s = _care.stays(w)
    return s.select(*_care.UNITS, "on", numerator=s.outside, denominator=s.fee)

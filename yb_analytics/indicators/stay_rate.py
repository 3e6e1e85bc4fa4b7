from yb_analytics.indicators import _care, indicator


@indicator(subject="fund", unit="share", better="lower", parent="output", basis="S3 三7",
           owner="市医保局、市卫生健康委", needs=("setl_d", "mdtrt_d", "psn_insu_d"),
           denominator="期末基本医保参保人数", pillar="行业自管", date_basis="service",
           target={2025: 0.19}, over="insured", error="poisson")
def stay_rate(w, p):
    """住院率 · Stays per insured person.

    Stays by day of discharge over the persons insured at the end of the period; a part of a year is not
    comparable with a year.
    """
    s = _care.stays(w)
    return s.select("county", "on", numerator=1, denominator=1)

from yb_analytics.indicators import _care, indicator


@indicator(subject="fund", unit="yuan", better="lower", parent="output", basis="S3 三7",
           owner="市医保局、市卫生健康委", needs=("setl_d", "mdtrt_d"), denominator="出院人次",
           pillar="行业自管", date_basis="service", target={2025: 11000.0})
def cost_per_stay(w, p):
    """次均住院费用 · Cost per stay.

    Total fee over stays, by day of discharge; not adjusted for level or mix (see the cost per weight).
    """
    s = _care.stays(w)
    return s.select(*_care.UNITS, "on", numerator=s.fee, denominator=1)

from yb_analytics.indicators import _care, indicator


@indicator(subject="fund", unit="yuan", better="lower", parent="output", basis="S3 三7",
           owner="市医保局、市卫生健康委", needs=("setl_d",), denominator="门诊结算人次",
           pillar="行业自管", date_basis="settlement", target={2025: 300.0})
def cost_per_outpatient_visit(w, p):
    """次均门诊费用 · Cost per outpatient visit.

    Total fee over valid settlements of outpatient care (pharmacies left out).
    """
    s = _care.settled(w)
    s = s.filter(s.care == "outpatient")
    return s.select(*_care.UNITS, "on", numerator=s.fee, denominator=1)

from yb_analytics.indicators import _care, indicator


@indicator(subject="fund", unit="days", better="lower", parent="output", basis="S3 三7",
           owner="市医保局、市卫生健康委", needs=("setl_d", "mdtrt_d"), denominator="有住院天数的出院人次",
           pillar="行业自管", date_basis="service", target={2025: 8.5})
def days_per_stay(w, p):
    """平均住院日 · Mean days in hospital.

    Days in hospital over the stays whose days are known, by day of discharge.
    """
    s = _care.stays(w)
    s = s.filter(s.days.notnull())
    return s.select(*_care.UNITS, "on", numerator=s.days, denominator=1)

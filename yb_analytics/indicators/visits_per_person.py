from yb_analytics.indicators import _care, indicator


@indicator(subject="fund", unit="ratio", better="lower", parent="output", basis="S3 三7", owner="市医保局",
           needs=("setl_d", "psn_insu_d"), denominator="期末基本医保参保人数", pillar="行业自管",
           date_basis="settlement", target={2025: 6.0}, over="insured", error="poisson")
def visits_per_person(w, p):
    """人均门诊次数 · Outpatient settlements per insured person.

    Valid settlements of outpatient care over the persons insured at the end of the period.
    """
    s = _care.settled(w)
    s = s.filter(s.care == "outpatient")
    return s.select("county", "on", numerator=1, denominator=1)

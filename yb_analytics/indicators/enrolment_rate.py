from yb_analytics.indicators import indicator
from yb_analytics.indicators._stocks import insured


@indicator(subject="employer", unit="share", better="higher", parent="enrolment", basis="S3 二(三)",
           owner="市税务局、市人力社保局、市医保局", needs=("psn_insu_d", "population"), denominator="应参保人数",
           pillar="部门联管", date_basis="period end", target={2025: 0.95}, error="none",
           over="should_be_insured", status="read in secondary source")
def enrolment_rate(w, p):
    """参保率 · Share of persons who should be insured that are.

    Persons in basic insurance at the end of the period over the persons who should be insured.
    """
    return insured(w).mutate(numerator=1, denominator=1).drop("amount")

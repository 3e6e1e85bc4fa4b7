from yb_analytics.indicators import indicator
from yb_analytics.indicators._cases import cases, rows


@indicator(subject="person", unit="per_10k", better="lower", parent="conduct",
           basis="S3 二(二)", owner="市医保局", needs=("case_d", "psn_insu_d"),
           denominator="期末基本医保参保人数", pillar="依法严管", date_basis="filing",
           target={2025: 0.5, 2027: 0.3}, over="insured")
def person_case_rate(w, p):
    """参保人行政案件发案率 · Administrative cases per 10,000 insured persons.

    Cases filed against insured persons over the persons in basic insurance at the end of the period.
    """
    return rows(cases(w, "person", ("administrative",)))

from yb_analytics.indicators import indicator
from yb_analytics.indicators._cases import cases, rows


@indicator(subject="institution", unit="per_100", better="lower", parent="compliance",
           basis="S3 二(一)", owner="市医保局", needs=("case_d", "fixmedins_b"),
           denominator="期末定点医药机构数", pillar="依法严管", date_basis="filing",
           target={2025: 5.0, 2027: 3.0}, over="institutions")
def institution_case_rate(w, p):
    """行政案件发案率 · Administrative cases per 100 institutions.

    Cases filed against designated institutions over the institutions designated at the end of the period. Falls
    when inspectors look less: read it beside the inspection rate and the random arm.
    """
    return rows(cases(w, "institution", ("administrative",)))

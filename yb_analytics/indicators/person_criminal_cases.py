from yb_analytics.indicators import indicator
from yb_analytics.indicators._cases import cases, rows


@indicator(subject="person", unit="count", better="zero", parent="conduct",
           basis="S3 二(二)", owner="市公安局", needs=("case_d",),
           denominator="无", pillar="依法严管", date_basis="filing",
           target={2025: 0.0}, veto=True, status="read in source")
def person_criminal_cases(w, p):
    """参保人刑事案件数 · Criminal cases against insured persons.

    None may happen; one caps the grade of the subject.
    """
    return rows(cases(w, "person", ("criminal",)))

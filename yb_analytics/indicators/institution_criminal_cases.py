from yb_analytics.indicators import indicator
from yb_analytics.indicators._cases import cases, rows


@indicator(subject="institution", unit="count", better="zero", parent="compliance",
           basis="S3 二(一)", owner="市公安局", needs=("case_d",),
           denominator="无", pillar="依法严管", date_basis="filing",
           target={2025: 0.0}, veto=True, status="read in source")
def institution_criminal_cases(w, p):
    """机构刑事案件数 · Criminal cases against institutions.

    None may happen; one caps the grade of the subject.
    """
    return rows(cases(w, "institution", ("criminal",)))

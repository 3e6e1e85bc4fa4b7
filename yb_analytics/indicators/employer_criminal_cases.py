from yb_analytics.indicators import indicator
from yb_analytics.indicators._cases import cases, rows


@indicator(subject="employer", unit="count", better="zero", parent="honesty",
           basis="S3 二(三)", owner="市公安局", needs=("case_d",),
           denominator="无", pillar="依法严管", date_basis="filing",
           target={2025: 0.0}, veto=True, status="read in source")
def employer_criminal_cases(w, p):
    """用人单位刑事案件数 · Criminal cases against employers.

    None may happen; one caps the grade of the subject.
    """
    return rows(cases(w, "employer", ("criminal",)))

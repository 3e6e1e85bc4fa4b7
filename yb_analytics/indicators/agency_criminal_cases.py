from yb_analytics.indicators import indicator
from yb_analytics.indicators._cases import cases, rows


@indicator(subject="agency", unit="count", better="zero", parent="integrity",
           basis="S3 二(四)", owner="市医保局", needs=("case_d",),
           denominator="无", pillar="行业自管", date_basis="filing",
           target={2025: 0.0}, veto=True, status="read in source")
def agency_criminal_cases(w, p):
    """经办机构刑事案件数 · Criminal cases against the agency.

    None may happen; one caps the grade of the subject.
    """
    return rows(cases(w, "agency", ("criminal",)))

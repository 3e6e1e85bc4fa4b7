from yb_analytics.indicators import indicator
from yb_analytics.indicators._cases import cases, rows


@indicator(subject="agency", unit="count", better="zero", parent="integrity",
           basis="S3 二(四)", owner="市医保局", needs=("case_d",),
           denominator="无", pillar="行业自管", date_basis="filing",
           target={2025: 0.0}, status="read in source")
def agency_administrative_cases(w, p):
    """经办机构行政案件数 · Administrative cases against the agency.

    None may happen.
    """
    return rows(cases(w, "agency", ("administrative",)))

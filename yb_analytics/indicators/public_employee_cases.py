from yb_analytics.indicators import indicator
from yb_analytics.indicators._cases import cases, rows


@indicator(subject="person", unit="count", better="zero", parent="conduct", basis="S3 二(二)、三14",
           owner="市委组织部、市直机关工委、市医保局", needs=("case_d",), denominator="无",
           pillar="社会督管", date_basis="filing", target={2025: 0.0}, status="read in source")
def public_employee_cases(w, p):
    """公职人员案件数 · Cases against public employees.

    Administrative and criminal cases against insured persons marked as public employees.
    """
    c = cases(w, "person", ("administrative", "criminal"))
    return rows(c.filter(c.public_flag == "1"))

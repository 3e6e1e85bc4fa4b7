from yb_analytics.indicators import indicator
from yb_analytics.indicators._cases import cases, rows


@indicator(subject="employer", unit="count", better="zero", parent="honesty", basis="S3 二(三)、三1",
           owner="市税务局、市人力社保局、市医保局", needs=("case_d",), denominator="无",
           pillar="部门联管", date_basis="filing", target={2025: 0.0})
def sham_employment_cases(w, p):
    """虚假挂靠案件数 · Cases of sham employment.

    Cases of any kind against employers whose cause is a feigned employment relation.
    """
    c = cases(w, "employer", ("administrative", "agreement", "criminal"))
    return rows(c.filter(c.case_cause == "sham_employment"))

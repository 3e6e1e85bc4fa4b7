from yb_analytics.indicators import indicator
from yb_analytics.indicators._cases import cases, rows


@indicator(subject="employer", unit="per_100", better="lower", parent="honesty",
           basis="S3 二(三)", owner="市税务局、市人力社保局、市医保局", needs=("case_d", "insu_emp_info_b"),
           denominator="参保单位数", pillar="依法严管", date_basis="filing",
           target={2025: 1.0, 2027: 0.5}, over="employers")
def employer_case_rate(w, p):
    """用人单位行政案件发案率 · Administrative cases per 100 employers.

    Cases filed against employers over the employers in the register.
    """
    return rows(cases(w, "employer", ("administrative",)))

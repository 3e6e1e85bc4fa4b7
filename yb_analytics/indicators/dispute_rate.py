from yb_analytics.indicators import indicator


@indicator(subject="employer", unit="per_100", better="lower", parent="honesty", basis="S3 二(三)",
           owner="市人力社保局、市医保局", needs=("dispute_d", "insu_emp_info_b"),
           denominator="参保单位数", pillar="部门联管", date_basis="filing", target={2025: 1.0},
           over="employers")
def dispute_rate(w, p):
    """劳动争议案件率 · Labour disputes about insurance per 100 employers.

    Disputes about enrolment or contributions filed in the period over the employers insured.
    """
    d = w.dispute_d
    return d.select(county="insu_admdvs", on="filed_date", numerator=1, denominator=1)

from yb_analytics.indicators import indicator
from yb_analytics.indicators._cases import cases, rows


@indicator(subject="institution", unit="per_100", better="lower", parent="compliance",
           basis="S3 二(一)", owner="市医保局", needs=("case_d", "fixmedins_b"),
           denominator="期末定点医药机构数", pillar="行业自管", date_basis="filing",
           target={2025: 10.0, 2027: 8.0}, over="institutions")
def agreement_case_rate(w, p):
    """协议违规发案率 · Agreement cases per 100 institutions.

    Cases of breached service agreements over the institutions designated at the end of the period.
    """
    return rows(cases(w, "institution", ("agreement",)))

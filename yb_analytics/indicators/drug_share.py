from yb_analytics.indicators import _care, indicator
from yb_analytics.schema import DRUG


@indicator(subject="fund", unit="share", better="lower", parent="output", basis="S3 三7",
           owner="市医保局、市卫生健康委", needs=("fee_list_d", "setl_d"), denominator="住院费用明细总额",
           pillar="行业自管", date_basis="service", target={2025: 0.25}, error="linear")
def drug_share(w, p):
    """药占比 · Share of drugs in inpatient cost.

    Fee of drug lines over the fee of all lines of inpatient care, by the day of the fee.
    """
    f = _care.inpatient_lines(w)
    of_kind = f.list_type[:3].isin(DRUG).fill_null(False)
    return f.select("county", "institution", "on", numerator=of_kind.ifelse(f.fee, 0), denominator=f.fee)

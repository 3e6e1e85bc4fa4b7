from yb_analytics.indicators import indicator


@indicator(subject="institution", unit="share", better="higher", parent="smart_control", basis="S3 三5",
           owner="市医保局、市市场监管局", needs=("fee_list_d", "drug_trace_d"), denominator="应采集的药品结算明细数",
           pillar="智能协管", date_basis="service", target={2025: 0.9, 2027: 0.98})
def trace_code_rate(w, p):
    """追溯码采集率 · Share of drug lines with a trace code.

    Fee lines of catalogue kinds `p.kinds` that carry at least one trace code, over all such lines (reversed
    lines absent).
    """
    f = w.fee_lines
    f = f.filter(f.list_type.isin(p.kinds))
    at = w.institutions.select("fixmedins_code", "county")
    sold = w.drug_trace_d.filter(w.drug_trace_d.bkkp_sn.notnull())
    f = f.select("fixmedins_code", on=f.fee_ocur_time.cast("date"),
                 numerator=f.bkkp_sn.isin(sold.bkkp_sn).cast("int64"))
    f = f.left_join(at, "fixmedins_code")
    return f.select("on", "numerator", county="county", institution="fixmedins_code", denominator=1)

from yb_analytics.indicators import indicator


@indicator(subject="institution", unit="share", better="lower", parent="smart_control", basis="S3 三5",
           owner="市医保局", needs=("fee_list_d", "hilist_b"), denominator="费用明细行数",
           pillar="智能协管", date_basis="service", target={2025: 0.01}, error="none")
def nonstandard_code_rate(w, p):
    """编码非标率 · Share of fee lines whose code the catalogue does not know.

    Valid fee lines whose catalogue code is not in the catalogue, over all valid fee lines.
    """
    f = w.fee_lines.select("fixmedins_code", "hilist_code", on=w.fee_lines.fee_ocur_time.cast("date"))
    known = w.hilist_b.select("hilist_code", known=1).distinct()
    at = w.institutions.select("fixmedins_code", "county")
    f = f.left_join(known, "hilist_code").left_join(at, "fixmedins_code")
    unknown = f.known.isnull().cast("int64")
    return f.select("on", "county", institution="fixmedins_code", numerator=unknown, denominator=1)

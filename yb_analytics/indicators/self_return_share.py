from yb_analytics.indicators import indicator


@indicator(subject="institution", unit="share", better="higher", parent="self_discipline", basis="S3 三2、三10",
           owner="市医保局", needs=("inspection_d",), denominator="违规金额与自查退回金额之和",
           pillar="行业自管", date_basis="event", target={2025: 0.2, 2027: 0.3}, error="linear")
def self_return_share(w, p):
    """自查自纠退回占比 · Share of money returned after self-check.

    Money institutions returned of their own accord, over that money and the money found in violation.
    """
    i = w.inspection_d
    own, found = i.self_return_amt.fill_null(0), i.violation_amt.fill_null(0)
    return i.select(county=i.insu_admdvs, on=i.insp_date, numerator=own, denominator=own + found)

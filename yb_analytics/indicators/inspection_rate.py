from yb_analytics.indicators import indicator


@indicator(subject="institution", unit="share", better="higher", parent="supervision", basis="S3 三2",
           owner="市医保局", needs=("inspection_d", "fixmedins_b"), denominator="期末定点医药机构数",
           pillar="依法严管", date_basis="event", target={2025: 1.0}, error="none",
           over="institutions", once=True, status="read in source")
def inspection_rate(w, p):
    """检查率 · Inspection rate.

    Designated institutions inspected at least once in the period, over those designated at its end.
    """
    i = w.inspection_d
    return i.select(county=i.insu_admdvs, key=i.fixmedins_code, on=i.insp_date, numerator=1, denominator=1)

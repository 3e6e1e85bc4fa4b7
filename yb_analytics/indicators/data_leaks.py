from yb_analytics.indicators import indicator


@indicator(subject="agency", unit="count", better="zero", parent="integrity", basis="S3 二(四)",
           owner="市医保局", needs=("data_event_d",), denominator="无", pillar="行业自管",
           date_basis="event", target={2025: 0.0}, status="read in source")
def data_leaks(w, p):
    """信息泄露事件数 · Leaks of data.

    Events in which data of employers or persons were leaked.
    """
    e = w.data_event_d.filter(w.data_event_d.event_type.isin(("leaked",)))
    return e.select(county=e.insu_admdvs, on=e.event_date, numerator=1, denominator=1)

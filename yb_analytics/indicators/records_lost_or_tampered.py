from yb_analytics.indicators import indicator


@indicator(subject="agency", unit="count", better="zero", parent="integrity", basis="S3 二(四)",
           owner="市医保局", needs=("data_event_d",), denominator="无", pillar="行业自管",
           date_basis="event", target={2025: 0.0}, status="read in source")
def records_lost_or_tampered(w, p):
    """记录丢失或篡改数 · Records lost or tampered with.

    Events in which contribution, benefit or personal records were lost or changed.
    """
    e = w.data_event_d.filter(w.data_event_d.event_type.isin(("lost", "tampered")))
    return e.select(county=e.insu_admdvs, on=e.event_date, numerator=1, denominator=1)

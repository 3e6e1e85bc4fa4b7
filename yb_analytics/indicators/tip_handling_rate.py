from yb_analytics.indicators import indicator


@indicator(subject="institution", unit="share", better="higher", parent="supervision", basis="S3 三2、三11",
           owner="市医保局", needs=("tip_d",), denominator="受理的投诉举报数", pillar="社会督管",
           date_basis="event", target={2025: 1.0}, error="none", status="read in source")
def tip_handling_rate(w, p):
    """投诉举报查处率 · Share of tips dealt with.

    Tips received in the period that have been dealt with, over all received in it. No column names the
    informer.
    """
    t = w.tip_d
    return t.select(county=t.insu_admdvs, on=t.recv_week,
                    numerator=(t.handled_flag == "1").fill_null(False).cast("int64"), denominator=1)

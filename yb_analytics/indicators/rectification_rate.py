from yb_analytics.indicators import indicator


@indicator(subject="institution", unit="share", better="higher", parent="supervision", basis="S3 三3",
           owner="市医保局", needs=("inspection_d",), denominator="发现违规的检查次数", pillar="行业自管",
           date_basis="event", target={2025: 1.0}, error="none")
def rectification_rate(w, p):
    """整改完成率 · Share of violations put right.

    Inspections that found a violation and are marked as put right, over those that found one.
    """
    i = w.inspection_d.filter(w.inspection_d.violation_flag == "1")
    return i.select(county=i.insu_admdvs, on=i.insp_date,
                    numerator=(i.rectified_flag == "1").fill_null(False).cast("int64"), denominator=1)

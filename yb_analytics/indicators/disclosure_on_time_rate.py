from yb_analytics.indicators import indicator


@indicator(subject="fund", unit="share", better="higher", parent="social", basis="S3 三12、三16",
           owner="市医保局", needs=("disclosure_d",), denominator="到期应公开事项数", pillar="社会督管",
           date_basis="event", target={2025: 1.0}, error="none")
def disclosure_on_time_rate(w, p):
    """信息披露按期率 · Share of disclosures made in time.

    Disclosures made by their due day over those due in the period.
    """
    d = w.disclosure_d.filter(w.disclosure_d.due_date.notnull())
    return d.select(county="insu_admdvs", on="due_date", denominator=1,
                    numerator=(d.disclosed_date <= d.due_date).fill_null(False).cast("int64"))

from yb_analytics.indicators import indicator


@indicator(subject="agency", unit="share", better="lower", parent="integrity", basis="S3 二(四)",
           owner="市医保局", needs=("data_access_d",), denominator="数据访问次数", pillar="行业自管",
           date_basis="event", target={2025: 0.0}, error="none")
def unlawful_access_rate(w, p):
    """越权访问率 · Share of accesses beyond a clerk's rights.

    Accesses to data marked as beyond the rights of the clerk over all accesses whose rights are known.
    """
    a = w.data_access_d.filter(w.data_access_d.grant_flag.notnull())
    return a.select(county="insu_admdvs", on=a.access_time.cast("date"), numerator=(a.grant_flag == "0").cast("int64"),
                    denominator=1)

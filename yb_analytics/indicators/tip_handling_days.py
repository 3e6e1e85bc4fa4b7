from yb_analytics.indicators import indicator


@indicator(subject="institution", unit="days", better="lower", parent="supervision", basis="S3 三11",
           owner="市医保局", needs=("tip_d",), denominator="已办结举报件数", pillar="社会督管",
           date_basis="event", target={2025: 15.0})
def tip_handling_days(w, p):
    """投诉举报办理天数 · Days to deal with a tip.

    Days to deal with tips received in the period, over those whose days are known.
    """
    t = w.tip_d.filter(w.tip_d.handled_days.notnull())
    return t.select(county="insu_admdvs", on="recv_week", numerator=t.handled_days, denominator=1)

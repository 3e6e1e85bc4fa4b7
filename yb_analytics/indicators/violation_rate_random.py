from yb_analytics.indicators import indicator


@indicator(subject="institution", unit="share", better="lower", parent="compliance", basis="S3 三2、三3",
           owner="市医保局", needs=("inspection_d",), denominator="随机抽查的机构数", pillar="依法严管",
           date_basis="event", target={2025: 0.05, 2027: 0.03})
def violation_rate_random(w, p):
    """违法违规发生率（随机抽查） · Share of randomly inspected institutions in violation.

    Only the random arm: the share among institutions chosen by risk says where inspectors looked, not how
    common violations are. An institution inspected twice counts once, in violation if it ever was.
    """
    i = w.inspection_d.filter(w.inspection_d.arm == "random")
    return i.select(county=i.insu_admdvs, key=i.fixmedins_code, on=i.insp_date,
                    numerator=(i.violation_flag == "1").fill_null(False).cast("int64"), denominator=1)

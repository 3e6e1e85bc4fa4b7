from yb_analytics.indicators import indicator


@indicator(subject="employer", unit="share", better="lower", parent="contribution", basis="S3 三1",
           owner="市税务局、市人力社保局、市医保局", needs=("emp_clct_detl_d",),
           denominator="应缴单位月数", pillar="部门联管", date_basis="payment", target={2025: 0.02})
def arrears_rate(w, p):
    """欠费率 · Share of employer-months in arrears.

    Employer-months of which less than what was due arrived, over all employer-months with something due, by the
    month they are for.
    """
    e = w.emp_clct_detl_d.filter(w.emp_clct_detl_d.amt > 0)
    short = (e.arvl_amt.fill_null(0) < e.amt).cast("int64")
    return e.select(county=e.insu_admdvs, on=(e.cashym[:4] + "-" + e.cashym[4:6] + "-01").cast("date"), numerator=short,
                    denominator=1)

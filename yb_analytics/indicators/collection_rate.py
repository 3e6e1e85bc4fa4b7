from yb_analytics.indicators import indicator


@indicator(subject="employer", unit="share", better="higher", parent="contribution", basis="S3 二(三)、三1",
           owner="市税务局、市人力社保局、市医保局", needs=("emp_clct_detl_d",), denominator="应缴金额",
           pillar="部门联管", date_basis="payment", target={2025: 0.98, 2027: 0.99}, error="linear")
def collection_rate(w, p):
    """缴费率 · Share of contributions due that arrived.

    Contributions received over contributions due, by the month they are for.
    """
    e = w.emp_clct_detl_d
    return e.select(county=e.insu_admdvs, on=(e.cashym[:4] + "-" + e.cashym[4:6] + "-01").cast("date"),
                    numerator=e.arvl_amt.fill_null(0), denominator=e.amt.fill_null(0))

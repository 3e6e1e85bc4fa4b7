from yb_analytics.indicators import indicator


@indicator(subject="employer", unit="share", better="higher", parent="contribution", basis="S3 三1",
           owner="市税务局、市人力社保局、市医保局", needs=("emp_clct_detl_d", "tax_payroll"),
           denominator="有税务工资申报的单位月数", pillar="部门联管", date_basis="payment",
           target={2025: 0.9, 2027: 0.95}, error="linear")
def base_truth_rate(w, p):
    """缴费基数真实率 · Share of employer-months whose contribution base agrees with declared wages.

    The base per insured person reaches `p.tolerance` of the wage per person declared to tax, or the upper
    limit of the base explains why it does not. Insurance types `p.insutype` only.
    """
    e = w.emp_clct_detl_d.filter(w.emp_clct_detl_d.insutype == p.insutype)
    e = e.rename(ym="cashym").inner_join(w.tax_payroll, ["emp_no", "ym"])
    e = e.filter(e.clct_psncnt > 0, e.psn_cnt > 0)
    base = e.psn_clctstd_sumamt.cast("float64") / e.clct_psncnt
    wage = e.wage_amt.cast("float64") / e.psn_cnt
    true = (base >= p.tolerance * wage) | (base >= p.base_cap)
    return e.select(county=e.insu_admdvs, on=(e.ym[:4] + "-" + e.ym[4:6] + "-01").cast("date"),
                    numerator=true.cast("int64"), denominator=1)

from yb_analytics.indicators import _care, indicator


@indicator(subject="fund", unit="per_10k", better="lower", parent="social", basis="S3 三7",
           owner="市医保局、市财政局", needs=("setl_d", "mdtrt_d"), denominator="出院人次",
           pillar="社会督管", date_basis="service", target={2025: 200.0})
def heavy_burden_rate(w, p):
    """大额负担住院率 · Stays with a heavy burden per 10,000.

    Stays for which the person paid more than `p.limit` yuan, per 10,000 stays; a stand-in for catastrophic
    spending where incomes are not held.
    """
    s = _care.stays(w)
    return s.select(*_care.UNITS, "on", numerator=(s.own > p.limit).fill_null(False).cast("int64"), denominator=1)

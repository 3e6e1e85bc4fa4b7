from yb_analytics.indicators import indicator


@indicator(subject="institution", unit="share", better="higher", parent="smart_control", basis="S2",
           owner="市医保局", needs=("fixmedins_b",), denominator="期末定点医药机构数", pillar="智能协管",
           date_basis="period end", target={2025: 0.5, 2026: 0.7, 2027: 0.9}, error="none")
def precheck_rate(w, p):
    """事前提醒接入率 · Share of institutions connected to pre-check.

    Designated institutions connected to the reminder before prescribing, at the end of the period. The
    target of 2026 (70 %) was read in S2; the years beside it are proposals.
    """
    b = w.fixmedins_b
    return b.select(county=b.fix_blng_admdvs, key=b.fixmedins_code, since=b.begntime, until=b.endtime,
                    numerator=(b.precheck_flag == "1").fill_null(False).cast("int64"), denominator=1)

from yb_analytics.indicators import _care, indicator


@indicator(subject="fund", unit="share", better="lower", parent="output", basis="国家规则库 ZB10000205004000",
           owner="市医保局、市卫生健康委", needs=("fee_list_d", "setl_d"), denominator="住院费用明细总额",
           pillar="行业自管", date_basis="service", error="linear")
def treatment_share(w, p):
    """治疗占比 · Share of treatment in inpatient cost.

    Fee of lines charged as treatment (`p.kinds`) over the fee of all lines of inpatient care.
    """
    f = _care.inpatient_lines(w)
    of_kind = f.med_chrgitm_type.isin(p.kinds).fill_null(False)
    return f.select("county", "institution", "on", numerator=of_kind.ifelse(f.fee, 0), denominator=f.fee)

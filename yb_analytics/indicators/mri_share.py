from yb_analytics.indicators import _care, indicator


@indicator(subject="fund", unit="share", better="lower", parent="output", basis="国家规则库 ZB10000205006000",
           owner="市医保局、市卫生健康委", needs=("fee_list_d", "setl_d"), denominator="住院费用明细总额",
           pillar="行业自管", date_basis="service", error="linear")
def mri_share(w, p):
    """核磁检查占比 · Share of magnetic resonance examinations in inpatient cost.

    Fee of examinations whose name holds one of `p.words` and none of `p.but` over the fee of all lines of inpatient
    care: catalogue codes of examinations differ between editions, their names do not.
    """
    return _care.named_examinations(w, p)

from yb_analytics.indicators import _care, indicator


@indicator(subject="fund", unit="share", better="lower", parent="output", basis="S3 三7", owner="市医保局",
           needs=("setl_d",), denominator="医疗费总额", pillar="行业自管", date_basis="settlement",
           target={2025: 0.15}, error="linear")
def away_share(w, p):
    """异地就医费用占比 · Share of cost arisen elsewhere.

    Fee of settlements paid for outside the pooling area (`p.places`) over the fee of all, by county of
    insurance.
    """
    s = _care.settled(w)
    away = s.pay_loc.isin(p.places).fill_null(False)
    return s.select(*_care.UNITS, "on", numerator=away.ifelse(s.fee, 0), denominator=s.fee)

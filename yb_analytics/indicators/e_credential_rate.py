from yb_analytics.indicators import indicator


@indicator(subject="person", unit="share", better="higher", parent="proper_use", basis="S3 三14",
           owner="市医保局", needs=("setl_d",), denominator="结算人次", pillar="智能协管",
           date_basis="settlement", target={2025: 0.5, 2027: 0.6})
def e_credential_rate(w, p):
    """电子凭证结算率 · Share of settlements with the electronic credential.

    Settlements made with the person's own electronic credential (`p.kinds`) over all valid settlements, by
    county of insurance.
    """
    s = w.valid_settlements
    return s.select(county=s.insu_admdvs, on=s.setl_time.cast("date"),
                    numerator=s.mdtrt_cert_type.isin(p.kinds).fill_null(False).cast("int64"),
                    denominator=1)

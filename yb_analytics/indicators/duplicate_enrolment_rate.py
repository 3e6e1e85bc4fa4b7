import ibis

from yb_analytics.indicators import indicator
from yb_analytics.indicators._stocks import BASIC


@indicator(subject="person", unit="per_10k", better="lower", parent="proper_use", basis="S3 三1",
           owner="市税务局、市人力社保局、市医保局", needs=("psn_insu_d",), denominator="期末基本医保参保人数",
           pillar="部门联管", date_basis="period end", target={2025: 10.0, 2027: 5.0})
def duplicate_enrolment_rate(w, p):
    """重复参保率 · Persons insured twice per 10,000.

    Persons with two spells of basic insurance that both hold at the end of the period, in the county of
    each spell.
    """
    s = w.psn_insu_d.filter(w.psn_insu_d.insutype.isin(BASIC))
    s = s.select(spell=s.psn_insu_rlts_id, psn_no=s.psn_no, county=s.insu_admdvs,
                 begin=s.crt_insu_date, end=s.paus_insu_date)
    o = s.view()
    pair = s.join(o, [s.psn_no == o.psn_no, s.spell != o.spell])
    pair = pair.select(county=s.county, key=s.psn_no, since=ibis.greatest(s.begin, o.begin),
                       until=ibis.least(s.end.coalesce(o.end), o.end.coalesce(s.end)), numerator=1, denominator=0)
    alone = s.select("county", key="psn_no", since="begin", until="end", numerator=0, denominator=1)
    return alone.union(pair.cast({"numerator": "int8", "denominator": "int8"}))

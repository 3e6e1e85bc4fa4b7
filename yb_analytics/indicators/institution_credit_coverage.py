import ibis

from yb_analytics.indicators import indicator
from yb_analytics.indicators._stocks import institutions


@indicator(subject="institution", unit="share", better="higher", parent="self_discipline", basis="S3 三15",
           owner="市医保局", needs=("credit_event_d", "fixmedins_b"), denominator="期末定点医药机构数",
           pillar="信用促管", date_basis="period end", target={2025: 0.9}, over="institutions")
def institution_credit_coverage(w, p):
    """机构信用覆盖率 · Share of institutions with a credit record.

    Institutions with at least one event of credit up to the end of the period.
    """
    c = w.credit_event_d.filter(w.credit_event_d.subject_type == "institution", w.credit_event_d.subject_id.notnull())
    first = c.group_by(key=c.subject_id).agg(noted=c.event_date.min())
    s = institutions(w).inner_join(first, "key")
    return s.select("county", "key", "until", since=ibis.greatest(s.since.coalesce(s.noted), s.noted), numerator=1,
                    denominator=0)

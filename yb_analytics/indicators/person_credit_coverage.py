import ibis

from yb_analytics.indicators import indicator
from yb_analytics.indicators._stocks import insured


@indicator(subject="person", unit="share", better="higher", parent="proper_use", basis="S3 三15",
           owner="市医保局", needs=("credit_event_d", "psn_insu_d"), denominator="期末基本医保参保人数",
           pillar="信用促管", date_basis="period end", target={2025: 0.2}, over="insured")
def person_credit_coverage(w, p):
    """参保人信用覆盖率 · Share of insured persons with a credit record.

    Insured persons with at least one event of credit up to the end of the period.
    """
    c = w.credit_event_d.filter(w.credit_event_d.subject_type == "person", w.credit_event_d.subject_id.notnull())
    first = c.group_by(key=c.subject_id).agg(noted=c.event_date.min())
    s = insured(w).inner_join(first, "key")
    return s.select("county", "key", "until", since=ibis.greatest(s.since.coalesce(s.noted), s.noted), numerator=1,
                    denominator=0)

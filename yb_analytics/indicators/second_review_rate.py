from yb_analytics.indicators import indicator


@indicator(subject="agency", unit="share", better="higher", parent="control", basis="S4 三(一)",
           owner="市医保局", needs=("review_d",), denominator="已初审单据数", pillar="行业自管",
           date_basis="event", target={2025: 0.05}, error="none", status="read in source")
def second_review_rate(w, p):
    """复审率 · Share of reviewed settlements reviewed a second time.

    Settlements first reviewed in the period that had a second review at any time, over those first reviewed
    in it.
    """
    r = w.review_d
    again = r.filter(r.review_stage == "2").select("setl_id", again=1).distinct()
    first = r.filter(r.review_stage == "1").left_join(again, "setl_id")
    return first.select(county="insu_admdvs", on=first.review_time.cast("date"),
                        numerator=first.again.fill_null(0), denominator=1)

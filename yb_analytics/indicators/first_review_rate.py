from yb_analytics.indicators import indicator


@indicator(subject="agency", unit="share", better="higher", parent="control", basis="S4 三(一)",
           owner="市医保局", needs=("setl_d", "review_d"), denominator="结算单据数", pillar="行业自管",
           date_basis="settlement", target={2025: 1.0}, error="none", status="read in source")
def first_review_rate(w, p):
    """初审率 · Share of settlements reviewed.

    Valid settlements of the period with a first review, over all of them, by county of insurance.
    """
    r = w.review_d.filter(w.review_d.review_stage == "1").select("setl_id", reviewed=1).distinct()
    s = w.valid_settlements.select("setl_id", "insu_admdvs", "setl_time").left_join(r, "setl_id")
    return s.select(county="insu_admdvs", on=s.setl_time.cast("date"), numerator=s.reviewed.fill_null(0),
                    denominator=1)

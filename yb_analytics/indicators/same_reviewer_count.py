from yb_analytics.indicators import indicator


@indicator(subject="agency", unit="count", better="zero", parent="control", basis="S3 三9",
           owner="市医保局", needs=("review_d",), denominator="件数（不设分母）", pillar="行业自管",
           date_basis="event", target={2025: 0.0}, error="none")
def same_reviewer_count(w, p):
    """岗位不相容违反数 · Settlements reviewed twice by the same person.

    Settlements whose first and second review bear the same reviewer, by the day of the second review.
    """
    r = w.review_d.filter(w.review_d.reviewer_id.notnull())
    first = r.filter(r.review_stage == "1").select("setl_id", "reviewer_id").distinct()
    twice = r.filter(r.review_stage == "2").semi_join(first, ["setl_id", "reviewer_id"])
    return twice.select(county="insu_admdvs", on=twice.review_time.cast("date"), numerator=1, denominator=1)

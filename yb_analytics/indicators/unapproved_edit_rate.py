from yb_analytics.indicators import indicator


@indicator(subject="agency", unit="share", better="lower", parent="control", basis="S3 二(四)、三9",
           owner="市医保局", needs=("oper_log_d",), denominator="修改与删除操作数", pillar="行业自管",
           date_basis="event", target={2025: 0.0}, error="none")
def unapproved_edit_rate(w, p):
    """无审批修改率 · Share of edits without approval.

    Edits and deletions without a second person's approval over all edits and deletions.
    """
    o = w.oper_log_d.filter(w.oper_log_d.oper_type.isin(["edit", "delete"]))
    return o.select(county="insu_admdvs", on=o.oper_time.cast("date"), denominator=1,
                    numerator=(o.aprv_flag != "1").fill_null(True).cast("int64"))

import ibis

from yb_analytics.indicators import _care, indicator


@indicator(subject="fund", unit="share", better="lower", parent="output", basis="S3 三7",
           owner="市医保局、市卫生健康委", needs=("mdtrt_d", "setl_d"),
           denominator="出院人次（剔除放化疗、透析等）", pillar="行业自管", date_basis="service",
           target={2025: 0.08})
def readmission_31d(w, p):
    """31日再入院率 · Readmission anywhere within 31 days.

    Discharges followed by another stay of the same person in any institution within `p.days` days; planned
    returns count neither above nor below the line (see readmission_15d).
    """
    s = _care.unplanned(w, p)
    order = ibis.window(group_by=[s.psn_no], order_by=[s.begntime, s.mdtrt_id])
    s = s.mutate(following=s.begntime.lead().over(order))
    gap = (s.following.cast("date") - s.endtime.cast("date")).cast("int64")
    back = ((gap >= 0) & (gap <= int(p.days))).fill_null(False)
    return s.select(county=s.fix_blng_admdvs, institution=s.fixmedins_code, on=s.endtime.cast("date"),
                    numerator=back.cast("int64"), denominator=1)

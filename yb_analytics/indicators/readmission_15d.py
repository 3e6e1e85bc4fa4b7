import ibis

from yb_analytics.indicators import _care, indicator


@indicator(subject="institution", unit="share", better="lower", parent="rational_care", basis="S3 三5",
           owner="市医保局、市卫生健康委", needs=("mdtrt_d", "setl_d"), denominator="出院人次（剔除放化疗、透析等）",
           pillar="智能协管", date_basis="service", target={2025: 0.05, 2027: 0.04})
def readmission_15d(w, p):
    """15日再入院率 · Readmission to the same institution within 15 days.

    Discharges followed by another stay of the same person in the same institution within `p.days` days.
    Stays whose main diagnosis or way of discharge explains a planned return (chemotherapy, radiotherapy,
    dialysis, psychiatry, transfer: `p.diagnoses`, `p.ways`) count neither above nor below the line.
    """
    s = _care.unplanned(w, p)
    order = ibis.window(group_by=[s.psn_no, s.fixmedins_code], order_by=[s.begntime, s.mdtrt_id])
    s = s.mutate(following=s.begntime.lead().over(order))
    gap = (s.following.cast("date") - s.endtime.cast("date")).cast("int64")
    back = ((gap >= 0) & (gap <= int(p.days))).fill_null(False)
    return s.select(county=s.fix_blng_admdvs, institution=s.fixmedins_code, on=s.endtime.cast("date"),
                    numerator=back.cast("int64"), denominator=1)

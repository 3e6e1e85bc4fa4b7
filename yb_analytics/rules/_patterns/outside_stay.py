"""A fee dated before admission or after discharge of the stay it is charged to."""

import ibis

from yb_analytics.rules._patterns import hits, pattern


@pattern(grain="stay", claims="line", losses=("whole_line",), needs=("fee_list_d", "setl_d"),
         parameters=("tolerance_days",),
         say="住院期间为{limit}，{day}起有{n}条明细（首条为“{item}”）计费日期不在住院期间内")
def outside_stay(asked):
    """计费日期与住院时间 · Fee outside the stay.

    Drugs taken home are excepted, as is the tolerance before admission and after discharge. A stay that has
    not ended (an interim settlement does not end it) has no late fees.
    """
    visits = asked.w.mdtrt_d.select("mdtrt_id", left="endtime", known=ibis.literal(True))
    stays = asked.w.stays.left_join(visits, "mdtrt_id")
    end = stays.known.fill_null(False).ifelse(stays.left, stays.endtime)
    stays = stays.select("mdtrt_id", first=stays.begntime.date(), last=end.date())
    lines = asked.lines.mutate(day=asked.lines.fee_ocur_time.date())
    found = lines.join(stays, "mdtrt_id").cross_join(asked.settings)
    early = found.first.delta(found.day, unit="day") > found.tolerance_days
    late = (found.day.delta(found.last, unit="day") > found.tolerance_days) & (
        found.dscg_tkdrug_flag.fill_null("0") != "1")
    found = found.filter((early | late) & (found.cnt > 0))
    span = ibis.literal("至").join([found.first.cast("string"), found["last"].cast("string").fill_null("未出院")])
    return hits(found, id=found.bkkp_sn, grp=found.mdtrt_id, subject_id=found.fixmedins_code, item=found.hilist_name,
                limit=span)

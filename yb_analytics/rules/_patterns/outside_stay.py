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
    stays = _spans(asked.w).cross_join(asked.settings)
    lines = asked.lines_of(lambda rows: _outside(rows, stays).select(*rows.columns))
    found = _outside(lines.filter(lines.cnt > 0), stays)
    span = ibis.literal("至").join([found.first.cast("string"), found["last"].cast("string").fill_null("未出院")])
    return hits(found, id=found.bkkp_sn, grp=found.mdtrt_id, subject_id=found.fixmedins_code, item=found.hilist_name,
                limit=span)


def _spans(w):
    """First and last day of every stay; where the visit is known, its own end counts."""
    visits = w.mdtrt_d.semi_join(w.stays, "mdtrt_id").select("mdtrt_id", left="endtime", known=ibis.literal(True))
    stays = w.stays.left_join(visits, "mdtrt_id")
    end = stays.known.fill_null(False).ifelse(stays.left, stays.endtime)
    return stays.select("mdtrt_id", first=stays.begntime.date(), last=end.date())


def _outside(lines, stays):
    """Lines whose day lies outside their stay and its tolerance, with the stay's days."""
    both = lines.join(stays, "mdtrt_id").mutate(day=lines.fee_ocur_time.date())
    early = both["first"].delta(both.day, unit="day") > both.tolerance_days
    late = both.day.delta(both["last"], unit="day") > both.tolerance_days
    return both.filter(early | (late & (both.dscg_tkdrug_flag.fill_null("0") != "1")))

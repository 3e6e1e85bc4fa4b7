"""An item charged without the item it presupposes."""

import ibis

from yb_analytics.rules._patterns import coded, hits, pattern
from yb_analytics.rules._patterns._windows import days_of, lines_near


@pattern(grain="line", claims="line", losses=("whole_line",), needs=("fee_list_d",), conditions=("requires",),
         say="{day}收取“{item}”，{found}未见应同时或先行使用的“{other}”，共{n}条明细")
def co_requirement(asked):
    """须有前提项目 · Co-requirement.

    One of the items named must be charged to the person on the same day by the institution, in the same stay, or
    in the n days before anywhere. Data that begin later than the n days cannot tell, nor can a stay that is not settled
    yet: then there is no hit.
    """
    points = asked.points
    wanting = coded(asked.lines, points)
    wanting = wanting.filter(wanting.cnt > 0)
    codes = points.select(code="other_code").distinct()
    have = lines_near(asked).semi_join(codes, [("hilist_code", "code")])
    have = have.select("psn_no", have_code="hilist_code", have_day=have.fee_ocur_time.date(),
                       have_visit="mdtrt_id", have_place="fixmedins_code")
    met = _met(asked, wanting, have)
    found = wanting.filter((wanting.window != "stay") | wanting.setl_id.notnull()).anti_join(met, ["rule", "bkkp_sn"])
    told = _told(asked, found)
    names = asked.w.hilist_b.group_by(other_code="hilist_code").agg(other_name=asked.w.hilist_b.hilist_name.max())
    told = told.left_join(names, "other_code")
    one = told.group_by(["rule", "bkkp_sn", "fixmedins_code", "mdtrt_id", "day", "hilist_name", "window"]).agg(
        point_id=told.point_id.min(), other=told.other_name.fill_null(told.other_code).min())
    return hits(one, id=one.bkkp_sn, grp=one.bkkp_sn, subject_id=one.fixmedins_code, item=one.hilist_name,
                other=one.other, point_id=one.point_id, condition=ibis.literal("requires"), found=one.window)


def _met(asked, wanting, have):
    """Lines whose presupposition was charged in time, by rule."""
    both = wanting.join(have, [wanting.psn_no == have.psn_no, wanting.other_code == have.have_code])
    tests = [(both.window == "day") & (both.have_day == both.day) & (both.have_place == both.fixmedins_code),
             (both.window == "stay") & (both.have_visit == both.mdtrt_id)]
    since = both.day.delta(both.have_day, unit="day")
    tests += [(both.window == w) & (since >= 0) & (since <= days_of(w)) for w in asked.windows if w.endswith("d")]
    return both.filter(ibis.or_(*tests)).select("rule", "bkkp_sn").distinct()


def _told(asked, found):
    """Without the lines whose window begins before the data do."""
    if asked.w.first_fee is None:
        return found
    begin = ibis.literal(asked.w.first_fee)
    early = [(found.window == w) & (found.day.delta(begin, unit="day") < days_of(w))
             for w in asked.windows if w.endswith("d")]
    return found.filter(~ibis.or_(*early)) if early else found

"""A drug given longer after an operation than its preventive use allows."""

import ibis

from yb_analytics.rules._patterns import coded, hits, pattern


@pattern(grain="stay", claims="line", losses=("whole_line",), needs=("fee_list_d", "setl_diag_d"),
         conditions=("max_after_operation",),
         say="{day}使用“{item}”为{found}（{limit}），共{n}条明细；感染治疗须另行核实")
def after_operation(asked):
    """围手术期用药 · Use after an operation.

    Days from the end of the last procedure of the settlement to the day of the fee. A procedure without a time says
    nothing. An infection makes longer use right: only records can tell.
    """
    done = asked.w.setl_diag_d.filter(lambda t: t.diag_type == "9")
    done = done.mutate(at=done.oprn_oprt_endtime.fill_null(done.oprn_oprt_begntime)).filter(lambda t: t.at.notnull())
    last = done.group_by("setl_id").agg(operated=done.at.max().date())
    lines = asked.lines.filter(lambda t: t.cnt > 0).semi_join(last, "setl_id")
    rows = coded(lines, asked.points).inner_join(last, "setl_id")
    rows = rows.mutate(days=rows.day.delta(rows.operated, unit="day"))
    found = rows.filter(rows.days > rows.number)
    return hits(found, id=found.bkkp_sn, grp=found.setl_id, subject_id=found.fixmedins_code, item=found.hilist_name,
                point_id=found.point_id, condition=ibis.literal("max_after_operation"),
                limit=found["value"], found=found.days)

"""Two items that may not both be charged to one person by one institution on one day, in one stay or within hours."""

import dataclasses
from functools import reduce

import ibis

from yb_analytics.rules._patterns import hits, pattern
from yb_analytics.rules._patterns._windows import hours_of, lines_near

_WHO = ("psn_no", "fixmedins_code")


@pattern(grain="person-day", claims="line", losses=("smaller_amount",), needs=("fee_list_d",), conditions=("pair",),
         say="{day}对同一患者同时收取“{other}”和“{item}”，两者不得{limit}同时收费，后者{n}条明细应予核减")
def exclusive_pair(asked):
    """互斥项目 · Exclusive pair.

    The cheaper side of the day or stay is at stake; of two equal sides, the included one (`other_code`). Where the
    point counts hours, lines are compared one with another. The other side may lie outside the period.
    """
    points, parts = asked.points, []
    windows = ["day", *(w for w in asked.windows if w == "stay" or w.endswith("h"))]
    for window in windows:
        mine = points.filter(points.window.isin(["", "day"] if window == "day" else [window]))
        lines = _paired(dataclasses.replace(asked, windows=(window,)), mine)
        if window.endswith("h"):
            parts.append(_within(asked, lines, mine, hours_of(window)))
        else:
            where = lines.mdtrt_id if window == "stay" else lines.day.cast("string")
            parts.append(_together(asked, lines.mutate(bucket=where), mine))
    return reduce(lambda a, b: a.union(b), parts)


def _paired(asked, points):
    """Lines of either side of a pair."""
    codes = points.item_code.name("code").as_table().union(points.other_code.name("code").as_table()).distinct()
    lines = lines_near(asked)
    lines = lines.mutate(day=lines.fee_ocur_time.date())
    return lines.semi_join(codes, lines.hilist_code == codes.code)


def _together(asked, lines, points):
    """Pairs charged in one bucket: a day, or a stay."""
    where = (*_WHO, "bucket")
    sums = lines.group_by([*where, "hilist_code"]).agg(
        fee=lines.det_item_fee_sumamt.sum(), name=lines.hilist_name.max(), first=lines.day.min())
    both = _both(sums, points, where)
    pairs = both.mutate(claimed=ibis.ifelse(both.fee <= both.fee_a, both.hilist_code, both.item_code),
                        kept=ibis.ifelse(both.fee <= both.fee_a, both.name_a, both.name))
    pairs = pairs.select(*where, "rule", "point_id", "claimed", "kept", "window")
    found = lines.filter(asked.covers(lines.fee_ocur_time)).join(
        pairs, [lines[c] == pairs[c] for c in where] + [lines.hilist_code == pairs.claimed], rname="{name}_pair")
    group = ibis.literal("").join([found.psn_no, found.fixmedins_code, found.bucket, found.hilist_code])
    return hits(found, id=found.bkkp_sn, grp=group, subject_id=found.fixmedins_code, item=found.hilist_name,
                other=found.kept, point_id=found.point_id, condition=ibis.literal("pair"), window=found.window)


def _both(sums, points, where):
    """Buckets in which both items of a pair were charged; `_a` is the including item."""
    first = sums.join(points, [sums.hilist_code == points.item_code, sums["first"] >= points.valid_from,
                               sums["first"] <= points.valid_until])
    first = first.select(*where, "rule", "point_id", "item_code", "other_code", "window", fee_a=first.fee,
                         name_a=first.name)
    return sums.join(first, [sums[c] == first[c] for c in where] + [sums.hilist_code == first.other_code],
                     rname="{name}_first")


def _within(asked, lines, points, hours):
    """Lines of a pair that are not more than so many hours apart; the cheaper line is at stake."""
    whole = lines.join(points, [lines.hilist_code == points.item_code, lines.day >= points.valid_from,
                                lines.day <= points.valid_until])
    whole = whole.select(*_WHO, "rule", "point_id", "other_code", "window", line_a="bkkp_sn", name_a="hilist_name",
                         at_a="fee_ocur_time", fee_a="det_item_fee_sumamt", visit_a="mdtrt_id", day_a="day")
    both = lines.join(whole, [lines[c] == whole[c] for c in _WHO] + [lines.hilist_code == whole.other_code],
                      rname="{name}_w")
    apart = (both.fee_ocur_time.epoch_seconds() - both.at_a.epoch_seconds()).abs()
    both = both.filter(apart <= hours * 3600)
    small = both.det_item_fee_sumamt <= both.fee_a
    found = both.mutate(line=small.ifelse(both.bkkp_sn, both.line_a), kept=small.ifelse(both.name_a, both.hilist_name),
                        lost=small.ifelse(both.hilist_name, both.name_a), own=small.ifelse(both.mdtrt_id, both.visit_a),
                        on=small.ifelse(both.day, both.day_a), at=small.ifelse(both.fee_ocur_time, both.at_a))
    found = found.filter(asked.covers(found["at"]))
    return hits(found, id=found.line, grp=found.line, subject_id=found.fixmedins_code, item=found.lost,
                other=found.kept, point_id=found.point_id, condition=ibis.literal("pair"), window=found.window,
                mdtrt_id=found.own, day=found.on)

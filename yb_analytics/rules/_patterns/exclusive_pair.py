"""Two items that may not both be charged to one person on one day by one institution."""

import ibis

from yb_analytics.rules._patterns import hits, pattern

_WHERE = ("psn_no", "fixmedins_code", "day")


@pattern(grain="person-day", claims="line", losses=("smaller_amount",), needs=("fee_list_d",), conditions=("pair",),
         say="{day}对同一患者同时收取“{other}”和“{item}”，两者不得同日同时收费，后者{n}条明细应予核减")
def exclusive_pair(asked):
    """同日互斥项目 · Exclusive pair.

    The cheaper side of the day is at stake; of two equal sides, the included one (`other_code`).
    """
    points = asked.points
    codes = points.item_code.name("code").as_table().union(points.other_code.name("code").as_table()).distinct()
    lines = asked.lines.mutate(day=asked.lines.fee_ocur_time.date())
    lines = lines.semi_join(codes, lines.hilist_code == codes.code)
    lines = lines.filter(lines.cnt > 0)
    daily = lines.group_by([*_WHERE, "hilist_code"]).agg(
        fee=lines.det_item_fee_sumamt.sum(), name=lines.hilist_name.max())
    both = _both(daily, points)
    pairs = both.mutate(claimed=ibis.ifelse(both.fee <= both.fee_a, both.hilist_code, both.item_code),
                        kept=ibis.ifelse(both.fee <= both.fee_a, both.name_a, both.name))
    pairs = pairs.select(*_WHERE, "rule", "point_id", "claimed", "kept")
    found = lines.join(pairs, [lines[c] == pairs[c] for c in _WHERE] + [lines.hilist_code == pairs.claimed],
                       rname="{name}_pair")
    group = ibis.literal("").join([found.psn_no, found.fixmedins_code, found.day.cast("string"), found.hilist_code])
    return hits(found, id=found.bkkp_sn, grp=group, subject_id=found.fixmedins_code, item=found.hilist_name,
                other=found.kept, point_id=found.point_id)


def _both(daily, points):
    """Days on which both items of a pair were charged; `_a` is the including item."""
    first = daily.join(points, [daily.hilist_code == points.item_code, daily.day >= points.valid_from,
                                daily.day <= points.valid_until])
    first = first.select(*_WHERE, "rule", "point_id", "item_code", "other_code", fee_a=first.fee, name_a=first.name)
    return daily.join(first, [daily[c] == first[c] for c in _WHERE] + [daily.hilist_code == first.other_code],
                      rname="{name}_first")

"""An item charged more often than allowed per day, stay, week, month, year, or in any n days."""

from datetime import timedelta
from functools import reduce

import ibis

from yb_analytics.rules._patterns import coded, hits, pattern

_OWNER = ("rule", "point_id", "psn_no", "fixmedins_code")
_BACK = {"day": timedelta(), "week": timedelta(days=7), "month": timedelta(days=31),
         "stay": timedelta(days=366), "year": timedelta(days=366)}
"""How far before the period a window may begin; a sliding one its own length."""


@pattern(grain="window", claims="line", losses=("excess_quantity",), needs=("fee_list_d",),
         conditions=("max_count",),
         say="{day}起对同一患者收取“{item}”累计{found}次，{limit}，超出部分涉及{n}条明细")
def frequency(asked):
    """限定频次 · Frequency limit.

    Quantities are summed in order of time inside the window; what goes beyond the limit is at stake, line by
    line. In a sliding window the lines of the n days before count.
    """
    since = asked.period.start - max(map(_back, asked.windows), default=timedelta())
    lines = asked.w.fee_lines.filter(lambda t: (t.fee_ocur_time >= since.isoformat())
                                     & (t.fee_ocur_time < asked.period.end.isoformat()) & (t.cnt > 0))
    rows = _often(coded(lines, asked.points))
    sliding = [w for w in asked.windows if w.endswith("d")]
    parts = [_calendar(rows.filter(~rows.window.endswith("d")))]
    parts += [_sliding(rows.filter(rows.window == w), int(w[:-1])) for w in sliding]
    found = reduce(lambda a, b: a.union(b), parts)
    limit = found.number.cast("decimal(16, 4)")
    over = ibis.least(found.cnt.cast("decimal(16, 4)"), found.total.cast("decimal(16, 4)") - limit)
    found = found.mutate(over=over).filter(lambda t: (t.over > 0) & asked.period.covers(t.fee_ocur_time))
    group = ibis.literal("").join([found.point_id, found.psn_no, found.fixmedins_code, found.bucket])
    return hits(found, id=found.bkkp_sn, grp=group, subject_id=found.fixmedins_code, item=found.hilist_name,
                point_id=found.point_id, take=found.over, of=found.cnt, condition=ibis.literal("max_count"),
                limit=found["value"], window=found.window, found=found.total.cast("float64").cast("string"))


def _back(window):
    return _BACK[window] if window in _BACK else timedelta(days=int(window.removesuffix("d")))


def _often(rows):
    """Lines of persons whose quantity could pass the limit at all: summed first, before anything is sorted."""
    rows = rows.mutate(span=rows.window.cases(("day", rows.day), else_=ibis.null("date")))
    keys = ("point_id", "psn_no", "fixmedins_code", "span")
    sums = rows.group_by(keys).having(rows.cnt.sum() > rows.number.min()).agg()
    sums = sums.rename({f"{k}_s": k for k in keys})
    return rows.semi_join(sums, [rows[k].identical_to(sums[f"{k}_s"]) for k in keys]).drop("span")


_KEEP = ("rule", "point_id", "psn_no", "fixmedins_code", "mdtrt_id", "bkkp_sn", "hilist_name", "fee_ocur_time",
         "cnt", "day", "number", "value", "window", "bucket", "total")


def _calendar(rows):
    bucket = rows.window.cases(
        ("stay", rows.mdtrt_id), ("week", rows.day.truncate("W").cast("string")),
        ("month", rows.day.truncate("M").cast("string")), ("year", rows.day.truncate("Y").cast("string")),
        else_=rows.day.cast("string"))
    rows = rows.mutate(bucket=bucket)
    run = ibis.window(group_by=[*_OWNER, "bucket"], order_by=["fee_ocur_time", "bkkp_sn"], preceding=None, following=0)
    return rows.mutate(total=rows.cnt.sum().over(run).cast("decimal(38, 4)")).select(*_KEEP)


def _sliding(rows, days):
    """Quantity of the last `days` days up to the line; a line after the limit is reached is over it."""
    rows = rows.mutate(bucket=rows.day.cast("string"), at=rows.day.epoch_seconds())
    before = ibis.window(group_by=_OWNER, order_by="at", range=(-(days - 1) * 86400, -86400))
    same = ibis.window(group_by=[*_OWNER, "day"], order_by=["fee_ocur_time", "bkkp_sn"], preceding=None, following=0)
    earlier = rows.cnt.sum().over(before).fill_null(0)
    return rows.mutate(total=(earlier + rows.cnt.sum().over(same)).cast("decimal(38, 4)")).select(*_KEEP)

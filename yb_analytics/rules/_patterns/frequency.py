"""An item charged more often than allowed per day, stay, week, month, year, or in any n days."""

from functools import reduce

import ibis

from yb_analytics.rules._patterns import coded, hits, pattern
from yb_analytics.rules._patterns._windows import bucket, days_of, lines_back

BY_DAY, HOURS = ("01", "02", "07"), 24
"""MED_CHRGITM_TYPE of what is priced by the day (bed, consultation, nursing); hours of a day."""

_OWNER = ("rule", "point_id", "psn_no", "fixmedins_code")


@pattern(grain="window", claims="line", losses=("excess_quantity",), needs=("fee_list_d",),
         conditions=("max_count",),
         say="{day}起对同一患者收取“{item}”累计{found}次，{limit}，超出部分涉及{n}条明细")
def frequency(asked):
    """限定频次 · Frequency limit.

    Quantities are summed in order of time inside the window; what goes beyond the limit is at stake, line by
    line. In a sliding window the lines of the n days before count. Beds, consultation and nursing (and what is counted
    by the hour) that a hospital enters on one day for a whole stay are measured by the days of the stay.
    """
    every = coded(lines_back(asked), asked.points)
    rows = _of_stays(asked.w, every, _often(every))
    sliding = [w for w in asked.windows if w.endswith("d")]
    parts = [_calendar(rows.filter(~rows.window.endswith("d")))]
    parts += [_sliding(rows.filter(rows.window == w), days_of(w)) for w in sliding]
    found = reduce(lambda a, b: a.union(b), parts)
    limit = found.number.cast("decimal(16, 4)")
    over = ibis.least(found.cnt.cast("decimal(16, 4)"), found.total.cast("decimal(16, 4)") - limit)
    found = found.mutate(over=over).filter(lambda t: (t.over > 0) & asked.covers(t.fee_ocur_time))
    group = ibis.literal("").join([found.point_id, found.psn_no, found.fixmedins_code, found.bucket])
    return hits(found, id=found.bkkp_sn, grp=group, subject_id=found.fixmedins_code, item=found.hilist_name,
                point_id=found.point_id, take=found.over, of=found.cnt, condition=ibis.literal("max_count"),
                limit=found["value"], window=found.window, found=found.total.cast("float64").cast("string"))


def _often(rows):
    """Lines of persons whose quantity could pass the limit at all: summed first, before anything is sorted."""
    rows = rows.mutate(span=rows.window.cases(("day", rows.day), else_=ibis.null("date")))
    keys = ("point_id", "psn_no", "fixmedins_code", "span")
    sums = rows.group_by(keys).having(rows.cnt.sum() > rows.number.min()).agg()
    sums = sums.rename({f"{k}_s": k for k in keys})
    return rows.semi_join(sums, [rows[k].identical_to(sums[f"{k}_s"]) for k in keys]).drop("span")


def _of_stays(w, every, rows):
    """Rows whose daily limit is one of the whole stay, because all of it was entered on one day."""
    keys = ("rule", "point_id", "mdtrt_id")
    daily = rows.med_chrgitm_type.isin(BY_DAY) | (rows.number >= HOURS)
    wide = rows.filter((rows.window == "day") & daily & (rows.cnt > rows.number)).select(*keys).distinct()
    entered = every.semi_join(wide, keys)
    entered = entered.group_by(keys).having(entered.day.nunique() == 1).agg()
    stays = w.stays.select("mdtrt_id", nights=w.stays.endtime.date().delta(w.stays.begntime.date(), unit="day"))
    once = entered.inner_join(stays.filter(stays.nights > 0), "mdtrt_id").rename({f"{k}_once": k for k in keys})
    rows = rows.left_join(once, [rows[k] == once[f"{k}_once"] for k in keys])
    whole = (rows.number * (rows.nights + 1)).cast("int64")
    mine = rows.nights.notnull()
    return rows.mutate(number=mine.ifelse(whole, rows.number), window=mine.ifelse("stay", rows.window),
                       value=mine.ifelse(whole.cast("string"), rows["value"]))


_KEEP = ("rule", "point_id", "psn_no", "fixmedins_code", "mdtrt_id", "bkkp_sn", "hilist_name", "fee_ocur_time",
         "cnt", "day", "number", "value", "window", "bucket", "total")


def _calendar(rows):
    rows = rows.mutate(bucket=bucket(rows))
    run = ibis.window(group_by=[*_OWNER, "bucket"], order_by=["fee_ocur_time", "bkkp_sn"], preceding=None, following=0)
    return rows.mutate(total=rows.cnt.sum().over(run).cast("decimal(38, 4)")).select(*_KEEP)


def _sliding(rows, days):
    """Quantity of the last `days` days up to the line; a line after the limit is reached is over it."""
    rows = rows.mutate(bucket=rows.day.cast("string"), at=rows.day.epoch_seconds())
    before = ibis.window(group_by=_OWNER, order_by="at", range=(-(days - 1) * 86400, -86400))
    same = ibis.window(group_by=[*_OWNER, "day"], order_by=["fee_ocur_time", "bkkp_sn"], preceding=None, following=0)
    earlier = rows.cnt.sum().over(before).fill_null(0)
    return rows.mutate(total=(earlier + rows.cnt.sum().over(same)).cast("decimal(38, 4)")).select(*_KEEP)

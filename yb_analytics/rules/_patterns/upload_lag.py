"""Fee lines that reached the platform long after the fee arose."""

from yb_analytics.rules._patterns import pattern
from yb_analytics.rules._patterns._listed import counted


@pattern(grain="line", claims="line", losses=("none",), needs=("fee_list_d",), parameters=("max_days",),
         whole=True, say="{found}条费用明细在费用发生{limit}天后才上传，最早一条发生于{day}")
def upload_lag(asked):
    """非实时上传 · Late upload.

    From the day the fee arose to the day its row was written (`crte_time`); rows without it are not judged.
    """
    least = asked.settings.max_days.min().as_scalar()
    lines = asked.lines_of(lambda rows: rows.filter(_days(rows) > least)).cross_join(asked.settings)
    lines = lines.mutate(day=lines.fee_ocur_time.date(), allowed=lines.max_days.cast("int64").cast("string"))
    late = lines.filter(_days(lines) > lines.max_days)
    return counted(late, "bkkp_sn", limit="allowed", item="hilist_name")


def _days(lines):
    return lines.crte_time.date().delta(lines.fee_ocur_time.date(), unit="day")

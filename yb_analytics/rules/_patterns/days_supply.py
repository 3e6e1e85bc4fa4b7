"""One prescription of a drug covers more days, or holds more units, than may be supplied at once."""

from yb_analytics.rules._patterns import pattern


@pattern(grain="line", claims="line", losses=("excess_quantity",), needs=("fee_list_d",), predicate=True,
         conditions=("max_days", "max_quantity", "max_daily"),
         asks={"max_days": "line", "max_quantity": "line", "max_daily": "line"},
         facts=dict.fromkeys(("max_days", "max_daily"), ("fee_list_d.prd_days",)),
         say="{day}开具“{item}”{found}，{limit}，共{n}条明细")
def days_supply(row):
    """开药天数与开药量 · Days of supply.

    The loss is the part of the line beyond the limit; `max_daily` compares with the days the line is meant for.
    """
    days, limit = row.prd_days, row.number.cast("decimal(16, 4)")
    return {
        "max_days": {"violated": days > limit, "found": days.cast("float64").cast("string"),
                     "take": days - limit, "of": days},
        "max_quantity": {"violated": row.cnt > limit, "found": row.cnt.cast("float64").cast("string"),
                         "take": row.cnt - limit, "of": row.cnt},
        "max_daily": {"violated": (days > 0) & (row.cnt > limit * days),
                      "found": (row.cnt / days).cast("float64").round(2).cast("string"),
                      "take": row.cnt - limit * days, "of": row.cnt},
    }

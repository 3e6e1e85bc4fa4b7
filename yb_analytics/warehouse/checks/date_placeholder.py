import ibis

from yb_analytics.warehouse.checks import Check, kind

_DEFAULTS = ("1949-10-01", "1970-01-01", "1999-12-31", "2000-01-01", "2099-12-31", "2199-12-31", "2222-02-22",
             "2099-01-01")


@kind(category="plausibility", sub="temporal", basis="设计3.5；系统默认日期", says="系统默认日期",
      advice="未知日期请留空，不要填默认值。", shows="date_placeholder:psn_info_b.brdy",
      fine={"psn_info_b": {"psn_no": ["a", "b"], "brdy": ["1980-03-04", "1961-07-08"]}},
      broken={"psn_info_b": {"psn_no": ["a", "b"], "brdy": ["1970-01-01", "1961-07-08"]}})
def date_placeholder(table):
    """占位日期 · Dates are not defaults of a system.

    A few persons are born on such a day; a share of them is a default. 1900-01-01 and 9999-12-31 are read as
    empty on the way in already.
    """
    for column in table.columns:
        if column.kind in ("date", "time") and column.name != "updt_time":
            yield Check(table.name, column.name, bad=lambda r, c=column.name:
                        r[c].cast("date").isin([ibis.date(d) for d in _DEFAULTS]))

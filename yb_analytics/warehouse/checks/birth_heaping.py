from yb_analytics.warehouse.checks import Check, kind


@kind(category="plausibility", sub="atemporal", basis="设计3.5", says="出生在每月1日的人",
      advice="核对出生日期是否只有年月；大量集中于1日为补录默认。", shows="birth_heaping:psn_info_b.brdy",
      fine={"psn_info_b": {"psn_no": ["a", "b"], "brdy": ["1980-03-04", "1961-07-08"]}},
      broken={"psn_info_b": {"psn_no": ["a", "b"], "brdy": ["1980-01-01", "1961-07-01"]}})
def birth_heaping(table):
    """出生日不堆积 · Birthdays do not heap on the first.

    One in thirty is born on the first of a month; old registers know months only.
    """
    if "brdy" in table.names:
        yield Check(table.name, "brdy", bad=lambda r: r["brdy"].day() == 1)

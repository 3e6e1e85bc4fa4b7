from yb_analytics.warehouse.checks import Check, Join, kind, measure

_VISIT = Join("mdtrt_id", "mdtrt_d", "mdtrt_id", ("begntime", "endtime"))


def _outside(r):
    day, slack = r["fee_ocur_time"].cast("date"), measure("line_in_visit")
    begin = r.of(_VISIT, "begntime").cast("date")
    end = r.of(_VISIT, "endtime").cast("date")
    return (begin.delta(day, unit="day") > slack) | (day.delta(end, unit="day") > slack)


@kind(category="plausibility", sub="temporal", basis="设计3.5", says="不在就诊期间的费用",
      advice="核对费用发生时间；少量为补记账，大量为月份错位。", shows="line_in_visit:fee_list_d.fee_ocur_time",
      fine={"fee_list_d": {"bkkp_sn": ["1"], "mdtrt_id": ["m"], "fee_ocur_time": ["2025-01-02"]},
            "mdtrt_d": {"mdtrt_id": ["m"], "begntime": ["2025-01-01"], "endtime": ["2025-01-05"]}},
      broken={"fee_list_d": {"bkkp_sn": ["1"], "mdtrt_id": ["m"], "fee_ocur_time": ["2025-02-02"]},
              "mdtrt_d": {"mdtrt_id": ["m"], "begntime": ["2025-01-01"], "endtime": ["2025-01-05"]}})
def line_in_visit(table):
    """费用在就诊期间 · Fees arise during their visit.

    Reversals may come later and are left out.
    """
    if table.name == "fee_list_d":
        yield Check("fee_list_d", "fee_ocur_time", joins=(_VISIT,), of=("fee_ocur_time",), bad=_outside,
                    where=lambda r: r.met(_VISIT) & r.of(_VISIT, "endtime").notnull() & (r["cnt"].fill_null(1) > 0))

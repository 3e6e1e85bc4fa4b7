from yb_analytics.schema import INPATIENT
from yb_analytics.warehouse.checks import Check, kind


def _open(scan):
    have = scan.w.setl_d.select(_of="mdtrt_id").distinct()
    rows = scan.placed("mdtrt_d", columns=("mdtrt_id", "endtime", "med_type")).t
    last = scan.last_month
    rows = rows.filter(rows.endtime.notnull() & rows.med_type.left(2).isin(INPATIENT))
    rows = rows.filter(rows.endtime.strftime("%Y%m") < last) if last else rows
    both = rows.left_join(have, [("mdtrt_id", "_of")])
    return both.mutate(bad=both["_of"].isnull())


_STAYS = {"mdtrt_id": ["m", "n"], "med_type": "21", "begntime": ["2025-01-01", "2025-03-01"],
          "endtime": ["2025-01-09", "2025-03-09"]}


@kind(category="completeness", sub="record", basis="设计3.5", says="已出院而无结算的住院",
      advice="补报结算，或说明未结原因。", shows="stay_settled:mdtrt_d.mdtrt_id",
      fine={"mdtrt_d": _STAYS, "setl_d": {"setl_id": ["s", "t"], "mdtrt_id": ["m", "n"], "setl_time": "2025-03-09"}},
      broken={"mdtrt_d": _STAYS, "setl_d": {"setl_id": ["t"], "mdtrt_id": ["n"], "setl_time": "2025-03-09"}})
def stay_settled(table):
    """住院有结算 · A stay that ended was settled.

    Stays that ended in the last month are not asked for yet.
    """
    if table.name == "mdtrt_d":
        yield Check("mdtrt_d", "mdtrt_id", needs=("setl_d",), query=_open)

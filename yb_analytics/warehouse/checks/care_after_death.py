from yb_analytics.warehouse.checks import Check, Join, kind
from yb_analytics.warehouse.checks._grain import month_column

_DIED = Join("psn_no", "ps_death", "psn_no", ("death_date",))


@kind(category="plausibility", sub="temporal", basis="设计3.5；公安死亡登记", says="死亡登记之后的记录",
      advice="先核对死亡登记是否有误，再按线索核查冒用。", shows="care_after_death:mdtrt_d.begntime",
      fine={"mdtrt_d": {"mdtrt_id": ["a"], "psn_no": ["p"], "begntime": ["2025-01-01"]},
            "ps_death": {"psn_no": ["p"], "death_date": ["2025-01-05"]}},
      broken={"mdtrt_d": {"mdtrt_id": ["a"], "psn_no": ["p"], "begntime": ["2025-01-09"]},
              "ps_death": {"psn_no": ["p"], "death_date": ["2025-01-05"]}})
def care_after_death(table):
    """死后无医 · Nobody is treated after death.

    A share of a few in ten thousand is a matter for screening; more is an error in one of the two registers.
    """
    at = month_column(table)
    if "psn_no" in table.names and table.group == "care" and at:
        yield Check(table.name, at, of=("psn_no", at), joins=(_DIED,), where=lambda r: r.met(_DIED),
                    bad=lambda r: r[at].cast("date") > r.of(_DIED, "death_date"))

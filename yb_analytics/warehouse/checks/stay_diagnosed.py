from yb_analytics.schema import INPATIENT
from yb_analytics.warehouse.checks import Check, kind
from yb_analytics.warehouse.checks._text import among


@kind(category="completeness", sub="record", basis="接口规范2304、结算清单", says="没有主诊断的住院",
      advice="补报出院主诊断；按病种付费和诊断规则都需要它。", shows="stay_diagnosed:mdtrt_d.dscg_maindiag_code",
      fine={"mdtrt_d": {"mdtrt_id": ["m"], "med_type": ["21"], "endtime": ["2025-01-09"],
                        "dscg_maindiag_code": ["I10.x00"]}},
      broken={"mdtrt_d": {"mdtrt_id": ["m", "n"], "med_type": ["21", "21"], "endtime": ["2025-01-09"] * 2,
                          "dscg_maindiag_code": ["I10.x00", None]}})
def stay_diagnosed(table):
    """住院有诊断 · A stay that ended has a main diagnosis.

    Out-patient care may come without one.
    """
    if {"med_type", "endtime", "dscg_maindiag_code"} <= set(table.names):
        yield Check(table.name, "dscg_maindiag_code", of=("med_type", "endtime"),
                    where=lambda r: among(r["med_type"].left(2), INPATIENT),
                    bad=lambda r: r["dscg_maindiag_code"].isnull())

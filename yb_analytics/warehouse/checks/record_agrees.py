from yb_analytics.schema import TABLES
from yb_analytics.warehouse.checks import Check, Join, kind

_LINKS = (("setl_id", "setl_d"), ("mdtrt_id", "mdtrt_d"), ("bkkp_sn", "fee_list_d"))
_COLUMNS = ("psn_no", "fixmedins_code", "insu_admdvs", "med_type", "insutype", "mdtrt_id", "hilist_code")
"""What two rows of one event have in common."""


def _joined(table):
    for own, target in _LINKS:
        if own in table.names and table.name != target:
            shared = tuple(c for c in _COLUMNS if c in table.names and c in TABLES[target].names and c != own)
            if shared:
                yield Join(own, target, own, shared)


@kind(category="conformance", sub="relational", basis="设计3.5", says="与所属结算或就诊不一致",
      advice="核对关联编号是否错位。", shows="record_agrees:fee_list_d.psn_no→setl_d",
      fine={"fee_list_d": {"bkkp_sn": ["1"], "setl_id": ["s"], "psn_no": ["p"]},
            "setl_d": {"setl_id": ["s"], "psn_no": ["p"]}},
      broken={"fee_list_d": {"bkkp_sn": ["1"], "setl_id": ["s"], "psn_no": ["q"]},
              "setl_d": {"setl_id": ["s"], "psn_no": ["p"]}})
def record_agrees(table):
    """关联记录一致 · A row agrees with the settlement, visit or line it belongs to.

    Person, institution, kind of care: shifted or swapped columns show here.
    """
    for join in _joined(table):
        for column in join.take:
            yield Check(table.name, f"{column}→{join.table}", joins=(join,), of=(join.own, column),
                        where=lambda r, j=join, c=column: r.of(j, c).notnull(),
                        bad=lambda r, j=join, c=column: r[c] != r.of(j, c))

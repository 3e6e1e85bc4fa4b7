from yb_analytics.warehouse.checks import Check, Join, kind

_PERSON = Join("psn_no", "psn_info_b", "psn_no", ("gend", "brdy"))


@kind(category="conformance", sub="relational", basis="设计3.5", says="与人员登记不一致",
      advice="以人员基本信息为准更正；同一编号两人的需拆分。", shows="person_agrees:setl_d.gend",
      fine={"setl_d": {"setl_id": ["a"], "psn_no": ["p"], "gend": ["1"]},
            "psn_info_b": {"psn_no": ["p"], "gend": ["1"]}},
      broken={"setl_d": {"setl_id": ["a"], "psn_no": ["p"], "gend": ["2"]},
              "psn_info_b": {"psn_no": ["p"], "gend": ["1"]}})
def person_agrees(table):
    """性别年龄与登记一致 · Sex and birth date are those of the register.

    Unknown sex in the register does not count.
    """
    for column in ("gend", "brdy"):
        if table.name != "psn_info_b" and {"psn_no", column} <= set(table.names):
            yield Check(table.name, column, joins=(_PERSON,), of=("psn_no", column),
                        where=lambda r, c=column: r.of(_PERSON, c).notnull() & (
                            r.of(_PERSON, c).notin(["0", "9"]) if c == "gend" else r.met(_PERSON)),
                        bad=lambda r, c=column: r[c] != r.of(_PERSON, c))

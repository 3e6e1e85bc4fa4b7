from yb_analytics.warehouse.checks import Check, Join, kind

_COLUMNS = ("hosp_lv", "fix_blng_admdvs", "fixmedins_name")
_AT = Join("fixmedins_code", "fixmedins_b", "fixmedins_code", _COLUMNS)


@kind(category="conformance", sub="relational", basis="设计3.5", says="与机构登记不一致",
      advice="核对机构登记的变更日期；区划不一致会错计县区。", shows="institution_agrees:setl_d.hosp_lv",
      fine={"setl_d": {"setl_id": ["a"], "fixmedins_code": ["h"], "hosp_lv": ["02"]},
            "fixmedins_b": {"fixmedins_code": ["h"], "hosp_lv": ["02"]}},
      broken={"setl_d": {"setl_id": ["a"], "fixmedins_code": ["h"], "hosp_lv": ["11"]},
              "fixmedins_b": {"fixmedins_code": ["h"], "hosp_lv": ["02"]}})
def institution_agrees(table):
    """机构信息与登记一致 · Level, county and name of an institution are those of the register.

    Registers change: a small share of rows from before a change is no error.
    """
    for column in _COLUMNS:
        if table.name != "fixmedins_b" and {"fixmedins_code", column} <= set(table.names):
            yield Check(table.name, column, joins=(_AT,), of=("fixmedins_code", column),
                        where=lambda r, c=column: r.of(_AT, c).notnull(), bad=lambda r, c=column: r[c] != r.of(_AT, c))

from yb_analytics.warehouse.checks import Check, kind


@kind(category="conformance", sub="relational", basis="数据标准1.4；嘉兴市本级代码xx99",
      says="机构编码中的区划与归属区划不属同一市",
      advice="核对机构归属区划。", shows="institution_county:setl_d.fixmedins_code+fix_blng_admdvs",
      fine={"setl_d": {"setl_id": ["a"], "fixmedins_code": ["H33042112345"], "fix_blng_admdvs": ["330421"]}},
      broken={"setl_d": {"setl_id": ["a"], "fixmedins_code": ["H33042112345"], "fix_blng_admdvs": ["330483"]}})
def institution_county(table):
    """机构编码与区划 · An institution's code names its county.

    Institutions keep their code when they move, so this is a note.
    """
    if {"fixmedins_code", "fix_blng_admdvs"} <= set(table.names):
        yield Check(table.name, "fixmedins_code+fix_blng_admdvs", of=("fixmedins_code", "fix_blng_admdvs"),
                    where=lambda r: r["fixmedins_code"].length() == 12,
                    bad=lambda r: r["fixmedins_code"].substr(1, 6) != r["fix_blng_admdvs"])

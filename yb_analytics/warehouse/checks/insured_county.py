from yb_analytics.warehouse.checks import Check, kind


def _strangers(scan, table):
    rows = scan.placed(table, columns=("psn_no", "insu_admdvs")).t
    rows = rows.filter(rows.psn_no.notnull() & rows.insu_admdvs.notnull())
    spells = scan.w.psn_insu_d.select(_who="psn_no", _at="insu_admdvs").distinct()
    known = spells.select(_known="_who").distinct()
    here = rows.inner_join(known, [("psn_no", "_known")])
    both = here.left_join(spells, [("psn_no", "_who"), ("insu_admdvs", "_at")])
    return both.mutate(bad=both["_at"].isnull())


@kind(category="conformance", sub="relational", basis="设计3.5", says="与参保登记的县区不一致",
      advice="核对参保所属区划；县区口径的指标受影响。", shows="insured_county:setl_d.insu_admdvs",
      fine={"setl_d": {"setl_id": ["a"], "psn_no": ["p"], "insu_admdvs": ["330402"]},
            "psn_insu_d": {"psn_insu_rlts_id": ["1"], "psn_no": ["p"], "insu_admdvs": ["330402"]}},
      broken={"setl_d": {"setl_id": ["a"], "psn_no": ["p"], "insu_admdvs": ["330481"]},
              "psn_insu_d": {"psn_insu_rlts_id": ["1"], "psn_no": ["p"], "insu_admdvs": ["330402"]}})
def insured_county(table):
    """参保县区与登记一致 · The county of insurance is one the person has been insured in.

    Any spell of the person will do; persons without a spell are left to `reference_resolves`.
    """
    if table.name in ("setl_d", "mdtrt_d"):
        yield Check(table.name, "insu_admdvs", needs=("psn_insu_d",), query=lambda s, t=table.name: _strangers(s, t))

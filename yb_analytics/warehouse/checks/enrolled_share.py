import ibis

from yb_analytics.warehouse.checks import Check, kind, limits_of


def _counties(scan):
    """One row per county: insured persons against those who should be."""
    spells = scan.w.psn_insu_d
    spells = spells.filter(spells.psn_insu_stas.fill_null("1") == "1")
    have = spells.group_by(county="insu_admdvs").aggregate(n=spells.psn_no.nunique())
    people = scan.w.population
    latest = people.group_by(county="insu_admdvs").aggregate(
        should=people.should_insured_cnt.argmax(people.year))
    both = latest.filter(latest.should > 0).left_join(have, [("county", "county")])
    ratio = both.n.fill_null(0) / both.should
    most = limits_of("enrolled_share").measure
    return both.select("county", ym=ibis.literal(""), bad=(ratio > most) | (ratio < 1 / most))


@kind(category="plausibility", sub="atemporal", basis="设计3.5；参保率分母", says="参保人数与应参保人数相差悬殊的县区",
      advice="核对参保登记是否报全、应参保人数口径。", shows="enrolled_share:population.should_insured_cnt",
      fine={"population": {"year": ["2025"], "insu_admdvs": ["330402"], "should_insured_cnt": [2]},
            "psn_insu_d": {"psn_insu_rlts_id": ["1", "2"], "psn_no": ["a", "b"], "insu_admdvs": ["330402"] * 2}},
      broken={"population": {"year": ["2025"], "insu_admdvs": ["330402"], "should_insured_cnt": [20]},
              "psn_insu_d": {"psn_insu_rlts_id": ["1"], "psn_no": ["a"], "insu_admdvs": ["330402"]}})
def enrolled_share(table):
    """参保与人口 · As many are insured as should be.

    The latest year of the denominators against active spells.
    """
    if table.name == "population":
        yield Check("population", "should_insured_cnt", needs=("psn_insu_d",), query=_counties, unit="个县区")

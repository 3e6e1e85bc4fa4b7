from ibis import _

from yb_analytics.indicators import _care, indicator


@indicator(subject="fund", unit="yuan", better="lower", parent="output", basis="S3 三7",
           owner="市医保局、市卫生健康委", needs=("setl_d", "mdtrt_d", "drg_group_d"),
           denominator="病组权重合计", pillar="行业自管", date_basis="service", target={2025: 13000.0})
def cost_per_weight(w, p):
    """权重次均费用 · Cost per unit of case weight.

    Total fee over the weight of the groups of stays that were grouped: the cost of a stay adjusted for its mix
    (CMI).
    """
    s = _care.stays(w)
    g = w.drg_group_d.select("setl_id", weight=w.drg_group_d.grp_weight.cast("float64"))
    paid = w.valid_settlements.select("setl_id", "mdtrt_id").inner_join(g, "setl_id").group_by("mdtrt_id").agg(
        weight=_.weight.sum())
    s = s.inner_join(paid, "mdtrt_id")
    s = s.filter(s.weight > 0)
    return s.select(*_care.UNITS, "on", numerator=s.fee, denominator=s.weight)

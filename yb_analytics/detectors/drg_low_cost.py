"""Detector: stays that cost far less than the group they are paid by."""

from __future__ import annotations

from ibis import _

from yb_analytics.detectors import _groups, _tables, detector
from yb_analytics.detectors._against_peers import Frozen, Question, fitted, found

CHECKED = ("病组构成", "手术病例", "死亡、转院与非医嘱离院", "日间手术与分娩")
UNCHECKED = ("药品耗材集采降价", "临床路径优化", "低倍率病例已按项目付费")
AGAINST_ADVICE = "4"
"""`DSCG_WAY` of a stay that ended early by the patient's will."""


def _cases(w, p):
    """Grouped stays that ended as planned; a hit was cheap and short for its group and not operated."""
    plain = _tables.plain_stays(w).filter(_.way != AGAINST_ADVICE).select("mdtrt_id", "operation")
    rows = _groups.stays(w).filter(_.cost_ratio.notnull()).inner_join(plain, "mdtrt_id")
    light = (_.cost_ratio <= p.low_ratio) & (_.days <= p.short_ratio * _.avg_days).fill_null(True)
    operated = _.procedure.notnull() | (_.operation.fill_null(0) > 0)
    return rows.select(subject_id=_.fixmedins_code, id=_.setl_id, hit=light & ~operated,
                       fund=_.fund * (1 - _.cost_ratio).clip(0, 1), stratum=_.adrg, telling=-_.cost_ratio)


QUESTIONS = (Question("low_cost", "费用与住院日远低于病组标准的非手术病例占比", "例", _cases),)


def _fit(w, p) -> Frozen:
    return fitted(w, p, QUESTIONS)


@detector(subject="institution", tier="线索", needs=("stays", "drg_group_d", "drg_group_d.std_amt"), theme="按病组付费",
          typologies=("T29", "T03"), basis="条例 第三十八条(二)；实施细则 第二十三条", checked=CHECKED,
          unchecked=UNCHECKED, fit=_fit, model=Frozen)
def drg_low_cost(w, p, model):
    """低标入组 · Low-cost stays in paying groups.

    Stays without operation whose fee and length lie far below the standard of their group, far more often than at
    institutions of the same kind for the same groups: admissions for the sake of the payment, or groups that the
    stay does not belong to.
    """
    return found(w, p, model, QUESTIONS)

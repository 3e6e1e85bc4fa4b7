"""Detector: stays coded into dearer groups."""

from __future__ import annotations

from ibis import _

from yb_analytics.detectors import _groups, detector
from yb_analytics.detectors._against_peers import Frozen, Question, fitted, found

CHECKED = ("病组构成与高龄构成", "同级别同类型机构的编码水平", "全市编码与分组方案的共同变动")
UNCHECKED = ("编码质量改进", "重症集中收治", "病历记载的并发症合并症")


def _severe(w, p, plain):
    """Stays; a hit was grouped with a severe complication."""
    return _coded(w, plain, (_groups.MCC,))


def _any(w, p, plain):
    """Stays; a hit was grouped with a complication of any level."""
    return _coded(w, plain, (_groups.CC, _groups.MCC))


def _coded(w, plain, levels):
    rows = _groups.gained(_groups.stays(w).filter(_.cc_lv.notnull()), plain)
    return rows.select(subject_id=_.fixmedins_code, id=_.setl_id, hit=_.cc_lv.isin(levels), fund=_.gain,
                       stratum=_.kind, telling=-_.cost_ratio.fill_null(1))


def _light(w, p, plain):
    """Stays with a complication; a hit was cheap and short for its group."""
    rows = _groups.gained(_groups.stays(w).filter(_.cc_lv.isin([_groups.CC, _groups.MCC])), plain)
    short = (_.days <= p.short_ratio * _.avg_days).fill_null(True)
    return rows.filter(_.cost_ratio.notnull()).select(
        subject_id=_.fixmedins_code, id=_.setl_id, hit=short & (_.cost_ratio <= p.cheap_ratio), fund=_.gain,
        stratum=_.adrg, telling=-_.cost_ratio)


QUESTIONS = (
    Question("severe", "入组为严重并发症合并症的病例占比", "例", _severe, norms=_groups.plain_weights),
    Question("any", "入组为并发症合并症的病例占比", "例", _any, norms=_groups.plain_weights),
    Question("light", "有并发症而费用与住院日均偏低的病例占比", "例", _light, norms=_groups.plain_weights, cap="light_cap"),
)


def _fit(w, p) -> Frozen:
    return fitted(w, p, QUESTIONS)


@detector(subject="institution", tier="线索", needs=("stays", "drg_group_d", "drg_group_d.cc_lv"), theme="按病组付费",
          catches="drg_upcoding", typologies=("T29",), basis="条例 第三十八条；实施细则 第二十三条、第三十五条",
          checked=CHECKED, unchecked=UNCHECKED, fit=_fit, model=Frozen)
def drg_upcoding(w, p, model):
    """DRG高套 · Upcoding of complications.

    Stays grouped with complications, severe ones apart, far more often than at institutions of the same kind for the
    same adjacent groups and age, and stays with complications that were cheap and short for their group. The loss is
    estimated as the difference to the group without complication.
    """
    return found(w, p, model, QUESTIONS)

"""Detector: the same drug fetched elsewhere while there is plenty at hand."""

from __future__ import annotations

from dataclasses import dataclass

from ibis import _

from yb_analytics.detectors import _persons, _supply, detector
from yb_analytics.detectors._arrays import Arrays

CHECKED = ("住院期间用药", "退费冲销", "自费药品", "同年龄同性别参保人的通常次数")
UNCHECKED = ("缺货改到他处配药", "更换品牌或剂量", "代家人购药")


@dataclass(frozen=True)
class Model(Arrays):
    """Usual supply of the items, and the groups of persons."""

    usual: _supply.Usual
    people: _persons.Tails


def _measure(usual: _supply.Usual) -> _persons.Measure:
    def people(w, _p):
        held = _supply.holders(w, usual).group_by("who").aggregate(value=_.overlaps.max().cast("float64"))
        return held.inner_join(_supply.people(w), "who").select("subject_id", "value")

    def rows(w, _p):
        return _supply.fills_of(w, usual, _.overlaps > 0)

    return _persons.Measure("overlaps", "手头有余药时在他处重复取同一种药次数", "次", people, rows, grain="line",
                            least="min_overlaps")


def _fit(w, p) -> Model:
    usual = _supply.Usual.fit(w)
    return Model(usual, _persons.fitted(w, p, _measure(usual)))


@detector(subject="person", tier="线索", needs=("fee_list_d", "fee_list_d.prd_days"), theme="超量购药",
          typologies=("T11",), basis="条例 第十七条、第三十八条(二)", seeds=("S2",), checked=CHECKED,
          unchecked=UNCHECKED, fit=_fit, model=Model)
def duplicate_dispensing(w, p, model):
    """跨机构重复取药 · The same drug fetched at several institutions.

    Fills of a drug at another institution than the last while more than a fortnight's supply of it is at hand: most
    such fills of one drug, against persons of the same age and sex who take drugs for long.
    """
    return _persons.found(w, p, model.people, _measure(model.usual))

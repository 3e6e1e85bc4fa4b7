"""Detector: the same drug bought day after day."""

from __future__ import annotations

from dataclasses import dataclass

from ibis import _

from yb_analytics.detectors import _persons, _supply, detector
from yb_analytics.detectors._arrays import Arrays

CHECKED = ("住院期间用药", "退费冲销", "同日多笔计一次", "同年龄同性别参保人的通常次数")
UNCHECKED = ("拆零或分次配药", "每日注射等须分次取用的药品", "代家人购药")


@dataclass(frozen=True)
class Model(Arrays):
    """Usual supply of the items, and the groups of persons."""

    usual: _supply.Usual
    people: _persons.Tails


def _measure(usual: _supply.Usual) -> _persons.Measure:
    def people(w, _p):
        held = _supply.holders(w, usual).group_by("who").aggregate(value=_.most.max().cast("float64"))
        return held.inner_join(_supply.people(w), "who").select("subject_id", "value")

    def rows(w, p):
        return _supply.fills_of(w, usual, _.most >= p.min_fills)

    return _persons.Measure("most_in_a_month", "一个月内购同一种药的天数", "天", people, rows, grain="line",
                            least="min_fills")


def _fit(w, p) -> Model:
    usual = _supply.Usual.fit(w)
    return Model(usual, _persons.fitted(w, p, _measure(usual)))


@detector(subject="person", tier="监测", needs=("fee_list_d", "fee_list_d.prd_days"), theme="超量购药",
          typologies=("T09",), basis="条例 第三十八条(二)、第四十一条(三)", seeds=("S2",), checked=CHECKED,
          unchecked=UNCHECKED, fit=_fit, model=Model)
def frequent_purchases(w, p, model):
    """频繁购药 · The same drug bought again and again.

    Most days within a month on which a person bought the same drug, against persons of the same age and sex who take
    drugs for long.
    """
    return _persons.found(w, p, model.people, _measure(model.usual))

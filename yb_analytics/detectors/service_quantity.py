"""Detector: treatments billed many times a day."""

from __future__ import annotations

import ibis
from ibis import _

from yb_analytics.detectors import _services, _tables, detector
from yb_analytics.detectors._against_peers import Frozen, Question, fitted, found

CHECKED = ("同一项目的通常数量", "住院按住院日折算", "按部位或小时计价的项目与同项目比", "同类机构的通常水平")
UNCHECKED = ("多部位分别计费", "疗程一次开具", "治疗记录与治疗师排班")


def _daily(w):
    """Treatments of every visit: units of an item a day, in the stay or the visit."""
    return w.once("service.daily", lambda: w.materialise(_units(w)))


def _units(w):
    lines = _services.lines(w, ("treatment",))
    days = w.once("service.days", lambda: w.materialise(
        _tables.stays(w).select(key=_.mdtrt_id.hash(), nights=ibis.greatest(_.days, 1))))
    told = lines.group_by(["place", "key", "item"]).aggregate(cnt=_.cnt.sum())
    told = told.left_join(days, "key")
    return told.mutate(units=(told.cnt / told.nights.fill_null(1)).round(4)).select("place", "key", "item", "units")


def _usual(w, p):
    """Units a day of every item that nine of ten visits do not pass, at the median institution."""
    own = _daily(w).group_by(["place", "item"]).aggregate(high=_.units.quantile(0.9))
    return w.run(own.group_by(key="item").aggregate(value=_.high.median()))


def _over(rows, norms, p):
    """Rows with what is usual (`most`) and whether they lie far beyond it."""
    usual = norms.select(of="key", most="value")
    rows = rows.inner_join(usual, [("item", "of")])
    far = (rows.units >= p.multiple * rows.most) & (rows.units >= rows.most + p.more)
    return rows.mutate(far=far)


def _counts(w, p, norms):
    return _over(_daily(w), norms, p).group_by(subject_id="place").aggregate(x=_.far.sum(), n=_.count())


def _lines(w, p, norms):
    """Lines of the visits that lie far beyond; the surplus is at stake."""
    far = _over(_daily(w), norms, p).filter(_.far).select("place", "key", "item", "units", "most")
    lines = _services.lines(w, ("treatment",)).inner_join(far, ["place", "key", "item"])
    return lines.select(subject_id=_.place, id=_.bkkp_sn, hit=ibis.literal(True), telling=_.units / _.most,
                        part=1 - _.most / _.units)


QUESTIONS = (Question("units_a_day", "单日数量远超通常的治疗项目占比", "项次", _lines, grain="line", norms=_usual,
                      counts=_counts),)


def _fit(w, p) -> Frozen:
    return fitted(w, p, QUESTIONS)


@detector(subject="institution", tier="线索", needs=("mdtrt_d.dscg_maindiag_code", "fee_list_d.med_chrgitm_type"),
          theme="虚构服务", catches="fabricated_services", typologies=("T19", "T25"), seeds=("S4",),
          basis="条例 第三十八条(三)、第四十条(三)", checked=CHECKED, unchecked=UNCHECKED, fit=_fit, model=Frozen)
def service_quantity(w, p, model):
    """治疗数量虚高 · Treatments billed many times a day.

    Treatments whose units a day lie far beyond what nine of ten visits show for the same item at most institutions, far
    more often than at institutions of the same kind. The money is the share of the surplus.
    """
    return found(w, p, model, QUESTIONS)

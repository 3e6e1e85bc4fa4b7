"""Detector: examinations that the illness does not call for."""

from __future__ import annotations

from functools import partial

from yb_analytics.detectors import _services, detector
from yb_analytics.detectors._against_peers import Frozen, Question, fitted, found

CHECKED = ("病种构成", "门诊与住院分别比较", "罕见病种不评价", "机构级别与类型")
UNCHECKED = ("鉴别诊断需要", "术前或入院常规", "主诊断之外的合并症")


def _usual(w, p):
    return _services.usual(w, p, "exam")


def _counts(w, p, norms):
    return _services.unusual_counts(w, p, norms, "exam")


def _lines(w, p, norms):
    return _services.unusual_lines(w, p, norms, "exam")


QUESTIONS = (
    Question("unusual", "每人次中本病种极少做的检查项数", "项", _lines, grain="line", norms=_usual, counts=_counts),
    Question("rate", "每人次检查项数（同病种比）", "项", lambda w, p: _services.rate_lines(w, "exam"), grain="line",
             counts=lambda w, p: _services.rate_counts(w, p, "exam"), cap="rate_cap"),
)


def _fit(w, p) -> Frozen:
    return fitted(w, p, QUESTIONS)


@detector(subject="institution", tier="线索", needs=("mdtrt_d.dscg_maindiag_code", "fee_list_d.med_chrgitm_type"),
          theme="过度诊疗", catches="needless_exams", typologies=("T31",), seeds=("S2",),
          basis="条例 第十五条、第三十八条(二)",
          checked=CHECKED, unchecked=UNCHECKED, fit=_fit, model=Frozen)
def needless_exams(w, p, model):
    """无指征检查 · Needless examinations.

    Examinations that other institutions of the city hardly ever make for the disease of the visit, counted per visit
    and set beside institutions of the same kind. More examinations than peers make for the same diseases is a weaker
    sign, and its score is capped.
    """
    return found(w, p, model, QUESTIONS)

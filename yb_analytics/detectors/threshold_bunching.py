"""Detector: bills that end just below a round sum."""

from __future__ import annotations

from functools import partial

import ibis
from ibis import _

from yb_analytics.detectors import detector
from yb_analytics.detectors._against_peers import Frozen, Question, fitted, found
from yb_analytics.detectors._visits import visits
from yb_analytics.schema.text import yuan

CHECKED = ("刚超过该数额的同等笔数", "定价所致的重复金额", "同类机构在同一数额下的水平")
UNCHECKED = ("套餐或打包定价", "当地审核线与待遇限额")


def _questions(p) -> list[Question]:
    """One question per round sum."""
    return [Question(f"below_{line}", f"费用略低于{yuan(line)}的就诊占比（扣除略高者）", "笔",
                     partial(_hits, line=line), counts=partial(_counts, line=line)) for line in map(int, p.lines)]


def _fit(w, p) -> Frozen:
    return fitted(w, p, _questions(p), every=False)


@detector(subject="institution", tier="线索", needs=("setl_d",), theme="贴线结算", catches="threshold_bunching",
          typologies=("T45",), basis="条例 第十五条、第三十八条", checked=CHECKED, unchecked=UNCHECKED, fit=_fit,
          model=Frozen)
def threshold_bunching(w, p, model):
    """贴线结算 · Bills bunched below a line.

    From which sum somebody looks at a bill is not known, so every round sum is asked: how many bills end within a few
    percent below it, less those as little above, among the bills of that order. A fixed price repeats to the fen and
    counts a few times only. Compared with institutions of the same kind at the same sum.
    """
    return found(w, p, model, _questions(p))


def _bills(w, p):
    """Fees outside hospital stays; the same fee at an institution a few times only."""
    rows = visits(w).filter(_.fee > 0).select("setl_id", "fixmedins_code", "fee", "fund")
    alike = ibis.window(group_by=["fixmedins_code", "fee"], order_by="setl_id")
    rows = rows.mutate(turn=ibis.row_number().over(alike)).filter(_.turn < p.same_fee)
    return w.once("bills told apart", lambda: w.materialise(rows))


def _counts(w, p, line: int):
    """Bills below the line less those above it, and bills of that order."""
    near = _bills(w, p).filter(_.fee >= line / 2, _.fee < line * 1.5)
    told = near.group_by("fixmedins_code").aggregate(
        below=_.count(where=(_.fee < line) & (_.fee >= line * (1 - p.width))),
        above=_.count(where=(_.fee >= line) & (_.fee < line * (1 + p.width))), n=_.count())
    return told.select(subject_id="fixmedins_code", x=ibis.greatest(told.below - told.above, 0), n="n")


def _hits(w, p, line: int):
    rows = _bills(w, p).filter(_.fee < line, _.fee >= line * (1 - p.width))
    return rows.select(subject_id="fixmedins_code", id="setl_id", hit=ibis.literal(True), fund="fund",
                       telling=rows.fee - line)

"""Detector: care at home settled for persons abroad."""

from __future__ import annotations

from ibis import _

from yb_analytics.detectors import _absence, detector

WORDS = _absence.Words("公安出入境", "出境", "该次出境未登记入境，或登记前后矛盾")


@detector(subject="person", tier="线索", needs=("ps_exit_entry", "setl_d"), catches="abroad_care",
          theme="冒名就医", typologies=("T18",),
          basis="条例 第十七条、第四十条(一)、第四十一条(一)", seeds=("S0", "S4"),
          checked=("出入境前后数日", "出境前已开始的治疗", "线上复诊", "代购取药只作低权重"),
          unchecked=("家属代为配药", "入境未登记", "证件号比对错误"))
def care_while_abroad(w, p):
    """出境期间就医 · Care settled while abroad.

    The border register has the person abroad, the settlements have the person at a counter at home. Relatives may
    collect drugs meanwhile, so purchases weigh little. Evidence is closed where services that need the body were
    rendered on several days between an exit and its entry.
    """
    return _absence.found(w, p, w.ps_exit_entry.select(
        "psn_no", gone=_.exit_time, back=_.entry_time, rpt_date=_.rpt_date), WORDS)

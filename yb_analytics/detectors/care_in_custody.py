"""Detector: care settled for persons in custody."""

from __future__ import annotations

from ibis import _

from yb_analytics.detectors import _absence, detector

WORDS = _absence.Words("公安监管羁押", "羁押", "该羁押未登记释放，或登记前后矛盾")


@detector(subject="person", tier="线索", needs=("ps_custody", "setl_d"), catches="in_custody",
          theme="冒名就医", typologies=("T18",),
          basis="条例 第十七条、第四十条(一)、第四十一条(一)", seeds=("S0", "S4"),
          checked=("收押与释放前后数日", "收押前已开始的治疗", "线上复诊", "代购取药只作低权重"),
          unchecked=("押解就医", "保外就医或取保候审未登记", "羁押登记对错了人"))
def care_in_custody(w, p):
    """在押期间就医 · Care settled in custody.

    The register of public security has the person held, the settlements have the person at a counter. Days near both
    ends are left out because registers err by days; children too young to be held are an error of matching. Evidence
    is closed where services that need the body were rendered on several days inside an ended spell.
    """
    born = w.psn_info_b.select("psn_no", "brdy")
    held = w.ps_custody.left_join(born, "psn_no")
    age = (held.begn_time.date() - held.brdy).cast("int64") / 365.25
    return _absence.found(w, p, held.filter((age >= p.youngest).fill_null(True)).select(
        "psn_no", gone=_.begn_time, back=_.end_time, rpt_date=_.rpt_date), WORDS)

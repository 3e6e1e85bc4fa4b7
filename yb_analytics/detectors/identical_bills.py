"""Detector: bills of different persons that agree line by line."""

from __future__ import annotations

from ibis import _

from yb_analytics.detectors import _tables, detector
from yb_analytics.detectors._against_peers import Frozen, Question, fitted, found

CHECKED = ("手术与日间手术套餐", "项目很少的账单", "同类机构账单的通常相似程度", "放化疗等周期性住院")
UNCHECKED = ("临床路径或单病种包干", "集中体检筛查")


def _cases(w, p, print_: str):
    """Stays with a bill worth comparing; a hit agrees with those of several other persons at the institution."""
    rows = _tables.plain_stays(w).filter(_.items >= p.min_items, _.procedure.isnull() & (_.operation == 0))
    alike = rows.group_by(["fixmedins_code", print_]).aggregate(persons=_.psn_no.nunique())
    rows = rows.left_join(alike.filter(_.persons >= p.min_alike), ["fixmedins_code", print_])
    return rows.select(subject_id=rows.fixmedins_code, id=rows.mdtrt_id, hit=rows.persons.notnull(), fund=rows.fund,
                       telling=rows.persons.fill_null(0))


def _bill(w, p):
    return _cases(w, p, "bill")


def _menu(w, p):
    return _cases(w, p, "menu")


QUESTIONS = (
    Question("same_bill", "项目与数量与他人完全一致的住院账单占比", "份", _bill, grain="stay"),
    Question("same_items", "项目组成与他人完全一致的住院账单占比", "份", _menu, grain="stay", cap="menu_cap"),
)


def _fit(w, p) -> Frozen:
    return fitted(w, p, QUESTIONS)


@detector(subject="institution", tier="线索", needs=("stays", "fee_list_d"), theme="住院", catches="batch_admission",
          typologies=("T04", "T19"), seeds=("S4",), basis="条例 第四十条(二)(三)", checked=CHECKED, unchecked=UNCHECKED,
          fit=_fit, model=Frozen)
def identical_bills(w, p, model):
    """账单雷同 · Identical bills.

    Stays of different persons at one institution whose bills agree in every item and quantity, or in every item, far
    more often than at institutions of the same kind. Packages of operations are left out.
    """
    return found(w, p, model, QUESTIONS)

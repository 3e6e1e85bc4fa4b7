"""Detector: the same bill for one person after another."""

from __future__ import annotations

import ibis
import pandas as pd
from ibis import _

from yb_analytics.detectors import detector
from yb_analytics.detectors._against_peers import Frozen, Question, fitted, found
from yb_analytics.schema import INPATIENT

CHECKED = ("体检、义诊等集中在少数日子的服务", "多家机构通用的套餐", "同一人的重复就诊", "项目很少的账单")
UNCHECKED = ("本机构自定的套餐或协定方", "同一疾病的标准治疗")
_PRINT = 2**40


def _bills(w, p):
    """Bills outside hospital of some lines, each with a number that is the same for the same items and quantities.

    The sum of numbers of the lines, whatever their order: near-linear, where comparing bills in pairs is quadratic.
    """
    lines = w.fee_lines.filter(~_.med_type.left(2).isin(INPATIENT).fill_null(False), _.cnt > 0, _.setl_id.notnull())
    lines = lines.select("setl_id", "psn_no", "fixmedins_code", "fee_ocur_time", "inscp_amt",
                         item=(_.hilist_code + "|" + _.cnt.cast("string")).hash())
    bills = lines.group_by("setl_id").aggregate(
        lines=_.count(), psn_no=_.psn_no.min(), fixmedins_code=_.fixmedins_code.min(), day=_.fee_ocur_time.min().date(),
        fund=_.inscp_amt.sum().cast("float64"), print=(_.item % _PRINT).abs().sum().cast("int64"))
    return w.once("bill prints", lambda: w.materialise(bills.filter(_.lines >= p.min_lines)))


def _common(w, p) -> pd.DataFrame:
    """Bills several institutions issue: packages of the trade."""
    rows = _bills(w, p).group_by(key=_.print.cast("string")).aggregate(
        places=_.fixmedins_code.nunique().cast("float64"))
    return w.run(rows.filter(_.places >= p.many_places))


def _cases(w, p, norms):
    """Bills; a hit is one issued to several persons on several days, not mostly on one, and not common in the city."""
    rows = _bills(w, p)
    alike = rows.group_by(["fixmedins_code", "print"]).aggregate(persons=_.psn_no.nunique(), days=_.day.nunique())
    daily = rows.group_by(["fixmedins_code", "print", "day"]).aggregate(n=_.psn_no.nunique())
    busiest = daily.group_by(["fixmedins_code", "print"]).aggregate(most=_.n.max())
    alike = alike.inner_join(busiest, ["fixmedins_code", "print"])
    alike = alike.filter(_.persons >= p.min_persons, _.days >= p.min_days, _.most <= p.one_day_share * _.persons)
    alike = alike.anti_join(norms, [alike.print.cast("string") == norms.key])
    joined = rows.left_join(alike.select("fixmedins_code", "print", "persons"), ["fixmedins_code", "print"])
    return joined.select(subject_id=joined.fixmedins_code, id=joined.setl_id, hit=joined.persons.notnull(),
                         fund=joined.fund, telling=joined.persons.fill_null(0))


QUESTIONS = (Question("copied", "多人项目与数量完全相同的账单占比", "笔", _cases, norms=_common),)


def _fit(w, p) -> Frozen:
    return fitted(w, p, QUESTIONS)


@detector(subject="institution", tier="线索", needs=("fee_list_d",), theme="虚构服务", typologies=("T19", "T04"),
          basis="条例 第二十条、第四十条(三)", seeds=("S4",), checked=CHECKED, unchecked=UNCHECKED, fit=_fit, model=Frozen)
def identical_bills(w, p, model):
    """账单雷同 · Bills that are copies.

    Outpatient bills of several lines that agree in every item and quantity between several persons on several days, far
    more often than at institutions of the same kind. Packages that other institutions issue too, and services of one or
    two days (check-ups), do not count.
    """
    return found(w, p, model, QUESTIONS)

"""Detector: employers that insure people and leave no other trace."""

from __future__ import annotations

import pandas as pd
from ibis import _

from yb_analytics.detectors import NotEvaluable, _payroll, detector
from yb_analytics.detectors._contradictions import CLOSED, OPEN, hits, sign, strength

SAID = {"unregistered": "无市场主体登记", "closed": "注销或吊销后仍在参保", "untaxed": "无工资申报",
        "unlisted": "职工无就业登记", "crowded": "与多家单位同一地址"}


@detector(subject="employer", tier="线索", needs=("psn_insu_d.emp_no", "insu_emp_info_b"),
          theme="挂靠参保", typologies=("T39",),
          basis="社会保险法 第八十八条；浙江省医疗保障条例 第五十五条", seeds=("S3",),
          checked=("机关事业单位无市场登记", "单一登记缺漏不作判断", "注销后的减员办理时间"),
          unchecked=("登记代码录入错误", "集中办公与园区地址", "破产清算期间的参保"))
def shell_employers(w, p):
    """空壳单位 · Shell employers.

    Employers that insure several persons and leave no trace elsewhere: no registered enterprise or a closed one, no
    payroll at the tax office, staff the labour register does not know, an address shared by many. One sign may be a gap
    of one register and scores nothing; registers that are not held give no sign. Evidence is closed where three agree.
    """
    held = [t for t in ("market_registration", "tax_payroll", "hr_employment") if w.covers(t, w.period) > 0]
    if len(held) < 2:
        raise NotEvaluable("fewer than two of market_registration, tax_payroll, hr_employment are held"
                           "（市场主体登记、工资申报、就业登记三者所持不足两种）")
    staff = _staff(w)
    table = w.run(staff.group_by("emp_no").aggregate(n=_.psn_no.nunique())).set_index("emp_no").sort_index()
    table = table[table["n"] >= p.least_persons]
    signs = pd.DataFrame({
        "unregistered": _flag(table, _unregistered(w, p)), "closed": _flag(table, _closed(w, staff, p)),
        "untaxed": _flag(table, _untaxed(w)), "unlisted": _flag(table, _unlisted(w, staff, p)),
        "crowded": _flag(table, _crowded(w, p))})
    found = signs[signs.sum(axis=1) > 1]
    return hits([_hit(str(who), int(table.loc[who, "n"]), row[row].index.tolist(), p) for who, row in found.iterrows()])


def _staff(w):
    """Persons insured through an employer at some time of the period."""
    start, end = w.period.start.isoformat(), w.period.end.isoformat()
    return w.psn_insu_d.filter(
        _.emp_no.notnull(), _.insutype.isin(_payroll.EMPLOYED), ~_.psn_type.left(2).isin(["12", "13"]).fill_null(False),
        _.crt_insu_date < end, _.paus_insu_date.isnull() | (_.paus_insu_date >= start)).select(
        "emp_no", "psn_no", "paus_insu_date")


def _flag(table: pd.DataFrame, employers: set[str]) -> pd.Series:
    return pd.Series(table.index.isin(employers), index=table.index)


def _numbers(w, rows) -> set[str]:
    """Employer numbers of an expression."""
    return set(w.run(rows.select("emp_no").distinct())["emp_no"])


def _unregistered(w, p) -> set[str]:
    if w.covers("market_registration", w.period) <= 0:
        return set()
    firms = w.insu_emp_info_b.filter(~_.emp_type.isin(list(p.no_registration_types)).fill_null(False))
    firms = firms.filter(_.tax_reg_no.notnull())
    return _numbers(w, firms.anti_join(w.market_registration, [("tax_reg_no", "uscc")]))


def _closed(w, staff, p) -> set[str]:
    """Employers still insuring people some time after the enterprise was closed."""
    gone = w.market_registration.filter(_.regn_stas.isin(list(p.closed_states)), _.close_date.notnull())
    firms = w.insu_emp_info_b.inner_join(gone, [("tax_reg_no", "uscc")]).select("emp_no", "close_date")
    rows = staff.inner_join(firms, "emp_no")
    last = rows.paus_insu_date.fill_null(w.period.end)
    return _numbers(w, rows.filter((last - rows.close_date).cast("int64") > p.closed_days))


def _untaxed(w) -> set[str]:
    """Employers without any payroll in the period."""
    if w.covers("tax_payroll", w.period) <= 0:
        return set()
    told = w.tax_payroll.filter(_payroll.in_period(w, w.tax_payroll.ym), _.psn_cnt > 0)
    return _numbers(w, w.insu_emp_info_b.anti_join(told, "emp_no"))


def _unlisted(w, staff, p) -> set[str]:
    """Employers nearly all of whose staff the labour register does not have with them."""
    if w.covers("hr_employment", w.period) <= 0:
        return set()
    known = w.hr_employment.select("emp_no", "psn_no").distinct().mutate(known=1)
    rows = staff.left_join(known, ["emp_no", "psn_no"])
    per = rows.group_by("emp_no").aggregate(bare=rows.known.isnull().mean())
    return _numbers(w, per.filter(_.bare >= p.unlisted_share))


def _crowded(w, p) -> set[str]:
    per = w.insu_emp_info_b.filter(_.emp_addr.fill_null("") != "").group_by("emp_addr").aggregate(n=_.count())
    return _numbers(w, w.insu_emp_info_b.semi_join(per.filter(_.n >= p.shared_address), "emp_addr"))


def _hit(who: str, persons: int, signs: list[str], p) -> dict:
    """One employer's hit: the signs in words."""
    why = (f"期间由该单位参保{persons}人，同时存在{len(signs)}项异常：{'、'.join(SAID[s] for s in signs)}；"
           "仅一项时不提示")
    row = [f"insu_emp_info_b:{who}"]
    return {"subject_id": who, "locator": row, "grain": "row", "amount": 0.0, "estimated": False, "why": why,
            "score": strength(len(signs), 1, p.half_signs), "tier": CLOSED if len(signs) >= p.closing_signs else OPEN,
            "evidence": [sign(s, SAID[s], 1, "flag", row, contribution=1 / len(signs)) for s in signs]}

"""Spending and care of a month: the city's figures, counties, kinds of care, institutions."""

from __future__ import annotations

from typing import Any

import pandas as pd

from yb_analytics.reporting.chapters._frames import (
    TOTAL,
    difference,
    framed,
    growth,
    lines,
    place,
    preliminary,
    whole,
)
from yb_analytics.schema import Period, name_of

_FIGURES = (
    ("医疗费总额", "yuan", "fee"), ("基金支付总额", "yuan", "fund"), ("其中：统筹基金支出", "yuan", "pool"),
    ("个人账户支出", "yuan", "account"), ("个人现金支付", "yuan", "cash"), ("结算人次", "count:人次", "visits"),
    ("就医人数", "count:人", "persons"), ("出院人次", "count:人次", "stays"), ("次均住院费用", "yuan", "fee_a_stay"),
    ("平均住院日", "days", "days_a_stay"), ("实际报销比例", "share", "reimbursed"))


def _sums(w: Any, period: Period) -> dict[str, float]:
    """Sums of one span; nothing where the data do not cover it."""
    if not whole(w, "setl_d", period):
        return {}
    s = w.valid_settlements
    s = s.filter(period.covers(s.setl_time))
    paid = w.run(s.aggregate(
        fee=s.medfee_sumamt.sum(), fund=s.fund_pay_sumamt.sum(), pool=s.hifp_pay.sum(), account=s.acct_pay.sum(),
        cash=s.cash_payamt.sum(), visits=s.count(), persons=s.psn_no.nunique())).iloc[0]
    t = w.stays
    t = t.filter(period.covers(t.endtime))
    care = w.run(t.aggregate(stays=t.count(), stay_fee=t.medfee_sumamt.sum(), days=t.ipt_days.sum())).iloc[0]
    out = {k: float(v) for k, v in {**paid, **care}.items() if v is not None and v == v}
    out["fee_a_stay"] = _ratio(out.get("stay_fee"), out.get("stays"))
    out["days_a_stay"] = _ratio(out.get("days"), out.get("stays"))
    out["reimbursed"] = _ratio(out.get("fund"), out.get("fee"))
    return out


def _ratio(top: float | None, bottom: float | None) -> float:
    return top / bottom if top is not None and bottom else float("nan")


def month_figures(w: Any, period: str | Period) -> pd.DataFrame:
    """Main figures of a month: with the month a year before, the month before, and the year so far.

    Returns
    -------
    DataFrame
        指标, 单位 (hidden), 当月, 同比, 环比, 本年累计, 累计同比, 状态 (初步 or 终值).
    """
    month = Period.parse(period)
    year = Period.parse(f"{month.start.year}-01:{month.text}")
    now, ago, before = _sums(w, month), _sums(w, month.year_ago), _sums(w, month.previous)
    total, total_ago = _sums(w, year), _sums(w, year.year_ago)
    state = preliminary(w, month)
    rows = [{"指标": title, "单位": unit, "变动单位": "points" if unit == "share" else "growth",
             "当月": now.get(key), "同比": difference(now.get(key), ago.get(key), unit),
             "环比": difference(now.get(key), before.get(key), unit), "本年累计": total.get(key),
             "累计同比": difference(total.get(key), total_ago.get(key), unit), "状态": state}
            for title, unit, key in _FIGURES]
    changes = dict.fromkeys(("同比", "环比", "累计同比"), "by:变动单位")
    return framed(rows, {"当月": "by:单位", "本年累计": "by:单位", **changes})


def months(w: Any, period: str | Period, count: int = 13) -> pd.DataFrame:
    """Fund money by month up to a month, with the same month of the year before: 月份, 基金支付, 上年同月, 同比."""
    last = Period.parse(period)
    span = Period.between(last.shifted(1 - count - 12).start, last.end)
    s = w.valid_settlements
    s = s.filter(span.covers(s.setl_time))
    got = w.run(s.group_by(ym=s.setl_time.strftime("%Y-%m")).aggregate(fund=s.fund_pay_sumamt.sum()))
    paid = dict(zip(got["ym"], got["fund"].astype(float), strict=True))
    rows = []
    for back in range(count - 1, -1, -1):
        month = last.shifted(-back)
        value, ago = paid.get(month.text), paid.get(month.year_ago.text)
        if value is not None:
            rows.append({"月份": month.text, "基金支付": value, "上年同月": ago, "同比": growth(value, ago)})
    return framed(rows, {"基金支付": "yuan", "上年同月": "yuan", "同比": "growth"}, "该期间没有结算数据。",
                  ("月份", "基金支付", "上年同月", "同比"))


def months_drawn(table: pd.DataFrame) -> pd.DataFrame:
    """The table of :func:`months` in the shape `plots.monthly` draws."""
    return table.rename(columns={"月份": "ym", "基金支付": "value", "上年同月": "year_ago"})


def _cut(w: Any, period: Period, by: Any) -> pd.DataFrame:
    """Visits, fees and fund money of one span by one column."""
    s = w.valid_settlements
    s = s.filter(period.covers(s.setl_time))
    got = w.run(s.group_by(key=by(s)).aggregate(visits=s.count(), fee=s.medfee_sumamt.sum(),
                                                fund=s.fund_pay_sumamt.sum()))
    return got.astype({"fee": float, "fund": float})


def _compared(w: Any, month: Period, by: Any, head: str, name: Any) -> pd.DataFrame:
    """A cut with its growth on the year before, its share, and the total below."""
    now = _cut(w, month, by)
    ago = _cut(w, month.year_ago, by) if whole(w, "setl_d", month.year_ago) else now.iloc[:0]
    before = dict(zip(ago["key"], ago["fund"], strict=True))
    total = float(now["fund"].sum())
    rows = [{head: name(r.key), "结算人次": r.visits, "医疗费总额": r.fee, "基金支付": r.fund,
             "同比": growth(r.fund, before.get(r.key)), "占比": r.fund / total if total else None}
            for r in lines(now.sort_values("fund", ascending=False))]
    if rows:
        rows.append({head: TOTAL, "结算人次": now["visits"].sum(), "医疗费总额": now["fee"].sum(), "基金支付": total,
                     "同比": growth(total, sum(before.values()) if before else None), "占比": 1.0 if total else None})
    return framed(rows, {"结算人次": "count:人次", "医疗费总额": "yuan", "基金支付": "yuan", "同比": "growth",
                         "占比": "share"}, "该期间没有结算数据。",
                  (head, "结算人次", "医疗费总额", "基金支付", "同比", "占比"))


def by_county(w: Any, period: str | Period) -> pd.DataFrame:
    """Fund money of a month by county of insurance: 参保地, 结算人次, 医疗费总额, 基金支付, 同比, 占比."""
    return _compared(w, Period.parse(period), lambda s: s.insu_admdvs, "参保地", place)


def by_care(w: Any, period: str | Period) -> pd.DataFrame:
    """Fund money of a month by kind of care: 医疗类别 and the columns of :func:`by_county`."""
    return _compared(w, Period.parse(period), lambda s: s.med_type.substr(0, 2), "医疗类别",
                     lambda code: name_of("MED_TYPE", code) if code else "未标明")


def by_institution(w: Any, period: str | Period, top: int = 10) -> pd.DataFrame:
    """Institutions with the most fund money of a month: 机构, 所在地, 结算人次, 基金支付, 同比, 占比."""
    month = Period.parse(period)
    table = _compared(w, month, lambda s: s.fixmedins_code, "编号", str)
    known = w.run(w.institutions.select("fixmedins_code", "fixmedins_name", "county")).set_index("fixmedins_code")
    rows: list[dict[str, Any]] = []
    for one in table[table["编号"] != TOTAL].head(top).to_dict("records"):
        row = {str(k): v for k, v in one.items()}
        code = row.pop("编号")
        name = known["fixmedins_name"].get(code)
        rows.append({"机构": name if isinstance(name, str) and name else code,
                     "所在地": place(known["county"].get(code)), **row})
    return framed(rows, dict(table.attrs["units"]), "该期间没有结算数据。",
                  ("机构", "所在地", "结算人次", "医疗费总额", "基金支付", "同比", "占比"))

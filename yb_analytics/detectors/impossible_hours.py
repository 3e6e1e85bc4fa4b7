"""Detector: more hours of service than a day has."""

from __future__ import annotations

import ibis
import pandas as pd
from ibis import _

from yb_analytics.detectors import _sentences, detector
from yb_analytics.schema.text import number

CHECKED = ("只计须医务人员在场的项目", "按最短操作时间计", "退费冲销")
UNCHECKED = ("医嘱由多名治疗师执行", "集中补记账")
COLUMNS = ["subject_id", "locator", "grain", "amount", "score", "why", "estimated", "evidence"]


@detector(subject="doctor", tier="线索", needs=("fee_list_d.bilg_dr_code", "fee_list_d.hilist_name"), theme="医师",
          catches="fabricated_services", typologies=("T19", "T33", "T34"), seeds=("S4",),
          basis="条例 第四十条(三)；实施细则 第二十二条", checked=CHECKED, unchecked=UNCHECKED)
def impossible_hours(w, p):
    """服务时长超限 · More hours of service than a day has.

    Services that somebody has to give by hand, at the shortest time they take, added over a day under one doctor's name:
    more than twenty-four hours cannot be, and more than a long working day needs to be explained. Orders may be carried
    out by several therapists, so this is a lead.
    """
    days = w.run(_days(w, p).filter(_.hours > p.long_hours))
    days = days.sort_values(["doctor", "hours", "day"], ascending=[True, False, True], ignore_index=True)
    return pd.DataFrame([_hit(w, who, own, p) for who, own in days.groupby("doctor", sort=True)], columns=COLUMNS)


def _minutes(p) -> list[tuple[str, float]]:
    """Part of a name → minutes, the longer names first."""
    told = [part.partition(":") for part in p.minutes]
    return sorted(((name, float(minutes)) for name, _colon, minutes in told), key=lambda pair: -len(pair[0]))


def _lines(w, p):
    """Lines of hands-on services with the hours they take."""
    rows = w.fee_lines.filter(_.bilg_dr_code.notnull(), _.cnt > 0)
    name = rows.hilist_name
    hours = ibis.cases(*((name.contains(part), minutes / 60) for part, minutes in _minutes(p)), else_=ibis.null(float))
    return rows.select("bkkp_sn", doctor="bilg_dr_code", day=rows.fee_ocur_time.date(),
                       hours=hours * rows.cnt.cast("float64")).filter(_.hours.notnull())


def _days(w, p):
    return _lines(w, p).group_by(["doctor", "day"]).aggregate(hours=_.hours.sum().round(3), n=_.count())


def _hit(w, who: str, own: pd.DataFrame, p) -> dict:
    """One doctor's hit; lines of the longest days come first."""
    worst = own.iloc[0]
    whole = own[own["hours"] > p.day_hours]
    days = own["day"].map(lambda d: pd.Timestamp(d).date()).tolist()
    rows = w.run(w.fund_share(_lines(w, p).filter(_.doctor == who, _.day.isin(days))).select(
        "bkkp_sn", "day", "hours", fund=_.fund_amt.cast("float64")))
    of_day = own.set_index(pd.to_datetime(own["day"]))["hours"]
    rows["total"] = pd.to_datetime(rows["day"]).map(of_day)
    rows = rows.sort_values(["total", "hours", "bkkp_sn"], ascending=[False, False, True]).head(int(p.max_located))
    surplus = float((rows["fund"] * (1 - p.long_hours / rows["total"])).sum())
    beyond = float((own["hours"] / p.long_hours - 1).sum())
    score = float(1 - 2 ** (-beyond / p.half_days))
    ids = rows["bkkp_sn"].tolist()
    why = _sentences.sentence(
        f"{len(own)}天的手工操作类项目按最短操作时间折合超过{number(p.long_hours)}小时，其中{len(whole)}天超过"
        f"{number(p.day_hours)}小时，最多为{pd.Timestamp(worst['day']):%Y-%m-%d}的{number(round(worst['hours'], 1))}小时；"
        f"各日不超过{number(p.long_hours)}小时即不再提示")
    return {"subject_id": who, "locator": ids, "grain": "line", "score": score if len(whole) else min(score, p.long_cap),
            "amount": round(surplus, 2), "estimated": True, "why": why, "evidence": [
                {"feature": "hours", "label": "单日服务时长", "value": float(worst["hours"]), "unit": "hours",
                 "expected": float(p.long_hours), "vanish": float(p.long_hours), "contribution": 1.0,
                 "telling": ids[:int(p.telling)]}]}

"""Detector: care of persons who are dead in one register or several."""

from __future__ import annotations

import ibis
import pandas as pd
from ibis import _

from yb_analytics.detectors import NotEvaluable, _presence, detector
from yb_analytics.detectors._contradictions import CLOSED, OPEN, hits, sign, strength
from yb_analytics.schema.text import number, yuan

SAID = {"police": "公安死亡登记", "cremation": "民政火化登记", "hospital": "医院死亡离院"}
_DIED = "5"
"""DSCG_WAY of those who died in hospital."""


@detector(subject="person", tier="线索", needs=("setl_d",), catches="after_death", theme="死亡后就医",
          typologies=("T20",), basis="条例 第四十条(三)、第四十一条；经办条例 第二十五条", seeds=("S3",),
          checked=("登记日期的误差", "生前费用延迟结算", "其他登记不符的死亡"),
          unchecked=("死亡登记有误或已撤销", "证件号比对错误", "人员编号被他人沿用"))
def care_after_recorded_death(w, p):
    """登记死亡后就医 · Care after a recorded death.

    Public security, civil affairs and the hospital each record deaths; where two of them agree within days the evidence
    is closed, where one stands alone it may be wrong: a person whose body is then examined on several days is more
    probably alive, and the score stays below a half. Care counts from some days after the latest of the dates that
    agree; a relative who collects drugs with the card of a dead person is no innocent explanation.
    """
    dead = w.materialise(_deaths(w, p))
    if not int(w.run(dead.count())):
        raise NotEvaluable(f"no register tells a death up to {w.last_day}")
    rows = _presence.attended(w).inner_join(dead, "psn_no")
    grace = ibis.interval(days=int(p.grace_days))
    rows = rows.filter(_["at"].date() > _.died + grace, _.begun.isnull() | (_.begun.date() > _.died + grace))
    told = _presence.weighed(w, rows.drop("psn_no_right") if "psn_no_right" in rows.columns else rows)
    return hits([_hit(str(who), own, p) for who, own in told.groupby("psn_no", sort=True)])


def _deaths(w, p):
    """Persons recorded dead: the latest of the dates that agree, which registers say so, and how many agree."""
    left = w.history.mdtrt_d
    died = left.filter((left.dscg_way == _DIED).fill_null(False) | left.die_date.notnull())
    every = ibis.union(
        w.ps_death.select("psn_no", day="death_date", source=ibis.literal("police")),
        w.civil_cremation.select("psn_no", day="cremation_date", source=ibis.literal("cremation")),
        died.select("psn_no", day=ibis.coalesce(_.die_date, _.endtime.date()), source=ibis.literal("hospital")))
    every = every.filter(_.day.notnull(), _.day <= w.last_day.isoformat())
    first = every.group_by("psn_no").aggregate(first=_.day.min())
    rows = every.inner_join(first, "psn_no")
    agree = (rows.day - rows["first"]).cast("int64") <= p.agree_days
    return rows.group_by("psn_no").aggregate(
        died=rows.day.max(where=agree), agreeing=rows.source.nunique(where=agree), sources=rows.source.nunique(),
        police=(rows.source == "police").any(), cremation=(rows.source == "cremation").any(),
        hospital=(rows.source == "hospital").any())


def _hit(who: str, own: pd.DataFrame, p) -> dict:
    """One person's hit; the dearest care comes first."""
    own = own.sort_values(["fund", "setl_id"], ascending=[False, True])
    days, body = own["at"].dt.normalize().nunique(), own.loc[own["body"], "at"].dt.normalize().nunique()
    first, amount = own.iloc[0], round(float(own["fund"].sum()), 2)
    agreeing, alone = int(first["agreeing"]), int(first["agreeing"]) < 2
    named = "、".join(label for source, label in SAID.items() if first[source])
    score, lives = strength(days, p.free_days, p.half_days), alone and body >= p.alive_days
    why = (f"{named}{'单独' if alone else '相符'}记载{first['died']:%Y-%m-%d}或之前死亡，"
           f"{number(p.grace_days)}天以后仍有{days}天{len(own)}笔结算，由基金支付{yuan(amount)}"
           + (f"，但其中{body}天有须本人到场的项目，更可能是死亡登记有误" if lives else ""))
    ids = own["setl_id"].tolist()
    return {"subject_id": who, "locator": ids, "grain": "settlement", "amount": amount, "estimated": False, "why": why,
            "score": min(score, p.alive_cap) if lives else score, "tier": CLOSED if agreeing >= 2 else OPEN,
            "evidence": [sign("days_after", "登记死亡后结算天数", days, "days", ids[:int(p.telling)],
                              vanish=float(p.free_days))]}

"""Detector: money and records touched when nobody is in the office."""

from __future__ import annotations

from ibis import _

from yb_analytics.detectors import NotEvaluable, _clerks, _units, detector
from yb_analytics.detectors._contradictions import OPEN, hits
from yb_analytics.schema import name_of
from yb_analytics.schema.text import number

NIGHT = "night"
SAID = "夜间操作占比"


def _rows(w, p):
    """Operations on money and records with whether they lie in the night, once per period."""
    def make():
        rows = w.oper_log_d.filter(w.period.covers(_.oper_time), _.oper_type.isin(list(p.kinds)))
        rows = _clerks.timed(rows, "oper_time")
        rows = rows.anti_join(_clerks.machines(w, rows, "oper_time", p), "opter_id")
        return w.materialise(rows.select("oper_id", "opter_id", "oper_type", at=rows.oper_time,
                                         hit=_clerks.at_night(rows.oper_time, p)))

    return w.once("night_operations.rows", make)


def _fit(w, p) -> _units.Reference:
    table = _clerks.counted(w, _rows(w, p), "oper_type")
    if table.empty:
        raise NotEvaluable("oper_log_d.oper_time has no time of day, or no operation on money and records"
                           "（操作时间没有时刻，或没有涉及资金与记录的操作）")
    return _units.reference(w, p, {NIGHT: table})


@detector(subject="agency", tier="线索", needs=("oper_log_d.opter_id", "oper_log_d.oper_time", "oper_log_d.oper_type"),
          catches="night_operations", theme="经办内控", typologies=("T44",),
          basis="条例 第三十六条；医疗保障基金内部控制（系统操作）",
          seeds=("S1", "S3"), checked=("系统账号与批处理", "同岗位人员的夜班水平", "查询类操作"),
          unchecked=("经批准的加班与月末集中拨付", "账号外借"), fit=_fit, model=_units.Reference)
def night_operations(w, p, model):
    """夜间操作 · Operations at night.

    A clerk approves, pays or changes records at night far more often than clerks of the same post. Where a post works
    in shifts its peers do so too, and nobody is named. Accounts of machines and entries without a time of day are left
    out. The subject is the account, by its pseudonym.
    """
    rows = _rows(w, p)
    table = _units.scored(model, NIGHT, _clerks.counted(w, rows, "oper_type"), p)
    table = table[table["score"] > 0]
    ids = _clerks.telling(w, rows, "oper_id", "oper_log_d", list(table.index), int(p.max_located))
    return hits([_hit(str(who), row, ids[str(who)], p) for who, row in table.iterrows()])


def _hit(who: str, row, ids: list[str], p) -> dict:
    """One clerk's hit; the latest operations come first."""
    row = row.copy()
    row["cell"] = name_of("OPER_TYPE", row["cell"]) if row["cell"] != "全部机构" else row["cell"]
    why = (f"{_units.clause(row, SAID, '次', '经办人员')}；"
           f"夜间指{number(p.night_from)}时至次日{number(p.night_until)}时")
    return {"subject_id": who, "locator": ids, "grain": "row", "amount": 0.0, "estimated": False, "why": why,
            "tier": OPEN, "score": float(row["score"]),
            "evidence": [_units.evidence(row, NIGHT, SAID, ids[:int(p.telling)])]}

"""Detector: records changed without a second person."""

from __future__ import annotations

from ibis import _

from yb_analytics.detectors import _clerks, _units, detector
from yb_analytics.detectors._contradictions import OPEN, hits
from yb_analytics.schema import TABLES

ALONE = "unapproved"
SAID = "未经第二人审批的修改占比"


def _rows(w, p):
    """Changes of records with whether nobody approved them, once per period; what is not said does not count."""
    def make():
        rows = w.oper_log_d.filter(w.period.covers(_.oper_time), _.oper_type.isin(list(p.kinds)), _.aprv_flag.notnull())
        rows = rows.anti_join(_clerks.machines(w, rows, "oper_time", p), "opter_id")
        return w.materialise(rows.select("oper_id", "opter_id", "obj_table", at=rows.oper_time,
                                         hit=(rows.aprv_flag == "0")))

    return w.once("unapproved_edits.rows", make)


def _fit(w, p) -> _units.Reference:
    return _units.reference(w, p, {ALONE: _clerks.counted(w, _rows(w, p), "obj_table")})


@detector(subject="agency", tier="线索", needs=("oper_log_d.opter_id", "oper_log_d.oper_type", "oper_log_d.aprv_flag"),
          catches="unapproved_edits", theme="经办内控", typologies=("T44",), seeds=("S1", "S3"),
          basis="条例 第三十六条、第三十七条；医疗保障基金内部控制（审批）",
          checked=("系统账号与批处理", "同类修改的通常审批水平", "未登记是否审批的操作"),
          unchecked=("事后补批", "按规定免审批的更正", "账号外借"), fit=_fit, model=_units.Reference)
def unapproved_edits(w, p, model):
    """未经审批修改 · Edits without approval.

    A clerk changes or deletes records without the approval of a second person far more often than clerks who change
    the same tables. Where a kind of change needs no approval nobody's has one, and nobody is named.
    """
    rows = _rows(w, p)
    table = _units.scored(model, ALONE, _clerks.counted(w, rows, "obj_table"), p)
    table = table[table["score"] > 0]
    ids = _clerks.telling(w, rows, "oper_id", "oper_log_d", list(table.index), int(p.max_located))
    return hits([_hit(str(who), row, ids[str(who)], p) for who, row in table.iterrows()])


def _hit(who: str, row, ids: list[str], p) -> dict:
    """One clerk's hit; the latest changes come first."""
    table = TABLES.get(str(row["cell"]))
    row = row.replace(row["cell"], f"修改{table.zh}") if table else row
    return {"subject_id": who, "locator": ids, "grain": "row", "amount": 0.0, "estimated": False, "tier": OPEN,
            "score": float(row["score"]), "why": _units.clause(row, SAID, "次", "经办人员"),
            "evidence": [_units.evidence(row, ALONE, SAID, ids[:int(p.telling)])]}

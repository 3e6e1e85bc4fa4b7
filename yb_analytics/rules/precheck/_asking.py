"""A draft brought to the desk: completed by the registers, asked, answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from yb_analytics.rules.precheck._answer import NOTHING, REMINDER, Answer, Money, hits_of, money_of, staked, text_of
from yb_analytics.rules.precheck._desk import Desk
from yb_analytics.rules.precheck._encounter import Encounter

_OF_ITEM = ("hilist_name", "list_type", "med_chrgitm_type", "chrgitm_lv")


def answer(desk: Desk, encounter: Encounter) -> Answer:
    """What the desk says to an encounter."""
    rows = completed(desk, encounter)
    text = draft_of(encounter, rows)
    found = _standing(desk, encounter, desk.rows(text), text)
    mine = _ids(encounter)
    money, known = money_of(encounter), desk.by_name
    claims = {name: rule.made_of.claims for name, rule in known.items()}
    own = staked((r for r in found if r["id"] in mine), claims, money)
    hits = hits_of(own, known, desk.rest, money.known)
    others = [r for r in found if r["id"] not in mine]
    if others:
        before = {_of(r) for r in desk.rows(draft_of(encounter, rows, lines=False))}
        new = staked((r for r in others if _of(r) not in before), claims, Money(False, {}, (0.0, 0.0)))
        hits += hits_of(new, known, desk.rest, money.known, earlier=True)
    return Answer(REMINDER if hits else NOTHING, text_of(hits, len(desk.classes), desk.number), tuple(hits),
                  len(desk.classes), desk.number, tuple(_unchecked(desk, encounter)), desk.w.data_version,
                  desk.w.as_of.isoformat(), desk.store.since.isoformat())


def completed(desk: Desk, encounter: Encounter) -> dict[str, list[dict[str, Any]]]:
    """Rows of an encounter with what catalogue and register know and the message left out."""
    rows = dict(encounter.rows)
    rows["fee_list_d"] = [{**line, **_absent(line, desk.items.get(line["hilist_code"], {}))} for line in rows["fee_list_d"]]
    rows["setl_d"] = [{**bill, **_absent(bill, desk.places.get(bill["fixmedins_code"], {}))} for bill in rows["setl_d"]]
    return rows


def _absent(row: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in known.items() if row.get(k) is None}


def draft_of(encounter: Encounter, rows: Mapping[str, list[dict[str, Any]]], lines: bool = True) -> str:
    """The JSON text the statement reads; without `lines` it asks what holds without the draft."""
    days = sorted({line["fee_ocur_time"].date().isoformat() for line in encounter.rows["fee_list_d"]})
    told = rows if lines else dict.fromkeys(rows, [])
    return json.dumps({"psn_no": encounter.psn_no, "days": days, **told}, ensure_ascii=False, default=str)


def _ids(encounter: Encounter) -> set[str]:
    """Ids of the draft's own rows."""
    bill = encounter.rows["setl_d"][0]
    return {line["bkkp_sn"] for line in encounter.rows["fee_list_d"]} | {bill["setl_id"], bill["mdtrt_id"]}


def _of(row: Mapping[str, Any]) -> tuple:
    return row["rule"], row["point_id"], row["id"], row["take"], row["of"]


def _standing(desk: Desk, encounter: Encounter, rows: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """Hits without those that may still come right and those that are explained innocently."""
    if not encounter.settles:  # what a stay must have can still be charged before it is settled
        rows = [r for r in rows if not (r["condition"] == "requires" and r["found"] == "stay")]
    if any(desk.by_name[r["rule"]].exclusions for r in rows):
        reasons = desk.reasons(text)
        rows = [r for r in rows if not reasons & set(desk.by_name[r["rule"]].exclusions)]
    return rows


def _unchecked(desk: Desk, encounter: Encounter) -> list[str]:
    """What could not be judged, in sentences."""
    out = []
    told = encounter.rows["setl_diag_d"] or any(v.get("dscg_maindiag_code") for v in encounter.rows["mdtrt_d"])
    if not told and desk.by_diagnosis:
        out.append("未报送诊断：本次就诊若此前未上传诊断，与诊断有关的规则未核对")
    if encounter.day.date() < desk.store.since:
        out.append(f"就诊日期早于既往记录的起始日{desk.store.since.isoformat()}：与既往用量有关的规则未核对")
    if not encounter.settles:
        out.append("未报送预结算信息：涉及金额按纳入医保支付范围的金额计，为上限")
    return out

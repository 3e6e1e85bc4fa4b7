"""The life of a lead: events appended, never overwritten; the newest says where it stands and until when.

new → dispatched → verifying → confirmed, partly or refuted → disposed → rechecked. A step may be left out where
the feedback comes at once; a lead is sent back only to be verified again. Amounts of an event are totals to date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from yb_analytics import knowledge
from yb_analytics.leads._themes import fact_of
from yb_analytics.schema import CODES, Refusal, name_of

JOURNAL = "lead_events"
STAGE = {"new": 0, "dispatched": 1, "verifying": 2, "confirmed": 3, "partly": 3, "refuted": 3, "disposed": 4,
         "rechecked": 5}
OUTCOMES = ("confirmed", "partly", "refuted")
BACK = {("verifying", "dispatched"), ("confirmed", "verifying"), ("partly", "verifying"), ("refuted", "verifying"),
        ("disposed", "verifying"), ("rechecked", "verifying")}
"""Steps back that are allowed: sent back to be verified again."""

MONEY = ("confirmed_amt", "refused_amt", "recovered_amt")
"""Totals to date of an event: confirmed; of these refused payment; of these recovered."""

EVENT = ("lead_id", "state", "at", "owner", *MONEY, "note")
"""What an event says. `owner` is an office, never a person; nothing says where a lead came from."""


def now() -> str:
    """Wall time in Asia/Shanghai."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None).isoformat(timespec="microseconds")


def allowed(before: str, after: str) -> bool:
    """Whether a lead may go from one state to another.

    Examples
    --------
    >>> allowed("new", "confirmed"), allowed("confirmed", "refuted"), allowed("new", "disposed")
    (True, False, False)
    >>> allowed("rechecked", "verifying"), allowed("disposed", "dispatched")
    (True, False)
    """
    if (before, after) in BACK:
        return True
    forward = STAGE[after] > STAGE[before]
    needs_outcome = after == "disposed" and before not in OUTCOMES
    ends_open = after == "rechecked" and STAGE[before] < STAGE["confirmed"]
    return forward and not needs_outcome and not ends_open


def events(w: Any) -> pd.DataFrame:
    """All events of all leads in order of time: those kept here and those another system delivered.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`EVENT`; amounts are Decimals or empty.
    """
    kept: list[dict[str, Any]] = []
    if w.path is not None:
        from yb_analytics.warehouse import Journal

        kept = Journal(w.path, JOURNAL).events()
    frame = pd.DataFrame(kept, columns=list(EVENT))
    if (w.coverage()["table"] == "lead_feedback_d").any():
        told = w.run(w.lead_feedback_d.select("lead_id", "event_time", "state", "confirmed_amt", "recovered_amt"))
        told = told[told["state"].isin(STAGE)]
        at = pd.to_datetime(told.pop("event_time")).dt.strftime("%Y-%m-%dT%H:%M:%S")
        frame = pd.concat([frame, told.assign(at=at, note="")], ignore_index=True)[list(EVENT)]
    for column in MONEY:
        frame[column] = pd.Series([_money(v) for v in frame[column]], index=frame.index, dtype="object")
    return frame.sort_values(["at"], kind="stable", ignore_index=True)


def _money(value: Any) -> Decimal | None:
    return None if value is None or value != value or value == "" else Decimal(str(value)).quantize(Decimal("0.01"))


def standing(w: Any, until: str = "") -> pd.DataFrame:
    """Where each lead with an event stands: its newest state, since when, its office and its money to date.

    Parameters
    ----------
    w
        A warehouse.
    until
        A time: events after it are left out; all count by default.

    Returns
    -------
    pandas.DataFrame
        Index `lead_id`; columns `state`, `since`, `owner`, :data:`MONEY`, `note`, `events`.
    """
    told = events(w)
    told = told[told["at"] <= until] if until else told
    if told.empty:
        return pd.DataFrame(columns=["state", "since", "owner", *MONEY, "note", "events"],
                            index=pd.Index([], name="lead_id"))
    groups = told.groupby("lead_id")
    last = groups[["state", "at", "owner", *MONEY, "note"]].last().rename(columns={"at": "since"})
    last["state"] = groups["state"].agg(lambda s: s.iloc[-1])
    return last.assign(events=groups.size())


def record(w: Any, made: Iterable[Mapping[str, Any]], known: Mapping[str, str] | None = None) -> int:
    """Append events, all or none; gives how many were new.

    Parameters
    ----------
    w
        A warehouse on disk.
    made
        Events with `lead_id`, `state` and, as far as known, the rest of :data:`EVENT`. An event that says what is
        known already (same lead, state, day and money) is passed over, so the same feedback twice is nothing.
    known
        Leads there are, with their state when nothing was told of them yet; by default those stored.

    Raises
    ------
    Refusal
        `usage` for an unknown lead or state, a step that is not allowed, money that contradicts itself or a time
        before the last event; nothing is written then.
    """
    if w.path is None:
        raise Refusal("the life of leads is kept beside a warehouse on disk", "open one with `yb.open`", "usage")
    held = known if known is not None else _stored(w)
    told = events(w)
    rows: list[dict[str, Any]] = [dict(zip(told.columns, r, strict=True)) for r in told.itertuples(index=False)]
    seen = {_said(e) for e in rows}
    last = {r["lead_id"]: r for r in rows}
    fresh = []
    for at, given in enumerate(made, 1):
        event = _checked(at, given, held, last)
        if _said(event) not in seen:
            _step(at, event, last)
            fresh.append(event)
        seen.add(_said(event))
        last[event["lead_id"]] = event
    if fresh:
        from yb_analytics.warehouse import Journal

        Journal(w.path, JOURNAL).append(
            [{k: str(v) if isinstance(v, Decimal) else v for k, v in e.items() if v is not None} for e in fresh])
    return len(fresh)


def _stored(w: Any) -> dict[str, str]:
    from yb_analytics.leads._capacity import drawn

    known = dict.fromkeys(drawn(w)["lead_id"], "new")
    if w.stored_periods("lead"):
        known |= dict.fromkeys(w.run(w.stored("lead").select("lead_id"))["lead_id"], "new")
    return known


def _said(event: Mapping[str, Any]) -> tuple:
    money = tuple(None if _money(event.get(c)) is None else str(_money(event.get(c))) for c in MONEY)
    return event["lead_id"], event["state"], str(event["at"])[:10], *money


def _refuse(at: int, cause: str, remedy: str) -> Refusal:
    return Refusal(f"第{at}条：{cause}", remedy, "usage")


def _checked(at: int, given: Mapping[str, Any], held: Mapping[str, str], last: Mapping[str, Mapping]) -> dict[str, Any]:
    """One event in full, or a refusal that names it."""
    unknown = sorted(set(given) - set(EVENT))
    if unknown:
        raise _refuse(at, f"unknown key {', '.join(unknown)}", f"use {', '.join(EVENT)}")
    lead, state = str(given.get("lead_id", "")), given.get("state")
    if lead not in held and lead not in last:
        raise _refuse(at, f"没有线索 {lead} · no such lead", "take the number from `yb leads` or the exported sheet")
    if state not in STAGE or state == "new":
        raise _refuse(at, f"线索 {lead} 的状态 {state!r} 不存在 · no such state",
                      f"use {', '.join(s for s in STAGE if s != 'new')}")
    event = {c: given.get(c) for c in EVENT} | {"lead_id": lead, "at": str(given.get("at") or now())}
    event |= {c: _money(given.get(c)) for c in MONEY}
    event["note"] = str(given.get("note") or "")[:400]
    _money_agrees(at, event)
    return event


def _money_agrees(at: int, event: Mapping[str, Any]) -> None:
    confirmed, refused, recovered = (event[c] or Decimal(0) for c in MONEY)
    lead = event["lead_id"]
    if min(confirmed, refused, recovered) < 0:
        raise _refuse(at, f"线索 {lead} 的金额为负 · negative amount", "write totals to date in yuan")
    if event["state"] == "refuted" and confirmed > 0:
        raise _refuse(at, f"线索 {lead} 已排除，却有查实金额 · refuted with a confirmed amount",
                      "choose 部分查实 or leave the amount empty")
    if refused + recovered > confirmed and event["confirmed_amt"] is not None:
        raise _refuse(at, f"线索 {lead} 拒付与追回之和超过查实金额 · refused and recovered exceed what was confirmed",
                      "write totals to date; each yuan is either refused or recovered")


def _step(at: int, event: Mapping[str, Any], last: Mapping[str, Mapping]) -> None:
    before = last.get(event["lead_id"], {"state": "new", "at": ""})
    words = [name_of("LEAD_STATE", s) for s in (before["state"], event["state"])]
    if before["state"] != event["state"] and not allowed(before["state"], event["state"]):
        raise _refuse(at, f"线索 {event['lead_id']} 不能从“{words[0]}”到“{words[1]}” · step not allowed",
                      "follow 派发、核查、结论、处置、回头看")
    if event["at"] < str(before["at"])[:len(event["at"])]:
        raise _refuse(at, f"线索 {event['lead_id']} 的时间早于上一条（{before['at']}） · earlier than the last event",
                      "write the day it happened")


def due_day(state: str, tier: str, since: date, on: date) -> date | None:
    """Until when the next step of a lead has to be taken; `None` where none is left.

    Parameters
    ----------
    state, tier
        Of the lead.
    since
        Day of its last step (of its making, while it is new).
    on
        Day the clocks are read on (`knowledge/parameters/leads.csv`).

    Examples
    --------
    >>> due_day("new", "疑点", date(2025, 9, 30), date(2025, 9, 30)).isoformat()
    '2025-11-04'
    >>> due_day("rechecked", "疑点", date(2025, 9, 30), date(2025, 9, 30)) is None
    True
    """
    p = knowledge.parameters("leads", on)
    if state == "new":
        return knowledge.after_working_days(since, int(p[fact_of(tier, "due")]))
    if state in ("dispatched", "verifying"):
        return knowledge.after_working_days(since, int(p.clock_verify))
    if state in ("confirmed", "partly"):
        return since + timedelta(days=int(p.clock_dispose))
    return since + timedelta(days=int(p.clock_recheck)) if state == "disposed" else None


def states() -> dict[str, str]:
    """State → Chinese name, in the order of the life of a lead.

    Examples
    --------
    >>> list(states().values())[:2]
    ['新线索', '已派发']
    """
    return {s: CODES["LEAD_STATE"][s].partition(" · ")[0] for s in STAGE}

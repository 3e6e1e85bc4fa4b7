"""The first line of defence: one draft encounter against all rules, before it is billed.

The same patterns as for a day or a year, over what the hot store holds of the person and the draft; compiled once per
process. It reminds, it never refuses.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from yb_analytics import knowledge
from yb_analytics.rules._contract import RuleClass
from yb_analytics.rules._state import build_store
from yb_analytics.rules.precheck._answer import Answer, Hit
from yb_analytics.rules.precheck._asking import answer
from yb_analytics.rules.precheck._desk import Desk, open_desk
from yb_analytics.rules.precheck._encounter import Unreadable, read
from yb_analytics.warehouse import Warehouse, open_warehouse
from yb_analytics.warehouse.manifest import versions

__all__ = ["Answer", "Desk", "Hit", "Unreadable", "answer", "build_store", "desk_of", "open_desk", "precheck", "read"]

_KEPT = 2
_DESKS: OrderedDict[tuple, Desk] = OrderedDict()
_LOCK = threading.Lock()
DEFAULT = Path("data/warehouse")


def _classes() -> list[RuleClass]:
    from yb_analytics.rules import shelf

    broken = shelf.broken()
    return [shelf[n] for n in shelf if n not in broken]


def desk_of(w: Warehouse | Path | str | None = None, day: date | None = None, slots: int = 1) -> Desk:
    """The warm desk of a warehouse: opened at first use, opened anew when data, points or parameters are new.

    Parameters
    ----------
    w
        A warehouse or its folder; by default `YB_WAREHOUSE`, else `data/warehouse`.
    day
        Parameters of rule classes are those of this day; by default of the last day of the data.
    slots
        Drafts that can be checked at the same time.
    """
    if isinstance(w, Warehouse) and w.path is None:
        return w._once(("desk", day), lambda: open_desk(w, _classes(), day or w.as_of, slots=slots))
    path = Path(w.path if isinstance(w, Warehouse) and w.path else w or os.environ.get("YB_WAREHOUSE") or DEFAULT)
    path = path.resolve()
    number = w._source.manifest.version if isinstance(w, Warehouse) else max(versions(path), default=0)  # type: ignore[attr-defined]
    key = (path, number, _points(path), _parameters(day), slots)
    with _LOCK:
        if key not in _DESKS:
            mine = open_warehouse(path, number or None, threads=1)
            _DESKS[key] = open_desk(mine, _classes(), day or mine.as_of, slots=slots)
            while len(_DESKS) > _KEPT:
                _DESKS.popitem(last=False)
        _DESKS.move_to_end(key)
        return _DESKS[key]


def _points(path: Path) -> tuple[str, int]:
    """Which points are in use: the store and when it was last changed."""
    store = knowledge.store_for(path)
    return (str(store), (store / "CURRENT.json").stat().st_mtime_ns) if store else ("", 0)


@lru_cache(maxsize=64)
def _parameters(day: date | None) -> tuple:
    """What parameters of rule classes say on a day: a desk serves the days on which they say the same."""
    if day is None:
        return ()
    return tuple((c.name, p, str(knowledge.parameters(c.name, day)[p]))
                 for c in _classes() for p in c.made_of.parameters)


def precheck(encounter: Any, w: Warehouse | Path | str | None = None) -> Answer:
    """Check a draft prescription or settlement before it is billed.

    Parameters
    ----------
    encounter
        In the national interface's JSON: a dict, its text, a file (`Path`), or a list of the messages of one
        encounter (2203, 2204 or 2301, 2206 or 2304). What must be there: `psn_no`, `fixmedins_code` and, per line of
        `feedetail`, `med_list_codg`, `fee_ocur_time`, `cnt`, `det_item_fee_sumamt`.
    w
        The warehouse what is known of the person comes from (or its folder); by default `YB_WAREHOUSE`, else
        `data/warehouse`. At first use its hot store is made.

    Returns
    -------
    Answer
        `.verdict` (`无提醒` or `提醒`), `.text`, `.hits`, `.table`; money is what the fund would pay for the lines.

    Raises
    ------
    Unreadable
        A refusal in one line; `.errors` names every field that is wrong.

    Examples
    --------
    >>> import yb_analytics as yb
    >>> w = yb.in_memory({
    ...     "setl_d": [{"setl_id": "S1", "psn_no": "P1", "fixmedins_code": "H1", "setl_time": "2025-12-30", "med_type": "11",
    ...                 "medfee_sumamt": 1, "fund_pay_sumamt": 1}],
    ...     "fee_list_d": [{"bkkp_sn": "L1", "mdtrt_id": "M1", "psn_no": "P1", "fixmedins_code": "H1", "cnt": 1,
    ...                     "fee_ocur_time": "2025-12-30", "hilist_code": "A", "det_item_fee_sumamt": 1}]})
    >>> draft = {"psn_no": "P1", "fixmedins_code": "H1", "feedetail": [
    ...     {"med_list_codg": "A", "fee_ocur_time": "2025-12-31 09:00:00", "cnt": 1, "det_item_fee_sumamt": 5, "pric": 5}]}
    >>> yb.precheck(draft, w).verdict
    '无提醒'
    """
    given = read(encounter)
    return answer(desk_of(w, given.day.date()), given)



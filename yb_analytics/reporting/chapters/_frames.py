"""What all chapters share: frames with Chinese headers and the units of their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pandas as pd

from yb_analytics import knowledge
from yb_analytics.schema import Period, Refusal, name_of

TOTAL = "合计"


def framed(rows: Sequence[Mapping[str, Any]] | pd.DataFrame, units: Mapping[str, str], reason: str = "",
           columns: Sequence[str] = ()) -> pd.DataFrame:
    """A table ready for a document: units travel with it, an empty one says why."""
    frame = rows.copy() if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows), columns=list(columns) or None)
    for name in set(units) & set(frame.columns):
        if not units[name].startswith("text"):
            frame[name] = pd.to_numeric(frame[name])
    frame.attrs["units"] = {k: v for k, v in units.items() if k in frame.columns}
    frame.attrs["reason"] = reason if frame.empty else ""
    return frame


def growth(now: Any, before: Any) -> float | None:
    """Relative change; none where there is nothing to compare with."""
    if now is None or before is None or now != now or before != before or float(before) == 0:
        return None
    return float(now) / float(before) - 1


def difference(now: Any, before: Any, unit: str) -> float | None:
    """Growth, or for a share the difference, which is told in percentage points."""
    if unit != "share":
        return growth(now, before)
    return None if now is None or before is None or now != now or before != before else float(now) - float(before)


def place(code: object) -> str:
    """Name of a county; settlements without one are told apart."""
    return "未标明" if code is None or code != code or not str(code) else name_of("ADMDVS", code)


def preliminary(w: Any, period: Period) -> str:
    """初步 while care of the period may still be settled late, 终值 afterwards (`fund.csv`, late_months)."""
    last = period.end - timedelta(days=1)
    months = int(knowledge.fact("fund", "late_months", on=last))
    since = (w.as_of.year - last.year) * 12 + w.as_of.month - last.month
    return "初步" if since < months else "终值"


def whole(w: Any, table: str, period: Period) -> bool:
    """Whether a table covers every month of a period."""
    try:
        return w.covers(table, period) >= 1
    except Refusal:
        return False


def lines(frame: pd.DataFrame) -> list[Any]:
    """Rows of a frame, columns as attributes."""
    return list(frame.itertuples(index=False))

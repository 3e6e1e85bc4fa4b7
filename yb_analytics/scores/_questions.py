"""Questions to a score, each answered by a table."""

from __future__ import annotations

from typing import Any

import pandas as pd

from yb_analytics.schema import Refusal
from yb_analytics.scores import _compare, _sensitivity

QUESTIONS = {
    "screening": "指标筛查", "comparison": "不同方法比较", "effective_weights": "有效权重", "remove_one": "逐一剔除",
    "obstacles": "障碍度", "sobol": "不确定性来源",
}
"""Question → Chinese name."""


def asked(score: Any, what: str, **more: Any) -> pd.DataFrame:
    """The table that answers a question (see the functions of `_compare` and `_sensitivity` for its columns).

    Parameters
    ----------
    score
        A :class:`Score`.
    what
        One of :data:`QUESTIONS`.
    more
        Of `sobol`: `unit` (a code, the city by default), `size`.
    """
    if what not in QUESTIONS:
        raise Refusal(f"no question {what!r}", f"ask one of: {', '.join(QUESTIONS)}", "usage")
    a, index = score.arrays, score.index
    units, base = list(a["units"]), a["base"]
    if what == "screening":
        return _sensitivity.screened(a["points"], base, index)
    if what == "comparison":
        return _compare.compared(a["scored"], a["points"], units, base, index)
    if what == "effective_weights":
        return _sensitivity.effective_weights(a["points"], base, index)
    if what == "remove_one":
        return _sensitivity.remove_one(a["points"], units, base, index)
    if what == "obstacles":
        return _sensitivity.obstacles(a["points"], units, index)
    unit = more.pop("unit", units[int((~base).argmax())])
    if unit not in units:
        raise Refusal(f"no unit {unit}", f"choose one of: {', '.join(units)}", "usage")
    return _sensitivity.sobol(a["scored"], a["points"], a["drawn"], units.index(unit), (base, index), **more)

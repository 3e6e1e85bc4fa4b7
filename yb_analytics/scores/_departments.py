"""The sixteen measures of the plan and the departments that lead them (部门考核).

An indicator belongs to the measures its clause names (`S3 三5`). A measure without an indicator, or whose indicators
could not be evaluated, is said to be so; it is never counted as reached.
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from yb_analytics import knowledge
from yb_analytics.indicators import shelf
from yb_analytics.schema.text import show

_NUMBER = re.compile(r"三(?:\([一二三四五六]\))?(\d+)")
STATES = {"reached": "达到", "not reached": "未达到", "not evaluable": "无法评价", "no indicator": "无量化指标"}


def measures_of(basis: str) -> list[int]:
    """Measures of the plan a clause names.

    Examples
    --------
    >>> measures_of("S3 三2、三3"), measures_of("S3 二(三)、三1"), measures_of("S4 三(一)"), measures_of("S0 八")
    ([2, 3], [1], [], [])
    """
    own = basis.partition("S3")[2]
    return [int(n) for n in _NUMBER.findall(own) if 1 <= int(n) <= 16]


def reached(name: str, value: float, target: float) -> bool:
    """Whether a value reaches the target of its indicator."""
    return value >= target - 1e-9 if shelf[name].better == "higher" else value <= target + 1e-9


def measures(values: pd.DataFrame) -> pd.DataFrame:
    """Every measure with its departments, indicators and state.

    Parameters
    ----------
    values
        Shape `value`, one period; one unit (the city or a county).

    Returns
    -------
    pandas.DataFrame
        number, pillar, title, lead, supporting, indicators, evaluated, reached, share, state, text.
    """
    known = values.set_index("indicator")
    tied: dict[int, list[str]] = {}
    for name in shelf.names:
        for number in measures_of(shelf[name].basis):
            tied.setdefault(number, []).append(name)
    rows = [_measure(m, [known.loc[n] for n in tied.get(int(m["number"]), []) if n in known.index])
            for m in knowledge.measures().to_dict("records")]
    return pd.DataFrame(rows)


def _measure(m: Any, own: list[Any]) -> dict[str, Any]:
    told = [v for v in own if v["value"] == v["value"] and v["target"] == v["target"]]
    good = [v for v in told if reached(str(v.name), float(v["value"]), float(v["target"]))]
    state = "no indicator" if not own else "not evaluable" if not told else (
        "reached" if len(good) == len(told) else "not reached")
    behind = [v for v in told if not any(v.name == g.name for g in good)]
    words = "；".join(f"{shelf[str(v.name)].title.zh}{show(v['value'], shelf[str(v.name)].unit)}"
                     f"（目标{show(v['target'], shelf[str(v.name)].unit)}）" for v in behind)
    said = f"{m['title']}：{STATES[state]}"
    said += f"，{len(told)}项指标中{len(good)}项达标" if told else ""
    return {**{k: m[k] for k in ("number", "pillar", "title", "lead", "supporting")}, "indicators": len(own),
            "evaluated": len(told), "reached": len(good), "share": len(good) / len(told) if told else float("nan"),
            "state": state, "text": f"{said}{'；未达标：' + words if words else ''}。"}


def departments(table: pd.DataFrame) -> pd.DataFrame:
    """League table of the lead departments: the share of their measures' indicators that reached the target.

    Parameters
    ----------
    table
        Of :func:`measures`.

    Returns
    -------
    pandas.DataFrame
        department, measures, indicators, reached, share, without (measures that cannot be judged); best first.
    """
    rows = table.assign(department=table["lead"].str.split(";")).explode("department")
    blind = rows["state"].isin(["not evaluable", "no indicator"])
    out = rows.assign(without=blind).groupby("department").agg(
        measures=("number", "size"), indicators=("evaluated", "sum"), reached=("reached", "sum"),
        without=("without", "sum")).reset_index()
    out["share"] = (out["reached"] / out["indicators"]).where(out["indicators"] > 0)
    return out.sort_values(["share", "indicators", "department"], ascending=[False, False, True], ignore_index=True)

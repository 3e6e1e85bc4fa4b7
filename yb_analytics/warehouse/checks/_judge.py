"""From counts to answers: state, share, where it is worst, and one Chinese sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from yb_analytics.schema import TABLES, name_of
from yb_analytics.schema.text import number, share
from yb_analytics.warehouse.checks._check import SEVERITIES, Check, Limits, Verdict, by_share
from yb_analytics.warehouse.checks._limits import limits_of
from yb_analytics.warehouse.checks._count import ASKED, VOLUME

CATEGORY = {"conformance": "符合性", "completeness": "完整性", "plausibility": "合理性"}
SEVERITY = {"block": "阻断", "warn": "警告", "note": "提示"}
STATE = {"pass": "通过", "fail": "不通过", "not applicable": "不适用", "error": "出错"}
COLUMNS = ("check", "kind", "title", "category", "sub", "table", "column", "about", "unit", "severity", "rows",
           "failed", "share", "state", "limit", "ym", "county", "source", "text", "advice")


def judge(counts: pd.DataFrame, checks: Mapping[str, Check],
          limits: Callable[[str], Limits] | Path | str | None = None) -> pd.DataFrame:
    """What counts say under limits; nothing is counted again.

    Parameters
    ----------
    counts
        `check, ym, county, rows, failed, size, state, reason`, as :func:`run` counted or as they were kept.
    checks
        The checks by id (`all_checks()`).
    limits
        A file like `limits.csv`, or a function from the id of a check to its `Limits`; the shelf's own by default.
    """
    of = limits if callable(limits) else (lambda c: limits_of(c, Path(limits) if limits else None))
    groups = {str(name): cells for name, cells in counts.groupby("check", sort=False)}
    rows = []
    for check in checks.values():
        if check.id not in groups:
            continue
        cells = _cells(check, groups)
        if cells is None:
            cells = groups[check.id].assign(state="not applicable", reason="没有适用的行")
        rows.append(_judged(check, cells, of(check.id)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _cells(check: Check, groups: Mapping[str, pd.DataFrame]) -> pd.DataFrame | None:
    """Counts a check is judged by: its own, or those of the kind it uses."""
    own = groups[check.id]
    if not check.uses or (own["state"] != ASKED).any():
        return own
    if check.uses == VOLUME:
        return groups.get(f"{VOLUME}:{check.table}")
    one = f"{check.uses}:{check.table}.{check.column}"
    if one in groups:
        return groups[one]
    used = [g for c, g in groups.items() if c.startswith(f"{check.uses}:{check.table}.")]
    return pd.concat(used) if used else None


def _judged(check: Check, cells: pd.DataFrame, limits: Limits) -> dict:
    """One row of the answer."""
    row = {"check": check.id, "kind": check.kind.name, "title": check.kind.title.zh, "category": check.kind.category,
           "sub": check.kind.sub, "table": check.table, "column": check.column, "about": check.about,
           "unit": check.unit, "severity": limits.severity, "limit": limits.limit, "source": limits.source,
           "advice": check.kind.advice, "rows": 0.0, "failed": 0.0, "share": None, "ym": "", "county": ""}
    states = cells["state"].to_numpy(object)
    spoken = states != ""
    live = cells if not spoken.any() else cells[~spoken]
    if spoken.any() and (not len(live) or (states == "error").any()):
        state, reason = cells[spoken].iloc[0][["state", "reason"]]
        words = "无法检查" if state == "not applicable" else "检查本身出错"
        return row | {"state": state, "text": f"{check.about}：{words}（{reason}）。"}
    try:
        verdict = (check.tell or by_share)(live, limits)
    except Exception as problem:  # a broken verdict must not stop the rest
        return row | {"state": "error", "text": f"{check.about}：检查本身出错（{type(problem).__name__}: {problem}）。"}
    if not verdict.known:
        return row | {"state": "not applicable", "text": f"{check.about}：没有可供检查的数据。"}
    return row | {"rows": float(verdict.rows), "failed": float(verdict.failed), "share": verdict.share,
                  "state": "fail" if verdict.fails else "pass", "ym": verdict.ym, "county": verdict.county,
                  "text": _words(check, verdict, limits)}


def _words(check: Check, verdict: Verdict, limits: Limits) -> str:
    """One sentence: what, how many of how many, against what, where it is worst."""
    counted = f"{number(verdict.failed)}/{number(verdict.rows)}{check.unit}"
    if not verdict.failed:
        return f"{check.about}：{number(verdict.rows)}{check.unit}未见{check.kind.says}。"
    where = "".join([f"{verdict.ym[:4]}年{int(verdict.ym[4:6])}月" if len(verdict.ym) == 6 and verdict.ym.isdigit()
                     else "", name_of("ADMDVS", verdict.county) if verdict.county else ""])
    spot = f"，最集中于{where}" if where else ""
    over = "超过" if verdict.fails else "未超过"
    return f"{check.about}：{check.kind.says}{counted}（{share(verdict.share)}），{over}阈值{spot}。"


def sentence(table: pd.DataFrame) -> str:
    """How many checks passed, failed, could not be made, in one sentence."""
    n = table["state"].value_counts()
    bad = table[table["state"] == "fail"]["severity"].value_counts()
    parts = "、".join(f"{SEVERITY[s]}{bad[s]}项" for s in SEVERITIES if bad.get(s))
    return (f"数据检查 {len(table)} 项：通过 {n.get('pass', 0)}，不通过 {n.get('fail', 0)}"
            f"{f'（{parts}）' if parts else ''}，不适用 {n.get('not applicable', 0)}，出错 {n.get('error', 0)}。")


_WORST = ("block", "warn", "note", "error", "pass", "not applicable")


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """The worst of every table in every category: for a failed check its severity, else the state.

    Returns
    -------
    pandas.DataFrame
        One row per delivered table: `table`, `about` (Chinese name), one column per category with `block`, `warn`,
        `note`, `error`, `pass` or `not applicable`, and `failed`, the number of failed checks.
    """
    worst = table["severity"].where(table["state"] == "fail", table["state"])
    seen = table.assign(worst=worst, rank=worst.map(_WORST.index))
    seen = seen[seen.groupby("table")["state"].transform(lambda s: (s != "not applicable").any())]
    best = seen.sort_values("rank").groupby(["table", "category"], as_index=False).first()
    wide = best.pivot(index="table", columns="category", values="worst").reindex(columns=list(CATEGORY))
    out = wide.fillna("not applicable").reset_index().rename_axis(columns=None)
    failed = seen[seen["state"] == "fail"].groupby("table").size()
    out.insert(1, "about", [TABLES[t].zh for t in out["table"]])
    return out.assign(failed=out["table"].map(failed).fillna(0).astype(int))

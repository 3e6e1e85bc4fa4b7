"""One pass over the fee lines for all patterns that go by knowledge points: lines without any point are left behind."""

from __future__ import annotations

from typing import Any

import pandas as pd
from ibis.expr import types as ir

from yb_analytics.rules._patterns._windows import COUNTED, reach
from yb_analytics.schema import Period

COLUMNS = ("bkkp_sn", "mdtrt_id", "setl_id", "psn_no", "fixmedins_code", "med_type", "fee_ocur_time", "cnt", "pric",
           "det_item_fee_sumamt", "pric_uplmt_amt", "inscp_amt", "hilist_code", "hilist_name", "med_list_codg",
           "list_type", "bilg_dept_codg", "prd_days")
"""What patterns read of a line that carries a point."""


def codes_of(points: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Items that points name on either side, with the days their lines are looked at: `code`, `since`, `until`."""
    windows = points["window"].where(points["condition"].isin(COUNTED), "")
    reached = windows.map({w: reach([w]) for w in windows.unique()})
    both = points.assign(since=pd.Timestamp(period.start) - reached, until=pd.Timestamp(period.end) + reached)
    sides = pd.concat([both[["item_code", "since", "until"]].set_axis(["code", "since", "until"], axis=1),
                       both[["other_code", "since", "until"]].set_axis(["code", "since", "until"], axis=1)])
    spans = sides[sides["code"].fillna("") != ""].groupby("code").agg(since=("since", "min"), until=("until", "max"))
    return spans.reset_index().astype({"since": "datetime64[us]", "until": "datetime64[us]"})


def pointed(w: Any, points: pd.DataFrame, period: Period, often: bool) -> ir.Table:
    """Netted lines whose item some point names; a DuckDB table where they are read `often`."""
    named = codes_of(points, period)
    codes, first, last = w.register(named), named["since"].min(), named["until"].max()

    def narrow(lines: ir.Table) -> ir.Table:
        at = lines.fee_ocur_time
        lines = lines.filter((at >= first.isoformat()) & (at < last.isoformat()))
        if w.two_codes:
            return lines.filter(lines.hilist_code.isin(codes.code) | lines.med_list_codg.isin(codes.code))
        return lines.semi_join(codes, [lines.hilist_code == codes.code, at >= codes.since, at < codes.until])

    lines = w.fee_lines_of(narrow).select(*COLUMNS)
    return w.materialise(lines, "pointed_lines") if often else w.view("pointed_lines", lines)

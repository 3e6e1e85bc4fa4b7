"""Feedback on leads as a workbook: sent out, filled in by the counties, read back whole or refused.

The workbook holds what a verifier needs and empty columns to fill. It does not say which arm of a draw a lead is
of, so that a lead drawn by chance is verified like any other.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from yb_analytics.leads._capacity import CHECK, drawn
from yb_analytics.leads._life import MONEY, record, standing, states
from yb_analytics.schema import CODES, Period, Refusal, name_of

GIVEN = {"lead_id": "线索号", "subject": "主体类型", "subject_id": "主体编号", "county": "属地", "theme": "主题",
         "tier": "层级", "period": "期间", "amount": "涉及基金（元）", "why": "理由", "basis": "依据",
         "state_zh": "当前状态", "due": "期限"}
FILLED = {"state": "核查结果", "confirmed_amt": "查实金额（元）", "refused_amt": "其中拒付（元）",
          "recovered_amt": "其中追回（元）", "at": "核查日期", "owner": "承办单位", "note": "核查说明"}
WIDTHS = {"why": 70, "basis": 30, "note": 40, "subject_id": 20, "lead_id": 20, "at": 12}
_LISTS = {"subject": "SUBJECT", "county": "ADMDVS"}
_MOST = 20_000


def sheet(w: Any, period: Period | str, county: str = "", only_drawn: bool = True) -> pd.DataFrame:
    """Leads to send out, with where they stand: the drawn ones of the last draw of the period, else all.

    Columns of :data:`GIVEN`.
    """
    from yb_analytics.leads import leads

    span = Period.parse(period)
    table = w.run(leads(w, span))
    units = drawn(w)
    units = units[units["period"] == str(span)]
    if only_drawn and len(units):
        units = units[units["draw"] == units["draw"].iloc[-1]]
        table = pd.concat([table[table["lead_id"].isin(units["lead_id"])], _by_chance(units, table)], ignore_index=True)
    if county:
        table = table[table["county"] == county]
    names = states()
    return table.assign(state_zh=[names[s] for s in table["state"]])[list(GIVEN)].sort_values(
        "lead_id", ignore_index=True)


def _by_chance(units: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Drawn institutions that have no lead: to be verified as a whole, nothing is suspected of them."""
    bare = units[~units["lead_id"].isin(table["lead_id"])]
    return bare[["lead_id", "subject", "subject_id", "county", "period"]].assign(
        theme=CHECK, tier="监测", amount=0.0, basis="", state="new", due=None,
        why="随机抽取，用于估计漏查情况；不代表存在疑点。")


def export(w: Any, file: Path | str, period: Period | str, county: str = "") -> int:
    """Write the workbook to fill in; gives the number of leads.

    Parameters
    ----------
    w
        A screened warehouse.
    file
        The `.xlsx` to write.
    period
        The screening.
    county
        Only leads of one county.
    """
    rows = sheet(w, period, county)
    if rows.empty:
        raise Refusal(f"no lead of {period}{f' in {county}' if county else ''}", "screen the period first", "empty")
    Path(file).write_bytes(_workbook(rows))
    return len(rows)


def _workbook(rows: pd.DataFrame) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        page = book.add_worksheet("核查反馈")
        head = book.add_format({"bold": True, "bg_color": "#E8EEF3", "text_wrap": True, "bottom": 1})
        fill = book.add_format({"bold": True, "bg_color": "#FFF4D6", "text_wrap": True, "bottom": 1})
        text = book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
        money, day = book.add_format({"num_format": "#,##0.00"}), book.add_format({"num_format": "yyyy-mm-dd"})
        columns = {**GIVEN, **FILLED}
        for at, (key, title) in enumerate(columns.items()):
            form = money if key.endswith("_amt") or key == "amount" else day if key == "at" else text
            page.set_column(at, at, WIDTHS.get(key, 14), form)
            page.write_string(0, at, title, fill if key in FILLED else head)
        for line, row in enumerate(rows.to_dict("records"), 1):
            for at, key in enumerate(GIVEN):
                _cell(page, line, at, key, row[key], (text, money))
        first = len(GIVEN)
        choices = [name for code, name in states().items() if code != "new"]
        page.data_validation(1, first, len(rows), first, {"validate": "list", "source": choices})
        page.freeze_panes(1, 1)
        _help(book.add_worksheet("填写说明"))
    return out.getvalue()


def _cell(page: Any, line: int, at: int, key: str, value: Any, forms: tuple[Any, Any]) -> None:
    if value is None or value != value:
        return
    if key == "amount":
        page.write_number(line, at, float(value), forms[1])
    else:
        words = name_of(_LISTS[key], value) if key in _LISTS else value
        page.write_string(line, at, str(words), forms[0])


def _help(page: Any) -> None:
    page.set_column(0, 0, 100)
    for line, words in enumerate((
            "黄色列由核查单位填写，其余列请勿改动；未填核查结果的行视为尚未反馈。",
            f"核查结果只能填：{'、'.join(n for c, n in states().items() if c != 'new')}。",
            "金额为截至核查日期的累计数，单位元；拒付与追回之和不超过查实金额。",
            "核查日期写作 2025-06-30。承办单位写单位名称，不写个人姓名；核查说明中不得出现举报人信息。",
            "线索是需要核查的证据，不是违规结论。")):
        page.write_string(line, 0, words)


def take(w: Any, file: Path | str) -> int:
    """Read a filled workbook and keep what it says; all of it or, with one clear line, nothing.

    Returns
    -------
    int
        Events that were new; the same workbook twice gives 0.

    Raises
    ------
    Refusal
        `input` where it is no such workbook, `usage` naming the row that is wrong.
    """
    path = Path(file)
    events = [e for e in (_event(path, line, row) for line, row in _rows(path)) if e]
    known = standing(w)["state"].to_dict()
    ordered = sorted(events, key=lambda e: (e["lead_id"], e["at"]))
    return record(w, [e for e in ordered if _news(e, known)])


def _news(event: Mapping[str, Any], known: Mapping[Any, Any]) -> bool:
    """A state that already holds is news only with money or words beside it."""
    told = any(event.get(c) not in (None, "") for c in (*MONEY, "note"))
    return told or known.get(event["lead_id"]) != event["state"]


def _rows(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Rows with their line in the sheet, by column key."""
    import openpyxl

    if not path.is_file():
        raise Refusal(f"文件不存在：{path} · no such file", "check the name", "input")
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        lines = [list(r) for r in book.worksheets[0].iter_rows(values_only=True, max_row=_MOST + 1)]
        book.close()
    except Exception as problem:  # openpyxl raises what its parsers raise
        raise Refusal(f"无法读取 {path.name}：不是 .xlsx 工作簿 · not a workbook ({type(problem).__name__})",
                      "fill in the file `yb feedback export` wrote and save it as .xlsx", "input") from None
    titles = {t: k for k, t in {**GIVEN, **FILLED}.items()}
    head = [titles.get(str(c).strip()) if c is not None else None for c in (lines[0] if lines else [])]
    absent = [t for k, t in ({"lead_id": GIVEN["lead_id"]} | FILLED).items() if k not in head]
    if absent:
        raise Refusal(f"{path.name} 缺少列：{'、'.join(absent)} · columns are missing",
                      "fill in the file `yb feedback export` wrote", "input")
    return [(at, {k: v for k, v in zip(head, row, strict=False) if k}) for at, row in enumerate(lines[1:], 2)
            if any(v not in (None, "") for v in row)]


def _event(path: Path, line: int, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """One filled row as an event; `None` where the result is left empty and nothing else is filled."""
    codes = {v.partition(" · ")[0]: k for k, v in CODES["LEAD_STATE"].items()}
    told = {k: _plain(row.get(k)) for k in FILLED}
    if not told["state"]:
        if any(told[k] not in (None, "") for k in MONEY):
            raise Refusal(f"{path.name} 第{line}行：填了金额而未填核查结果 · amount without a result",
                          "choose a result", "usage")
        return None
    if str(told["state"]) not in codes:
        raise Refusal(f"{path.name} 第{line}行：核查结果“{told['state']}”不在可选范围 · unknown result",
                      f"choose {'、'.join(c for c in codes if codes[c] != 'new')}", "usage")
    return {"lead_id": _plain(row.get("lead_id")), "state": codes[str(told["state"])],
            "at": _day(path, line, told["at"]), "owner": told["owner"], "note": told["note"],
            **{c: _amount(path, line, FILLED[c], told[c]) for c in MONEY}}


def _plain(value: Any) -> Any:
    return value.strip().lstrip("'") if isinstance(value, str) else value


def _day(path: Path, line: int, value: Any) -> str:
    if isinstance(value, datetime | date):
        return f"{value:%Y-%m-%d}"
    try:
        return date.fromisoformat(str(value or "").replace("/", "-")).isoformat()
    except ValueError:
        raise Refusal(f"{path.name} 第{line}行：核查日期“{value or ''}”不是日期 · not a date", "write 2025-06-30",
                      "usage") from None


def _amount(path: Path, line: int, title: str, value: Any) -> str | None:
    if value in (None, ""):
        return None
    try:
        number = float(str(value).replace(",", ""))
        if number != number or abs(number) >= 1e12:
            raise ValueError
    except ValueError:
        raise Refusal(f"{path.name} 第{line}行：{title}“{value}”不是金额 · not an amount", "write a number in yuan",
                      "usage") from None
    return f"{number:.2f}"

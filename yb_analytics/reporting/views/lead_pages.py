"""Blocks of the page 疑点线索: filters, totals, the way down from the city to settlement lines."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from yb_analytics.reporting.views._desk import Desk, coded, period_name, place_name
from yb_analytics.reporting.views._html import View, block, figure, rendered
from yb_analytics.reporting.views._names import theme_name
from yb_analytics.reporting.views._query import Query
from yb_analytics.reporting.views._sheet import Col, Sheet, missing, records
from yb_analytics.reporting.views._words import say
from yb_analytics.reporting.views.overview import facts
from yb_analytics.schema import is_city, name_of
from yb_analytics.schema.text import number, yuan

PAGE = 30
"""Leads on one page of the list."""

_MONEY = Col("amount", "涉及基金 · Fund money at stake", "yuan")
_MAIN = Col("main", "金额最多的主题 · Main theme")
_COUNT = Col("count", "线索数 · Leads", "count")


def head(desk: Desk, q: Query) -> View:
    """Filters; each is part of the address."""
    period = desk.period(q)
    table = desk.rows("lead", period)
    themes = sorted({str(t) for t in table["theme"]} if len(table) else set())
    every = ("", say("all", q.lang))

    def choice(name: str, options: list[tuple[str, str]]) -> dict[str, Any]:
        chosen = getattr(q, name)
        known = chosen in {code for code, _ in options}
        return {"name": name, "label": say(name, q.lang), "chosen": chosen if known else "",
                "options": [every, *options]}

    choices = [
        {"name": "period", "label": say("period", q.lang), "chosen": period,
         "options": [(p, period_name(p, q.lang)) for p in desk.periods()]},
        choice("county", [(c, place_name(c, q.lang)) for c in desk.units(period, leads=True) if not is_city(c)]),
        choice("theme", [(t, theme_name(t, q.lang)) for t in themes]),
        choice("tier", coded("TIER", q.lang)), choice("subject", coded("SUBJECT", q.lang)),
        choice("state", coded("LEAD_STATE", q.lang)),
    ]
    boxes = [{"name": "amount", "label": say("amount_from", q.lang), "value": q.amount if q.at_least else ""}]
    clear = q.link(county="", theme="", tier="", subject="", state="", amount="", unit="", lead="", page="1") \
        if q.filters or q.unit else ""
    html = rendered("head.html", q.lang, block="head", choices=choices, boxes=boxes, clear=clear,
                    facts=facts(desk, q), kept={"lang": q.lang})
    return View("head", html)


def chosen(desk: Desk, q: Query) -> pd.DataFrame:
    """The leads of the period that pass the filters, highest priority first."""
    table = desk.rows("lead", desk.period(q))
    if table.empty:
        return table
    for name in ("county", "theme", "tier", "subject", "state"):
        wanted = getattr(q, name)
        if wanted:
            table = table[table[name] == wanted]
    if q.at_least:
        table = table[table["amount"].astype(float) >= q.at_least]
    if q.unit:
        table = table[table["subject_id"] == q.unit]
    return table.sort_values(["priority", "lead_id"], ascending=[False, True])


def totals(desk: Desk, q: Query) -> View:
    """How many leads and how much money pass the filters, by tier."""
    table = desk.once(q, chosen)
    cards = [_card(say("all", q.lang), table, q.lang)]
    cards += [_card(name, table[table["tier"] == code] if len(table) else table, q.lang)
              for code, name in coded("TIER", q.lang)]
    return View("totals", rendered("totals.html", q.lang, cards=cards))


def _card(title: str, table: pd.DataFrame, lang: str) -> dict[str, str]:
    money = yuan(math.fsum(float(v) for v in table["amount"]) if len(table) else 0.0, lang)
    return {"title": title, "value": f"{number(len(table))} {say('items', lang)}", "line": money}


def themes(desk: Desk, q: Query) -> View:
    """Money and number of leads by theme."""
    from yb_analytics import plots

    table = desk.once(q, chosen)
    if table.empty:
        return block("themes", q.lang, empty=say("nothing", q.lang))
    named = table.assign(theme_name=[theme_name(t, q.lang) for t in table["theme"]])
    rows = _grouped(named, "theme_name", q.lang)
    rows = [{**r, "name": r["theme_name"]} for r in rows]
    sheet = Sheet("themes", say("themes", q.lang), [Col("name", "主题 · Theme"), _COUNT, _MONEY], rows, q.lang)
    return block("themes", q.lang, [sheet], figure(plots.leads_by_theme(named, lang=q.lang), _most(rows, q.lang)),
                 hint=say("themes_hint", q.lang))


def _most(rows: list[dict[str, Any]], lang: str) -> str:
    top = rows[0]
    if lang == "zh":
        return f"涉及基金最多的主题是{top['name']}：{top['count']}条，{yuan(top['amount'])}。"
    return f"Most money: {top['name']}, {top['count']} leads, {yuan(top['amount'], 'en')}."


def _grouped(table: pd.DataFrame, by: str, lang: str) -> list[dict[str, Any]]:
    """Number, money and main theme by one column, most money first."""
    frame = table.assign(amount=table["amount"].astype(float))
    rows = []
    for key, part in frame.groupby(by, dropna=False):
        main = part.groupby("theme")["amount"].sum().sort_values(ascending=False, kind="stable").index[0]
        rows.append({by: key, "count": len(part), "amount": math.fsum(part["amount"]), "main": theme_name(main, lang),
                     "kind": part["subject"].iloc[0]})
    return sorted(rows, key=lambda r: (-r["amount"], str(r[by])))


def drill(desk: Desk, q: Query) -> View:
    """One level of the way down: counties of the city, subjects of a county, leads of a subject."""
    table = desk.once(q, chosen)
    crumbs = rendered("crumbs.html", q.lang, crumbs=_crumbs(desk, q))
    if table.empty:
        return block("drill", q.lang, before=crumbs, empty=say("nothing", q.lang))
    if q.unit:
        sheets = [_lead_sheet(desk, q, table, "drill")]
    elif q.county:
        sheets = [_subjects(desk, q, table)]
    else:
        rows = [{**r, "name": place_name(r["county"], q.lang),
                 "_link": q.link(county=str(r["county"]), page="1") if isinstance(r["county"], str) else ""}
                for r in _grouped(table, "county", q.lang)]
        sheets = [Sheet("drill", say("county", q.lang), [
            Col("name", "县（市、区） · County"), _COUNT, _MONEY, _MAIN], rows, q.lang)]
    return block("drill", q.lang, sheets, before=crumbs, hint=say("drill_hint", q.lang))


def _subjects(desk: Desk, q: Query, table: pd.DataFrame) -> Sheet:
    rows = [{**r, "name": desk.subject(r["kind"], r["subject_id"], q.lang),
             "kind": name_of("SUBJECT", r["kind"], q.lang),
             "_link": q.link(unit=str(r["subject_id"]), page="1")}
            for r in _grouped(table, "subject_id", q.lang)[:100]]
    return Sheet("drill", f"{place_name(q.county, q.lang)} · {say('subject', q.lang)}", [
        Col("name", "机构或其他主体 · Institution or other subject", foreign=True),
        Col("kind", "主体类别 · Kind", "short"), _COUNT, _MONEY, _MAIN], rows, q.lang)


def _crumbs(desk: Desk, q: Query) -> list[tuple[str, str]]:
    """Where we are on the way down, with the ways back up."""
    crumbs = [(say("city", q.lang), q.link(county="", unit="", lead="", page="1"))]
    if q.county:
        crumbs.append((place_name(q.county, q.lang), q.link(unit="", lead="", page="1")))
    if q.unit:
        table = desk.rows("lead", desk.period(q))
        kinds = table.loc[table["subject_id"] == q.unit, "subject"] if len(table) else ()
        crumbs.append((desk.subject(next(iter(kinds), "institution"), q.unit, q.lang), q.link(lead="", page="1")))
    if q.lead:
        crumbs.append((say("lead_detail", q.lang), q.link()))
    return crumbs


def _lead_sheet(desk: Desk, q: Query, table: pd.DataFrame, name: str, title: str = "") -> Sheet:
    rows = [_lead_row(desk, q, r) for r in records(table)]
    return Sheet(name, title or say("lead_list", q.lang), [
        Col("name", "线索 · Lead"), Col("who", "主体 · Subject", "name", foreign=True),
        Col("place", "县（市、区） · County", "short"),
        Col("level", "层级 · Tier", "short"), _MONEY, Col("priority", "预计可追回 · Expected recovery", "yuan"),
        Col("stage", "状态 · State", "short"), Col("why", "说明 · Why", "long", foreign=True)], rows, q.lang)


def _lead_row(desk: Desk, q: Query, r: dict[str, Any]) -> dict[str, Any]:
    found = [desk.title(name, q.lang) for name in list(r["found_by"])[:2]]
    colon, comma = ("：", "、") if q.lang == "zh" else (": ", ", ")
    return {**r, "name": colon.join([theme_name(r["theme"], q.lang), comma.join(found)]),
            "why": desk.worded(r["why"]), "who": desk.subject(r["subject"], r["subject_id"], q.lang),
            "place": place_name(r["county"], q.lang), "level": name_of("TIER", r["tier"], q.lang).partition(",")[0],
            "stage": name_of("LEAD_STATE", r["state"], q.lang), "amount": float(r["amount"]),
            "_link": q.link(lead=str(r["lead_id"]), unit=str(r["subject_id"]),
                            county=r["county"] if isinstance(r["county"], str) else "")}


def lead_list(desk: Desk, q: Query) -> View:
    """All leads that pass the filters, a page at a time; the export has all of them."""
    table = desk.once(q, chosen)
    if table.empty or q.unit:
        return View("lead_list", "")
    pages = max(1, math.ceil(len(table) / PAGE))
    at = min(q.number, pages)
    shown = _lead_sheet(desk, q, table.iloc[(at - 1) * PAGE:at * PAGE], "lead_list")
    pager = rendered("pager.html", q.lang, label=say("page_of", q.lang, page=at, pages=pages),
                     before=q.link(page=str(at - 1)) if at > 1 else "",
                     after=q.link(page=str(at + 1)) if at < pages else "") if pages > 1 else ""
    made = block("lead_list", q.lang, [shown], before=pager, note=say("rounding", q.lang))
    return View(made.name, made.html, "", {"lead_list": _lead_sheet(desk, q, table, "lead_list")})


def lead_detail(desk: Desk, q: Query) -> View:
    """One lead: sentence, innocent explanations, findings, settlement lines."""
    if not q.lead:
        return View("lead_detail", "")
    table = desk.rows("lead", desk.period(q))
    held = table[table["lead_id"] == q.lead] if len(table) else table
    if held.empty:
        return block("lead_detail", q.lang, empty=say("unknown_lead", q.lang))
    from yb_analytics.reporting.views import _evidence

    return _evidence.detail(desk, q, records(held)[0])


def coverage(desk: Desk, q: Query) -> View:
    """What was checked, and what could not be, with the reason."""
    table = desk.rows("coverage", desk.period(q))
    rows = [{"name": desk.title(r["found_by"], q.lang), "count": r["findings"], "amount": r["amount"],
             "light": say("evaluated" if r["state"] == "evaluated" else "not_evaluated", q.lang),
             "reason": None if missing(r["reason"]) else r["reason"],
             "_mark": "ok" if r["state"] == "evaluated" else "none"} for r in records(table)]
    sheet = Sheet("coverage", say("coverage", q.lang), [
        Col("name", "规则或模型 · Rule or detector"), Col("light", "情况 · State", "light"),
        Col("count", "发现数 · Findings", "count"),
        Col("amount", "涉及基金（去重前） · Money before counting once", "yuan"),
        Col("reason", "原因 · Reason", "long", foreign=True)], rows, q.lang)
    return block("coverage", q.lang, [sheet], hint=say("coverage_hint", q.lang), fold=True,
                 empty=say("not_made", q.lang, command="yb screen"))

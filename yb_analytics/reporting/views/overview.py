"""Blocks of the page 总览: headlines, counties, subjects, targets, fund, forecast, alerts."""

from __future__ import annotations

from functools import cache
from typing import Any

from yb_analytics.reporting.views._desk import Desk, coded, period_name, place_name, uses
from yb_analytics.reporting.views._facts import change, definition, light, metric_definition, unit_of
from yb_analytics.reporting.views._html import View, block, figure, rendered
from yb_analytics.reporting.views._names import other
from yb_analytics.reporting.views._query import Query
from yb_analytics.reporting.views._sheet import Col, Sheet, missing, records
from yb_analytics.reporting.views._words import say, split
from yb_analytics.reporting.views.fund_pages import metric_row, metrics, scheme_of
from yb_analytics.schema import is_city, name_of
from yb_analytics.schema.text import number, rounded, show, yuan

_INTERVAL = (Col("low", "95%下限 · 95% lower", "points"), Col("high", "95%上限 · 95% upper", "points"))


HEADLINES = ("payable_months", "current_surplus_rate")
"""Fund metrics among the headlines."""


def head(desk: Desk, q: Query) -> View:
    """Choices of the page and what the figures stand on."""
    period = desk.period(q)
    series = desk.rows("fund_series", period)
    held = series["insutype"].unique() if "insutype" in series.columns else ("310", "390")
    choices = [
        {"name": "period", "label": say("period", q.lang), "chosen": period,
         "options": [(p, period_name(p, q.lang)) for p in desk.periods()]},
        {"name": "county", "label": say("unit_of_view", q.lang), "chosen": q.county,
         "options": [("", say("city", q.lang)), *_counties(desk, q)]},
        {"name": "insutype", "label": say("insutype", q.lang), "chosen": q.insutype,
         "options": [("", say("all", q.lang)), *coded("INSUTYPE", q.lang, held)]},
    ]
    html = rendered("head.html", q.lang, block="head", choices=choices, boxes=[], clear="", facts=facts(desk, q),
                    kept={"lang": q.lang})
    return View("head", html)


def facts(desk: Desk, q: Query) -> dict[str, str]:
    """What every figure of a page stands on: as-of, snapshot, state, rounding."""
    values = desk.rows("value", desk.period(q))
    early = "state" in values.columns and (values["state"] == "preliminary").any()
    return {say("as_of", q.lang): str(desk.w.as_of), say("snapshot", q.lang): str(desk.w.data_version),
            say("state", q.lang): say("preliminary" if early else "final", q.lang)}


def _counties(desk: Desk, q: Query) -> list[tuple[str, str]]:
    """Counties with answers; the core of a city (…99) is no county."""
    return [(c, place_name(c, q.lang)) for c in desk.units(desk.period(q)) if not is_city(c) and c[-2:] != "99"]


@uses("county", "insutype")
def headline(desk: Desk, q: Query) -> View:
    """The figures that are read first."""
    cards = [*_index_card(desk, q), *_fund_cards(desk, q), *_lead_cards(desk, q), *_indicator_cards(desk, q)]
    if not cards:
        return block("headline", q.lang, empty=say("nothing", q.lang))
    sheet = Sheet("headline", say("headline", q.lang), [
        Col("title", "指标 · Figure"), Col("value", "值 · Value"), Col("light", "状态 · State"),
        Col("more", "比较与区间 · Comparison and interval")],
        [{"title": c["title"], "value": c["value"], "light": c["light"] or None, "more": "；".join(c["lines"])
          if q.lang == "zh" else "; ".join(c["lines"]), "_hint": c["hint"]} for c in cards], q.lang)
    return block("headline", q.lang, [sheet], before=rendered("cards.html", q.lang, cards=cards), fold=True,
                 note=say("rounding", q.lang))


def _card(title: str, hint: str, value: str, lines: list[str], state: tuple[str, str] = ("", "")) -> dict[str, Any]:
    return {"title": title, "hint": hint, "value": value, "lines": [line for line in lines if line],
            "mark": state[0], "light": state[1]}


def _index_card(desk: Desk, q: Query) -> list[dict[str, Any]]:
    unit = q.county or desk.city(desk.period(q))
    row = desk.row("score", desk.period(q), unit_id=unit)
    if row is None or missing(row["score"]):
        return []
    grade = _graded(row.get("grade"), q.lang)
    lines = [f"{say('interval', q.lang)} {rounded(float(row['low']), 2)}—{rounded(float(row['high']), 2)}"
             if not missing(row["low"]) else "",
             f"{say('grade', q.lang)} {grade}" if grade else "",
             *change(desk, q, "score", "score", "points", unit_id=unit)]
    name = say("index_city", q.lang) + (f" · {place_name(unit, q.lang)}" if not is_city(unit) else "")
    return [_card(name, say("index_hint", q.lang), rounded(float(row["score"]), 2) + (" 分" if q.lang == "zh" else ""),
                  lines)]


def _fund_cards(desk: Desk, q: Query) -> list[dict[str, Any]]:
    table = metrics(desk, q)
    cards = []
    for metric in HEADLINES:
        held = table[(table["metric"] == metric) & table["value"].notna()] if len(table) else table
        held = held[held["acct_type"] == "pool"] if len(held) else held
        if held.empty:
            continue
        row = records(held)[0]
        same = {k: row[k] for k in ("metric", "unit_kind", "unit_id", "insutype", "acct_type") if k in row}
        scheme = scheme_of(row, q.lang)
        cards.append(_card(other(row["title"], q.lang) + (f"（{scheme}）" if scheme and q.lang == "zh" else
                                                         f" ({scheme})" if scheme else ""),
                           metric_definition(row, q.lang) + (str(row["rule"]) if q.lang == "zh" else ""),
                           show(row["value"], row["unit"], q.lang),
                           change(desk, q, "fund_metric", "value", row["unit"], row.get("year_ago"), **same),
                           light(row["warning"], q.lang)))
    return cards


def _graded(grade: Any, lang: str) -> str:
    """A grade as a word; too little coverage leaves a unit without one."""
    return other(grade, lang) if isinstance(grade, str) and grade else ""


def _lead_cards(desk: Desk, q: Query) -> list[dict[str, Any]]:
    table = desk.rows("lead", desk.period(q))
    if table.empty:
        return []
    if q.county:
        table = table[table["county"] == q.county]
    closed = table[table["tier"] == "疑点"]
    named = "其中疑点" if q.lang == "zh" else "of which suspicions"
    count = number(len(table)) + (" 条" if q.lang == "zh" else "")
    return [
        _card(say("lead_count", q.lang), say("lead_count_hint", q.lang), count,
              [f"{named} {number(len(closed))}", *change(desk, q, "lead", "", "count")]),
        _card(say("lead_amount", q.lang), say("lead_amount_hint", q.lang), yuan(float(table["amount"].sum()), q.lang),
              [f"{named} {yuan(float(closed['amount'].sum()), q.lang)}"]),
    ]


def _indicator_cards(desk: Desk, q: Query) -> list[dict[str, Any]]:
    unit = q.county or desk.city(desk.period(q))
    cards = []
    for name in ("inspection_rate", "precheck_rate"):
        row = desk.row("value", desk.period(q), indicator=name, unit_id=unit)
        if row is None or missing(row["value"]):
            continue
        cards.append(_card(split(unit_of(name)[1] or name, q.lang), definition(name, q.lang),
                           show(row["value"], unit_of(name)[0], q.lang),
                           change(desk, q, "value", "value", unit_of(name)[0], indicator=name, unit_id=unit),
                           _against(row, q.lang)))
    return cards


@uses()
def county_index(desk: Desk, q: Query) -> View:
    """Ranks of the counties with their intervals."""
    from yb_analytics import plots

    table = desk.rows("score", desk.period(q))
    table = table[~table["unit_id"].map(is_city).astype(bool)].dropna(subset=["score"]) if len(table) else table
    if table.empty:
        return block("county_index", q.lang, empty=say("not_made", q.lang, command="yb score"))
    table = table.assign(name=[place_name(u, q.lang) for u in table["unit_id"]]).sort_values("rank")
    rows = [{**r, "place": place_name(r["unit_id"], q.lang), "ranks": _span(r["rank_low"], r["rank_high"]),
             "grade": _graded(r["grade"], q.lang) or None}
            for r in records(table)]
    sheet = Sheet("county_index", say("county_index", q.lang), [
        Col("place", "县（市、区） · County"), Col("score", "得分 · Score", "points"), *_INTERVAL,
        Col("rank", "名次 · Rank", "count"), Col("ranks", "可能名次 · Possible ranks"),
        Col("grade", "等级 · Grade", foreign=True), Col("coverage", "数据覆盖率 · Coverage", "share")], rows, q.lang)
    return block("county_index", q.lang, [sheet], figure(plots.index_ranks(table, lang=q.lang), _ranking(rows, q.lang)),
                 hint=say("county_index_hint", q.lang), note=_proposal(q.lang))


@cache
def _proposal(lang: str) -> str:
    """Says so while the weights of the index are a proposal."""
    from yb_analytics import knowledge
    from yb_analytics.scores import VERSION

    return say("proposal", lang) if knowledge.index(VERSION).get("status") == "proposal" else ""


def _span(low: Any, high: Any) -> str | None:
    if missing(low) or missing(high):
        return None
    return number(low) if low == high else f"{number(low)}—{number(high)}"


def _ranking(rows: list[dict[str, Any]], lang: str) -> str:
    """The ranking in a sentence that says which places cannot be told apart."""
    best, last = rows[0], rows[-1]
    same = [r["place"] for r in rows[1:] if not missing(r["high"]) and r["high"] >= best["low"]]
    if lang == "zh":
        told = f"{best['place']}得分最高（{rounded(best['score'], 2)}分），" \
               f"{last['place']}最低（{rounded(last['score'], 2)}分）。"
        return told + (f"{'、'.join(same)}与{best['place']}的区间重叠，不能区分先后。" if same else "")
    told = f"{best['place']} scores highest ({rounded(best['score'], 2)}), {last['place']} lowest " \
           f"({rounded(last['score'], 2)}). "
    return told + (f"Not to be told apart from {best['place']}: {', '.join(same)}." if same else "")


@uses()
def profile(desk: Desk, q: Query) -> View:
    """Scores of the subjects in each county."""
    from yb_analytics import plots

    table = desk.rows("score_subject", desk.period(q))
    if table.empty or table["score"].isna().all():
        return block("profile", q.lang, empty=say("not_made", q.lang, command="yb score"))
    named = table.assign(name=[place_name(u, q.lang) for u in table["unit_id"]],
                         subject_name=[_branch(s, q.lang) for s in table["subject"]])
    rows = records(named[["name", "subject_name", "score", "low", "high", "coverage"]])
    sheet = Sheet("profile", say("profile", q.lang), [
        Col("name", "县（市、区） · County"), Col("subject_name", "主体 · Subject"),
        Col("score", "得分 · Score", "points"), *_INTERVAL, Col("coverage", "数据覆盖率 · Coverage", "share")],
        rows, q.lang)
    return block("profile", q.lang, [sheet], figure(plots.subject_profile(named, lang=q.lang), _weakest(rows, q.lang)),
                 hint=say("profile_hint", q.lang))


def _branch(code: str, lang: str) -> str:
    """Name of a branch of the index."""
    return split(unit_of(code)[1], lang) if unit_of(code)[1] else name_of("SUBJECT", code, lang)


def _weakest(rows: list[dict[str, Any]], lang: str) -> str:
    held = sorted((r for r in rows if not missing(r["score"])), key=lambda r: r["score"])
    low = held[0]
    if lang == "zh":
        return f"得分最低的是{low['name']}的{low['subject_name']}（{rounded(low['score'], 2)}分）。"
    return f"The lowest score is {low['name']}, {low['subject_name']} ({rounded(low['score'], 2)})."


@uses("county")
def targets(desk: Desk, q: Query) -> View:
    """Indicators of the city or a county against their targets."""
    unit = q.county or desk.city(desk.period(q))
    table = desk.rows("value", desk.period(q))
    table = table[table["unit_id"] == unit] if len(table) else table
    rows = [_target_row(desk, q, r) for r in records(table)]
    sheet = Sheet("targets", f"{say('targets', q.lang)} · {place_name(unit, q.lang)}", [
        Col("title", "指标 · Indicator"), Col("value", "值 · Value", "value"),
        Col("low", "95%下限 · 95% lower", "value"), Col("high", "95%上限 · 95% upper", "value"),
        Col("target", "目标 · Target", "value"),
        Col("light", "评价 · Verdict", "light"), Col("ago", "同比 · Year on year", "short"),
        Col("coverage", "数据覆盖率 · Coverage", "share"), Col("stage", "数据状态 · State of data", "short")],
        rows, q.lang)
    return block("targets", q.lang, [sheet], hint=say("targets_hint", q.lang), empty=say("nothing", q.lang))


def _target_row(desk: Desk, q: Query, row: dict[str, Any]) -> dict[str, Any]:
    unit, title, _ = unit_of(row["indicator"])
    mark, words = _against(row, q.lang)
    compared = change(desk, q, "value", "value", unit, indicator=row["indicator"], unit_id=row["unit_id"])
    return {**row, "unit": unit, "title": split(title or row["indicator"], q.lang), "light": words, "_mark": mark,
            "_hint": definition(row["indicator"], q.lang) or None,
            "ago": compared[0].partition(" ")[2] if compared else None,
            "stage": name_of("ANSWER_STATE", row["state"], q.lang)}


def _against(row: Any, lang: str) -> tuple[str, str]:
    """Light of a value against its target; undecided while the interval crosses it."""
    if row["state"] in ("not evaluable", "suppressed") or missing(row["value"]):
        return light("not evaluable", lang)
    if missing(row["target"]):
        return "none", say("no_target", lang)
    better = unit_of(row["indicator"])[2]
    sign = 1.0 if better == "higher" else -1.0
    ends = [sign * (float(row[k]) - float(row["target"])) for k in ("low", "high")
            if better != "zero" and not missing(row[k])]
    ends = ends or [sign * (float(row["value"]) - float(row["target"]))]
    mark = "ok" if min(ends) >= 0 else "warning" if max(ends) < 0 else "attention"
    return mark, say({"ok": "met", "warning": "missed", "attention": "undecided"}[mark], lang)


@uses("county", "insutype")
def alerts(desk: Desk, q: Query) -> View:
    """Everything beyond its line, with the rule that says so."""
    beyond = [r for r in (metric_row(desk, q, m) for m in records(metrics(desk, q)))
               if r["_mark"] in ("attention", "warning")]
    values = desk.rows("value", desk.period(q))
    values = values[values["unit_id"] == (q.county or desk.city(desk.period(q)))] if len(values) else values
    missed = [r for r in (_target_row(desk, q, v) for v in records(values)) if r["_mark"] == "warning"]
    goal = "目标 {}" if q.lang == "zh" else "target {}"
    rows = [{"name": r["name"] + (f"（{r['scheme']}）" if q.lang == "zh" else f" ({r['scheme']})"), "light": r["light"],
             "_mark": r["_mark"], "value": r["value"], "unit": r["unit"], "rule": r["rule"]} for r in beyond]
    rows += [{"name": r["title"], "light": r["light"], "_mark": r["_mark"], "value": r["value"], "unit": r["unit"],
              "rule": goal.format(show(r["target"], r["unit"], q.lang))} for r in missed]
    rows.sort(key=lambda r: r["_mark"] != "warning")
    sheet = Sheet("alerts", say("alerts", q.lang), [
        Col("name", "名称 · Name"), Col("light", "级别 · Level", "light"), Col("value", "值 · Value", "value"),
        Col("rule", "触发规则 · Rule", "name", foreign=True)], rows, q.lang)
    return block("alerts", q.lang, [sheet], hint=say("alerts_hint", q.lang), empty=say("no_alerts", q.lang))

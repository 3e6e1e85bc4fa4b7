"""The fund: income, spending and balance, performance metrics with their lines, forecast and its back-test."""

from __future__ import annotations

from typing import Any

import pandas as pd

from yb_analytics.forecast import Forecast
from yb_analytics.forecast import forecast as forecast_of
from yb_analytics.fund import series
from yb_analytics.reporting.chapters._frames import framed, growth, lines
from yb_analytics.schema import Period, Refusal, name_of

MAIN = ("310", "390")
_BASIS = {"ledger month": "台账月份", "settlement": "结算日期", "discharge": "出院日期", "period end": "期末",
          "payment": "支付日期", "month the contribution is for": "费款所属期"}
_LEVEL = {"ok": "正常", "attention": "关注", "warning": "预警", "not evaluable": "无法评价"}
_STATE = {"ok": "终值", "preliminary": "初步", "not evaluable": "无法评价"}


def fund_months(w: Any, period: str | Period, count: int = 24) -> pd.DataFrame:
    """Monthly income, expenditure and balance of the pools up to a period, the whole city, in the shape
    `plots.fund_balance` draws."""
    span = Period.parse(period)
    frame = series(w, span)
    frame = frame[frame["acct_type"] == "pool"]
    first = f"{span.months[-1].shifted(1 - count).start:%Y%m}"
    return frame[frame["ym"] >= first].groupby("ym", as_index=False)[["income", "expenditure", "balance"]].sum(
        min_count=1)


def fund_months_shown(table: pd.DataFrame) -> pd.DataFrame:
    """The table of :func:`fund_months` with Chinese headers."""
    frame = table.assign(ym=[f"{m[:4]}-{m[4:6]}" for m in table["ym"]]).rename(columns={
        "ym": "月份", "income": "收入", "expenditure": "支出", "balance": "累计结余"})
    return framed(frame, {"收入": "yuan", "支出": "yuan", "累计结余": "yuan"}, "基金台账未报送。")


def fund_month(w: Any, period: str | Period) -> pd.DataFrame:
    """Pool of each main insurance in a period: 险种, 收入, 同比, 支出, 支出同比, 当期结余, 累计结余."""
    span = Period.parse(period)
    frame = series(w, span)
    frame = frame[frame["acct_type"] == "pool"]
    rows = []
    for insutype in MAIN:
        now, ago = (_booked(frame[frame["insutype"] == insutype], p) for p in (span, span.year_ago))
        left = None if now["income"] is None or now["expenditure"] is None else now["income"] - now["expenditure"]
        rows.append({"险种": name_of("INSUTYPE", insutype), "收入": now["income"],
                     "收入同比": growth(now["income"], ago["income"]), "支出": now["expenditure"],
                     "支出同比": growth(now["expenditure"], ago["expenditure"]), "当期结余": left,
                     "累计结余": now["balance"]})
    money = dict.fromkeys(("收入", "支出", "当期结余", "累计结余"), "yuan")
    return framed(rows, {**money, "收入同比": "growth", "支出同比": "growth"})


def _booked(frame: pd.DataFrame, span: Period) -> dict[str, Any]:
    """Sums over the months of a span, balance at its last; nothing unless every month is booked."""
    months = [f"{m.start:%Y%m}" for m in span.months]
    part = frame[frame["ym"].isin(months)]
    if set(part["ym"]) != set(months):
        return {"income": None, "expenditure": None, "balance": None}
    last = part[part["ym"] == months[-1]]
    return {"income": float(part["income"].sum()), "expenditure": float(part["expenditure"].sum()),
            "balance": float(last["balance"].sum(min_count=1))}


def fund_metrics(f: Any) -> pd.DataFrame:
    """Metrics of the city: 指标, 险种与账户, 本期, 上年同期, 状态, 预警, 归集口径."""
    part = f.table[(f.table["unit_kind"] == "city") & f.table["insutype"].isin((*MAIN, ""))]
    rows = [{"指标": r.title, "险种与账户": _pot(r), "单位": _unit(r.unit), "本期": r.value, "上年同期": r.year_ago,
             "状态": _STATE.get(r.state, r.state), "预警": _LEVEL.get(r.warning, r.warning),
             "归集口径": _BASIS.get(r.date_basis, "其他日期")} for r in lines(part)]
    return framed(rows, {"本期": "by:单位", "上年同期": "by:单位"}, "没有可评价的基金绩效指标。")


def _pot(row: Any) -> str:
    """Insurance type, and account where the metric is told by account."""
    return name_of("INSUTYPE", row.insutype) + (name_of("ACCT_TYPE", row.acct_type) if row.acct_type else "")


def _unit(unit: str) -> str:
    return {"count": "count:件"}.get(unit, unit)


def fund_alerts(f: Any) -> pd.DataFrame:
    """What stands beyond a line, counties included: 地区, 指标, 险种与账户, 本期, 预警, 预警线及核实情况."""
    part = f.table[f.table["warning"].isin(("warning", "attention"))]
    part = part.assign(order=part["warning"].map({"warning": 0, "attention": 1})).sort_values(
        ["order", "unit_id", "metric"], kind="stable")
    rows = [{"地区": name_of("ADMDVS", r.unit_id), "指标": r.title, "险种与账户": _pot(r), "单位": _unit(r.unit),
             "本期": r.value, "预警": _LEVEL[r.warning], "预警线及核实情况": r.rule} for r in lines(part)]
    return framed(rows, {"本期": "by:单位"}, "没有指标触及预警线或关注线。",
                  ("地区", "指标", "险种与账户", "单位", "本期", "预警", "预警线及核实情况"))


def alert_counts(f: Any) -> pd.DataFrame:
    """One row: how many metrics were evaluated and how many stand beyond a line."""
    levels = f.table["warning"].value_counts()
    row = {"范围": "全部", "已评价": int(f.table["value"].notna().sum()), "预警": levels.get("warning", 0),
           "关注": levels.get("attention", 0), "无法评价": levels.get("not evaluable", 0)}
    return framed([row], dict.fromkeys(("已评价", "预警", "关注", "无法评价"), "count:项"))


def forecast(w: Any, horizon: int, insutype: str) -> Forecast:
    """Forecast of the spending of a pool; where there is none, an empty one whose text says why."""
    try:
        return forecast_of(w, horizon, insutype)
    except Refusal as problem:
        points = ["ym", "actual", "mean", *(f"{side}{b}" for b in (50, 80, 95) for side in ("low", "high"))]
        tests = ["title", "mase", "coverage80", "coverage95", "origins", "chosen"]
        why = f"{name_of('INSUTYPE', insutype)}统筹基金支出未作预测：台账序列不足或不完整（{problem.cause}）。"
        return Forecast(pd.DataFrame(columns=points), pd.DataFrame(columns=tests), why)


def forecast_months(fc: Any) -> pd.DataFrame:
    """The forecast by month: 月份, 实际, 预测, 80%下限, 80%上限, 95%下限, 95%上限."""
    t = fc.table.sort_values("ym")
    frame = pd.DataFrame({
        "月份": [f"{str(m)[:4]}-{str(m)[4:6]}" for m in t["ym"]], "实际": t["actual"].to_numpy(),
        "预测": t["mean"].to_numpy(), "80%下限": t["low80"].to_numpy(), "80%上限": t["high80"].to_numpy(),
        "95%下限": t["low95"].to_numpy(), "95%上限": t["high95"].to_numpy()})
    return framed(frame, {c: "yuan" for c in frame.columns if c != "月份"}, "序列太短，未作预测。")


def backtest(fc: Any) -> pd.DataFrame:
    """How the candidate models did: 模型, 平均绝对标度误差, 80%区间覆盖, 95%区间覆盖, 回测次数, 是否选用."""
    t = fc.backtest
    rows = [{"模型": r.title, "平均绝对标度误差": r.mase, "80%区间覆盖": r.coverage80,
             "95%区间覆盖": r.coverage95, "回测次数": r.origins, "选用": "是" if r.chosen else ""}
            for r in lines(t)]
    return framed(rows, {"平均绝对标度误差": "number", "80%区间覆盖": "share", "95%区间覆盖": "share",
                         "回测次数": "count:次"}, "序列太短，未作回测。",
                  ("模型", "平均绝对标度误差", "80%区间覆盖", "95%区间覆盖", "回测次数", "选用"))

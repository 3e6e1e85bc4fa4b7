"""What stands behind a lead, as a table, a sentence and HTML."""

from __future__ import annotations

import html
from dataclasses import dataclass

import ibis
import pandas as pd
import pyarrow as pa

from yb_analytics.leads._themes import ACCOUNT
from yb_analytics.schema import TABLES
from yb_analytics.schema.text import number, yuan

_LINE = ("bkkp_sn", "setl_id", "psn_no", "fixmedins_code", "fee_ocur_time", "hilist_name", "cnt", "pric",
         "det_item_fee_sumamt")
_SETTLEMENT = ("setl_id", "psn_no", "fixmedins_code", "setl_time", "med_type", "medfee_sumamt", "fund_pay_sumamt",
               "acct_pay")


@dataclass(frozen=True)
class Explanation:
    """A lead with the findings, settlements and fee lines behind it.

    Attributes
    ----------
    lead
        Row of `ANSWERS["lead"]`.
    findings
        Findings the lead pools, strongest first.
    lines
        Settlements and fee lines they locate, most telling first, at most 200.
    text
        The lead in Chinese sentences.
    """

    lead: pd.Series
    findings: pd.DataFrame
    lines: pd.DataFrame
    text: str

    def _repr_html_(self) -> str:
        return (f"<h3>{html.escape(str(self.lead['theme']))} · {html.escape(str(self.lead['subject_id']))}</h3>"
                f"<p>{html.escape(self.text)}</p>"
                f"{table_html(self.findings[['found_by', 'tier', 'score', 'amount', 'why']])}{table_html(self.lines)}")


def table_html(frame: pd.DataFrame) -> str:
    """A frame as an escaped HTML table without index; canonical columns get their Chinese labels."""
    labels = {c.name: c.zh for t in TABLES.values() for c in t.columns}
    labels |= {"found_by": "来源", "tier": "层级", "score": "得分", "amount": "涉及基金（元）", "why": "说明",
               "fund_amt": "基金支付（元）"}
    head = "".join(f"<th>{html.escape(labels.get(c, str(c)))}</th>" for c in frame.columns)
    rows = "".join("<tr>" + "".join(f"<td>{html.escape(_cell(v))}</td>" for v in row) + "</tr>"
                   for row in frame.itertuples(index=False))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(value: object) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return ""
    return number(value) if isinstance(value, float) else str(value)


def explanation(w, lead: pd.Series, findings: pd.DataFrame, limit: int) -> Explanation:
    """The explanation of one lead from its findings."""
    own = findings[findings["finding_id"].isin(list(lead["finding_ids"]))]
    own = own.sort_values(["score", "finding_id"], ascending=[False, True]).reset_index(drop=True)
    lines = _lines(w, own, limit)
    parts = [str(lead["why"])] + [f"（{i + 1}）{why}" for i, why in enumerate(own["why"].head(5)) if len(own) > 1]
    owner = lead["owner"] if isinstance(lead["owner"], str) and lead["owner"] else "未定"
    pot = "个人账户" if lead["theme"] == ACCOUNT else "基金"
    parts.append(f"承办：{owner}，期限{str(lead['due'])[:10]}；涉及{pot}{yuan(lead['amount'])}；"
                 "以上为数据线索，不是违规结论。")
    return Explanation(lead, own, lines, "".join(parts))


def _lines(w, findings: pd.DataFrame, limit: int) -> pd.DataFrame:
    """Rows the findings locate, in the order of their locators."""
    told = findings[["grain", "locator"]].explode("locator").dropna().drop_duplicates().head(limit)
    told = told.assign(position=range(len(told))).rename(columns={"locator": "id"})
    keys = w.register(pa.Table.from_pandas(told[["grain", "id", "position"]].astype({"position": "int64"}),
                                           preserve_index=False))
    shares = w.fund_share(w.fee_lines.semi_join(keys.filter(keys.grain == "line"), [("bkkp_sn", "id")]))
    parts = [_named(keys, "line", shares, "bkkp_sn", (*_LINE, "fund_amt"))]
    parts += [_named(keys, grain, w.valid_settlements, key, _SETTLEMENT)
              for grain, key in (("settlement", "setl_id"), ("stay", "mdtrt_id"))]
    found = [w.run(part) for part in parts]
    found = [f for f in found if len(f)]
    if not found:
        return pd.DataFrame(columns=list(_SETTLEMENT))
    return pd.concat(found).sort_values("position", kind="stable").drop(columns="position").head(limit).reset_index(
        drop=True)


def _named(keys, grain: str, rows, key: str, columns: tuple[str, ...]):
    mine = keys.filter(keys.grain == grain).select("id", "position")
    joined = mine.inner_join(rows, mine.id == rows[key])
    return joined.select("position", *columns).order_by(ibis.asc("position"))

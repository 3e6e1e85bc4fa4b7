"""Detector: the same box of a drug settled or sold again."""

from __future__ import annotations

import ibis
import pandas as pd
from ibis import _

from yb_analytics.detectors import _sentences, detector
from yb_analytics.detectors._against_peers import COLUMNS, Frozen, Question, evidence, fitted, scored
from yb_analytics.schema.text import number

CHECKED = ("拆零销售", "退货及冲销结算")
UNCHECKED = ("扫码差错", "随货同行单与发票")


def _fit(w, p) -> Frozen:
    return fitted(w, p, (SOLD,))


@detector(subject="institution", tier="疑点", needs=("drug_trace_d",), catches="trace_reuse", typologies=("T13",),
          basis="条例 第四十条；实施细则 第九条", checked=CHECKED, unchecked=UNCHECKED, near=("drug_trac_codg",),
          fit=_fit, model=Frozen)
def trace_reuse(w, p, model):
    """追溯码重复 · Trace codes sold again.

    One trace code stands for one box, so it can be sold once; self-pay sales count too. Sales from split packs,
    returned sales and reversed settlements are left out. The institution that sold it again is named. Few
    repeats are expected from scanning errors; the score is the excess over them and over the peers' rate.
    """
    table = scored(w, p, model, SOLD)
    table = table[table["x"] > 0]
    lines = w.run(_with_fund(w, _again(w, p).filter(_.fixmedins_code.isin(list(table.index)))))
    return pd.DataFrame([_hit(code, row, lines[lines["fixmedins_code"] == code], p) for code, row in table.iterrows()],
                        columns=COLUMNS)


def _again(w, p):
    return w.once("resold", lambda: w.materialise(resold(w, p)))


def _counts(w, p):
    """Codes sold again (`x`) and sales (`n`) of every institution."""
    sold = _sales(w.drug_trace_d).group_by("fixmedins_code").aggregate(n=_.count())
    again = _again(w, p).group_by("fixmedins_code").aggregate(x=_.drug_trac_codg.nunique())
    told = sold.left_join(again, "fixmedins_code")
    return told.select(subject_id=told.fixmedins_code, n=told.n, x=told.x.fill_null(0))


def _cases(w, p):
    """Codes sold again."""
    return _again(w, p).select(subject_id=_.fixmedins_code, id=_.bkkp_sn, hit=True, fund=0.0)


SOLD = Question("resold", "追溯码再次销售占比", "件", _cases, grain="line", counts=_counts)


def _sales(trace):
    return trace.filter(_.refd_flag.fill_null("0") != "1", _.split_flag.fill_null("0") != "1",
                        _.drug_trac_codg.fill_null("") != "")


def resold(w, p):
    """Sales of the period whose code was sold before, whenever that was.

    Duplicates are found on a hash of the code and joined back, so a city-year groups numbers, not texts. Where
    split packs are not marked at all, repeats inside one institution prove nothing and are left out.
    """
    sales = _sales(w.history.drug_trace_d).mutate(key=_.drug_trac_codg.hash())
    twice = sales.group_by("key").aggregate(n=_.count()).filter(_.n > 1)
    some = w.materialise(sales.semi_join(twice, "key").drop("key"))
    lines, valid = w.history.fee_list_d, w.history.fee_lines
    gone = lines.semi_join(some, "bkkp_sn").anti_join(valid, "bkkp_sn").select("bkkp_sn")
    some = some.anti_join(gone, "bkkp_sn")
    order = ibis.window(group_by="drug_trac_codg", order_by=["sale_time", "sale_sn"])
    every = ibis.window(group_by="drug_trac_codg")
    some = some.mutate(turn=ibis.row_number().over(order), first_seller=_.fixmedins_code.first().over(order),
                       sales=_.count().over(every))
    if not int(w.run(w.drug_trace_d.aggregate(n=_.split_flag.count()))["n"].iloc[0]):
        some = some.filter((_.turn == 0) | (_.fixmedins_code != _.first_seller))
    return some.filter(_.turn > 0, _.sales <= p.max_sales, w.period.covers(_.sale_time))


def _with_fund(w, again):
    """Resold codes with the fund money of their line (0 for self-pay)."""
    lines = w.fund_share(again.filter(_.bkkp_sn.notnull()).select("bkkp_sn").distinct())
    joined = again.left_join(lines, "bkkp_sn")
    other = (joined.fixmedins_code != joined.first_seller).cast("int8")
    return joined.select("drug_trac_codg", "fixmedins_code", "sale_time", "bkkp_sn", "setl_id", other=other,
                         fund=joined.fund_amt.fill_null(0).cast("float64"))


def _hit(code: str, row: pd.Series, own: pd.DataFrame, p) -> dict:
    """One institution's hit; the lines that cost the fund most come first."""
    own = own.sort_values(["fund", "sale_time", "drug_trac_codg"], ascending=[False, True, True])
    line = own["bkkp_sn"].fillna("")
    located = list(dict.fromkeys(line[line != ""]))
    codes, elsewhere = int(row["x"]), int(own.loc[own["other"] == 1, "drug_trac_codg"].nunique())
    why = _sentences.sentence(
        f"{codes}个追溯码在本机构再次销售或结算，其中{elsewhere}个首次售出于其他机构",
        f"同期售出{number(int(row['n']))}件，同类机构（{row['cell']}）n={int(row['peers'])}，"
        f"按扫码差错与同类水平预计{number(round(row['expected'], 1))}个，"
        f"不超过{number(int(row['vanish'] * row['trials']))}个时得分为0")
    return {"subject_id": code, "locator": located, "grain": "line", "score": float(row["score"]),
            "amount": round(float(own.drop_duplicates("bkkp_sn")["fund"].sum()), 2), "estimated": False, "why": why,
            "evidence": [evidence(SOLD, row, located, 1.0, p)]}

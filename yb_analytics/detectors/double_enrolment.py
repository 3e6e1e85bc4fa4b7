"""Detector: one person insured twice at the same time."""

from __future__ import annotations

import ibis
import pandas as pd
from ibis import _

from yb_analytics.detectors import detector
from yb_analytics.detectors._contradictions import CLOSED, OPEN, by_way, hits
from yb_analytics.schema.text import yuan

SAID = {"both": "同一证件号两个编号同时参保且两边缴费", "card": "同一证件号两个编号同时参保",
        "doubt": "证件号相同而出生日期或性别不同", "paid": "同一编号两段参保重叠且两边缴费",
        "spell": "同一编号两段参保重叠"}
AGREES = ("both", "paid")
"""Ways in which spells and contributions agree: evidence of two kinds."""


@detector(subject="person", tier="线索", needs=("psn_insu_d.crt_insu_date", "psn_insu_d.insutype"),
          catches="double_enrolment", theme="重复参保", typologies=("T38",), seeds=("S3",), near=("certno",),
          basis="国务院关于整合城乡居民基本医疗保险制度的意见；参保管理的指导意见（重复参保）",
          checked=("转移接续的月份", "先缴居民费后就业", "占位证件号", "已终止的参保关系"),
          unchecked=("学生与新生儿随父母参保", "停保未及时办理", "同名同证件录入错误"))
def double_enrolment(w, p):
    """重复参保 · Double enrolment.

    Two spells of basic insurance overlap for longer than a transfer takes: of one person number in two schemes or
    counties, or of two numbers with the same certificate. Contributions or subsidies for both in that time are the
    second kind of evidence. Numbers whose certificates differ a little are a question of `yb identity`, not of this.
    """
    spells = _spells(w, p)
    pairs = w.run(_same_number(w, spells, p).union(_same_card(w, spells, p)))
    if pairs.empty:
        return hits([])
    rows = _paid(w, pairs)
    rows["how"] = [_way(r) for r in rows.itertuples()]
    rows["score"] = rows["how"].map({k: p[f"score_{k}"] for k in SAID}).astype(float)
    rows = rows.sort_values(["score", "days", "then_id"], ascending=[False, False, True])
    return hits([_hit(str(who), own, p) for who, own in rows.groupby("psn_no", sort=True)])


def _spells(w, p):
    """Spells of basic insurance that hold at some time of the period; those of ended insurance without end are none."""
    rows = w.psn_insu_d.filter(_.insutype.isin(list(p.insurances)), _.crt_insu_date.notnull())
    rows = rows.mutate(until=ibis.coalesce(_.paus_insu_date, ibis.literal(w.period.end)))
    rows = rows.filter((_.psn_insu_stas.fill_null("1") == "1") | _.paus_insu_date.notnull())
    rows = rows.filter(_.until >= w.period.start.isoformat(), _.crt_insu_date < w.period.end.isoformat())
    return w.materialise(rows.select("psn_no", "insutype", "insu_admdvs", "until", id="psn_insu_rlts_id",
                                     since="crt_insu_date"))


def _pairs(left, right, keys, same_card: bool):
    """Two spells that overlap, the later begun one named; ties go to the larger number."""
    first = right.rename({f"first_{c}": c for c in right.columns if c not in keys})
    rows = left.inner_join(first, keys).filter(
        (_.since > _.first_since) | ((_.since == _.first_since) & (_.id > _.first_id)))
    since, until = rows.since, ibis.least(rows.until, rows.first_until)
    return rows.mutate(overlap_since=since, overlap_until=until, days=(until - since).cast("int64"),
                       same_card=ibis.literal(same_card))


def _told(rows, p):
    return rows.filter(_.days > p.grace_days).select(
        "psn_no", "first_psn_no", "first_id", "overlap_since", "overlap_until", "days", "same_card", "agree",
        "insutype", "first_insutype", then_id="id")


def _same_number(w, spells, p):
    """Overlapping spells of one number in different schemes or counties."""
    rows = _pairs(spells, spells, ["psn_no"], same_card=False)
    other = (rows.insutype != rows.first_insutype) | (rows.insu_admdvs != rows.first_insu_admdvs).fill_null(False)
    return _told(rows.filter(other).mutate(first_psn_no=rows.psn_no, agree=ibis.literal(True)), p)


def _same_card(w, spells, p):
    """Overlapping spells of two numbers with one certificate (its keyed code), and whether the persons agree."""
    cards = w.psn_info_b.filter(_.certno.fill_null("") != "").select("psn_no", "certno", "brdy", "gend")
    twice = cards.group_by("certno").aggregate(n=_.psn_no.nunique()).filter(_.n > 1, _.n <= p.max_shared)
    cards = w.materialise(cards.semi_join(twice, "certno"))
    held = spells.inner_join(cards, "psn_no")
    rows = _pairs(held, held, ["certno"], same_card=True).filter(_.psn_no != _.first_psn_no)
    agree = ((rows.brdy == rows.first_brdy) & (rows.gend == rows.first_gend)).fill_null(True)
    return _told(rows.mutate(agree=agree), p)


def _way(row) -> str:
    if not row.same_card:
        return "paid" if row.paid_twice else "spell"
    if not row.agree:
        return "doubt"
    return "both" if row.paid_twice else "card"


def _paid(w, pairs: pd.DataFrame) -> pd.DataFrame:
    """Pairs with what was paid under both spells after the overlap began: `paid_twice`, `subsidy` and `paid_ids`.

    What residents paid before that was paid in good faith, for a year, and does not count.
    """
    keys = w.register(pairs[["first_id", "then_id", "psn_no", "first_psn_no", "insutype", "first_insutype",
                             "overlap_since", "overlap_until"]])
    found = {}
    for end, who, scheme in (("first", "first_psn_no", "first_insutype"), ("then", "psn_no", "insutype")):
        own = keys.select("first_id", "then_id", "overlap_since", "overlap_until", person=who, scheme=scheme)
        rows = own.inner_join(_contributions(w, own), "person")
        inside = rows.filter((_.on_day >= _.overlap_since) & (_.on_day <= _.overlap_until), _.of == _.scheme)
        told = w.run(inside.select("subsidy", "row", pair=_.first_id + "|" + _.then_id)).sort_values("row")
        found[end] = dict(list(told.groupby("pair")))
    pair = pairs["first_id"] + "|" + pairs["then_id"]
    then = {k: t["row"].tolist() for k, t in found["then"].items()}
    subsidy = {k: float(t["subsidy"].sum()) for k, t in found["then"].items()}
    return pairs.assign(paid_twice=[k in found["first"] and k in then for k in pair],
                        subsidy=[subsidy.get(k, 0.0) for k in pair],
                        paid_ids=pd.Series([then.get(k, []) for k in pair], index=pairs.index, dtype="object"))


def _contributions(w, own):
    """Contributions of some persons by scheme and day, with the treasury's subsidy."""
    staff = w.staf_psn_clct_detl_d.semi_join(own, [("psn_no", "person")]).filter(_.clct_flag.fill_null("1") == "1")
    staff = staff.select(person="psn_no", of="insutype", on_day=ibis.coalesce(_.clct_time, _.crte_time).date(),
                         subsidy=ibis.literal(0.0), row=staff.psn_clct_detl_id.re_replace("^", "staf_psn_clct_detl_d:"))
    rest = w.rsdt_psn_clct_detl_d.semi_join(own, [("psn_no", "person")]).filter(_.clct_flag.fill_null("1") == "1")
    rest = rest.select(person="psn_no", of="insutype", on_day=ibis.coalesce(_.clct_time, _.crte_time).date(),
                       subsidy=_.finsubs_amt.fill_null(0).cast("float64"),
                       row=rest.rsdt_clct_detl_id.re_replace("^", "rsdt_psn_clct_detl_d:"))
    return staff.union(rest)


def _hit(who: str, own: pd.DataFrame, p) -> dict:
    """One person's hit; the subsidy paid under the later spell is the money."""
    own = own.sort_values(["score", "days", "then_id"], ascending=[False, False, True])
    top, twice = own.iloc[0], own[own["how"].isin(AGREES)]
    amount = round(float(twice["subsidy"].sum()), 2)
    rows = [i for ids in twice["paid_ids"] for i in ids]
    ids = [*rows, *(f"psn_insu_d:{i}" for i in [*own["then_id"], *own["first_id"]])]
    other = "" if top["first_psn_no"] == who else f"（另一编号{top['first_psn_no']}）"
    why = (f"{SAID[top['how']]}{other}，重叠{int(top['days'])}天（不超过{int(p.grace_days)}天即不再提示），"
           f"重叠期间后一段的财政补助{yuan(amount)}")
    return {"subject_id": who, "locator": list(dict.fromkeys(ids)), "grain": "row", "amount": amount, "why": why,
            "score": float(top["score"]), "estimated": False, "tier": CLOSED if top["how"] in AGREES else OPEN,
            "evidence": by_way(own, SAID, "spells", int(p.telling), key="then_id")}

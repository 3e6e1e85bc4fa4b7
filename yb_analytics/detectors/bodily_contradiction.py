"""Detector: what one body cannot have."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
from ibis import _

from yb_analytics.detectors import NotEvaluable, detector
from yb_analytics.detectors._contradictions import CLOSED, OPEN, by_way, hits, ways
from yb_analytics.schema.text import yuan

ORGANS = {"organ_appendix": "阑尾", "organ_gallbladder": "胆囊", "organ_spleen": "脾", "organ_stomach": "胃",
          "organ_uterus": "子宫", "organ_prostate": "前列腺", "organ_larynx": "喉"}
UTERUS = "organ_uterus"
SAID = {"organ": "同一脏器两次切除", "birth": "两次分娩间隔过短", "barren": "子宫切除后分娩",
        "sex": "诊断与登记性别不符"}
_MALE, _FEMALE = "1", "2"


@detector(subject="person", tier="线索", needs=("mdtrt_d", "psn_info_b"), theme="冒名就医", typologies=("T18", "T21"),
          basis="条例 第十七条、第四十条(一)、第四十一条(一)", seeds=("S0", "S4"),
          checked=("转院与分次结算重复列出的同一手术", "单日的编码差错", "母婴共用编号的新生儿诊断"),
          unchecked=("既往手术误填为本次手术", "性别登记错误", "残端或副脏器再手术"))
def bodily_contradiction(w, p):
    """生理矛盾 · What one body cannot have.

    The same organ removed twice, two births closer together than pregnancies can be, a birth after the womb was
    removed, illnesses of the other sex on several days: somebody else used the card, or somebody coded wrongly. Sex is
    that of the register of persons. Evidence is closed where contradictions of two kinds, or of two institutions, meet.
    """
    events = _events(w, p)
    rows = pd.concat([_organs(events, p), _births(events, p), _barren(events), _sex(w, p)], ignore_index=True)
    if rows.empty:
        return hits([])
    rows["score"] = rows["how"].map({k: p[f"score_{k}"] for k in SAID}).astype(float)
    money = _money(w, rows)
    rows = rows.merge(money, on="mdtrt_id", how="left").fillna({"fund": 0.0})
    return hits([_hit(str(who), own, p) for who, own in rows.groupby("psn_no", sort=True)])


def _events(w, p) -> pd.DataFrame:
    """Removals of organs and births of all time held: `psn_no, mdtrt_id, fixmedins_code, day, what, inside`."""
    visits = w.history.mdtrt_d.filter(_.vali_flag.fill_null("1") != "0")
    listed = w.setl_diag_d.filter(_.diag_type == "9").select("mdtrt_id", code="diag_code", at="oprn_oprt_begntime")
    listed = listed.inner_join(visits, "mdtrt_id").select(
        "mdtrt_id", "psn_no", "fixmedins_code", "code", "begntime", day=ibis.coalesce(_["at"], _.begntime).date())
    own = visits.filter(_.oprn_oprt_code.notnull()).select(
        "mdtrt_id", "psn_no", "fixmedins_code", "begntime", code="oprn_oprt_code", day=_.begntime.date())
    done = listed.select(*own.columns).union(own)
    what = ibis.cases(*((ibis.or_(*(done.code.startswith(c) for c in p[organ])), organ) for organ in ORGANS))
    removed = done.mutate(what=what).filter(_.what.notnull()).drop("code")
    born = visits.filter(_.matn_type.isin(list(p.births))).select(
        "mdtrt_id", "psn_no", "fixmedins_code", "begntime", day=_.begntime.date(), what=ibis.literal("birth"))
    rows = w.run(removed.union(born.select(*removed.columns)).distinct())
    if rows.empty and not int(w.run(w.psn_info_b.gend.count())):
        raise NotEvaluable("no operation, no birth and no sex of a person is told")
    rows["day"] = pd.to_datetime(rows["day"])
    start, end = pd.Timestamp(w.period.start), pd.Timestamp(w.period.end)
    rows["inside"] = rows["begntime"].between(start, end, inclusive="left")
    return rows.sort_values(["psn_no", "what", "day", "mdtrt_id"], ignore_index=True)


def _again(rows: pd.DataFrame, p) -> pd.DataFrame:
    """Events of one kind with the days since the one before that is not the same entered twice."""
    kept = rows.drop_duplicates(["psn_no", "what", "mdtrt_id"])
    since = kept["day"] - kept.groupby(["psn_no", "what"])["day"].shift()
    return kept.assign(since=since.dt.days, apart=since.dt.days >= p.apart_days)


_KEPT = ["psn_no", "mdtrt_id", "fixmedins_code", "day", "how"]


def _organs(events: pd.DataFrame, p) -> pd.DataFrame:
    """Second removals in the period."""
    rows = _again(events[events["what"] != "birth"], p)
    return rows[rows["apart"] & rows["inside"]].assign(how="organ")[_KEPT]


def _births(events: pd.DataFrame, p) -> pd.DataFrame:
    """Births in the period too soon after another."""
    rows = _again(events[events["what"] == "birth"], p)
    return rows[rows["apart"] & (rows["since"] < p.birth_gap_days) & rows["inside"]].assign(how="birth")[_KEPT]


def _barren(events: pd.DataFrame) -> pd.DataFrame:
    """Births in the period after the womb was removed in another stay."""
    gone = events[events["what"] == UTERUS][["psn_no", "day"]].drop_duplicates("psn_no")
    born = events[(events["what"] == "birth") & events["inside"]]
    both = born.merge(gone.rename(columns={"day": "removed"}), on="psn_no")
    return both[both["day"] > both["removed"]].assign(how="barren")[_KEPT]


def _sex(w, p) -> pd.DataFrame:
    """Visits for illnesses of the other sex of persons who have them on several days."""
    visits = w.mdtrt_d.filter(_.dscg_maindiag_code.notnull())
    people = w.psn_info_b.filter(_.gend.isin([_MALE, _FEMALE])).select("psn_no", registered="gend")
    code = visits.dscg_maindiag_code
    female = ibis.or_(*(code.startswith(c) for c in p.female_diagnoses))
    male = ibis.or_(*(code.startswith(c) for c in p.male_diagnoses))
    odd = visits.filter(female | male).inner_join(people, "psn_no")
    odd = odd.mutate(needs=ibis.or_(*(odd.dscg_maindiag_code.startswith(c) for c in p.male_diagnoses)).ifelse(
        _MALE, _FEMALE)).filter(_.needs != _.registered)
    rows = w.run(odd.select("psn_no", "mdtrt_id", "fixmedins_code", day=_.begntime.date()))
    rows["day"] = pd.to_datetime(rows["day"])
    days = rows.drop_duplicates(["psn_no", "day"])["psn_no"].value_counts()
    return rows[rows["psn_no"].isin(days.index[days >= p.least_sex_days])].assign(how="sex")[_KEPT]


def _money(w, rows: pd.DataFrame) -> pd.DataFrame:
    """Fund money of the visits."""
    ids = w.register(rows[["mdtrt_id"]].drop_duplicates())
    paid = w.history.valid_settlements.semi_join(ids, "mdtrt_id")
    return w.run(paid.group_by("mdtrt_id").aggregate(fund=_.fund_pay_sumamt.fill_null(0).cast("float64").sum()))


def _hit(who: str, own: pd.DataFrame, p) -> dict:
    """One person's hit; the surest and dearest contradictions come first."""
    own = own.sort_values(["score", "fund", "mdtrt_id"], ascending=[False, False, True])
    each = own.drop_duplicates(["how", "day"])
    score = 1 - float(np.prod(1 - each["score"]))
    closed = own["how"].nunique() > 1 or own["fixmedins_code"].nunique() > 1
    amount = round(float(own.drop_duplicates("mdtrt_id")["fund"].sum()), 2)
    why = (f"{ways(each, SAID, '次')}，涉及{own['fixmedins_code'].nunique()}家机构，首见于{own['day'].min():%Y-%m-%d}，"
           f"所列就诊由基金支付{yuan(amount)}")
    return {"subject_id": who, "locator": own["mdtrt_id"].drop_duplicates().tolist(), "grain": "stay",
            "amount": amount, "estimated": False, "why": why, "score": score, "tier": CLOSED if closed else OPEN,
            "evidence": by_way(own, SAID, "visits", int(p.telling), key="mdtrt_id")}

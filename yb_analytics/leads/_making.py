"""Leads from findings: subject × theme, counted once, pooled by scheme, ranked by what may be recovered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal

import pandas as pd
import pyarrow as pa
from ibis import _

from yb_analytics import knowledge
from yb_analytics.leads._chances import age_share, chances
from yb_analytics.leads._life import due_day
from yb_analytics.leads._themes import TIERS, fact_of, theme_of
from yb_analytics.schema import ANSWERS, Period, name_of
from yb_analytics.schema.text import yuan

KEY = ["subject", "subject_id", "theme"]


def lead_id(subject: str, subject_id: str, theme: str, period: str) -> str:
    """Id of a lead: the same subject, theme and period have the same id on every run.

    Examples
    --------
    >>> lead_id("institution", "H1", "住院", "2025") == lead_id("institution", "H1", "住院", "2025")
    True
    """
    return "L" + hashlib.sha256("\x1f".join([subject, subject_id, theme, period]).encode()).hexdigest()[:15]


def leads_of(w, findings: pd.DataFrame, claims: pd.DataFrame, period: Period,
             schemes: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
    """Leads in the columns of `ANSWERS["lead"]`, most worth checking first.

    `priority` is what may be expected back: the money the findings claimed × the chance of recovery × the share left
    to old evidence (see `_chances`). `amount` counts the pool alone (of a drained account: the account alone); account
    money found beside the pool is told in `why` and counts in `priority`, so that `priority` ≤ `amount` + the account
    money told.

    Parameters
    ----------
    findings, claims
        As made by the rules, the detectors and `allocate`.
    schemes
        Rule or detector → (scheme, pot of money).
    """
    shape = ANSWERS["lead"].names
    if findings.empty:
        return pd.DataFrame(columns=shape)
    p = knowledge.parameters("leads", on=w.as_of)
    told = _with_money(findings, claims, schemes)
    chance = told["tier"].map({t: p[fact_of(t, "probability")] for t in TIERS}).astype(float)
    told["expected"] = (told["fen"] + told["side_fen"]) * chance
    made = _grouped(told)
    made["county"] = _counties(w, made, told)
    made["lead_id"] = [lead_id(s, i, t, str(period)) for s, i, t in made[KEY].itertuples(index=False)]
    made["chance"] = chances(w, made, told)
    made["priority"] = ((made["fen"] + made["side_fen"]) / 100 * made["chance"] * age_share(period, w.as_of)).round(2)
    made["why"] = [_why(row) for row in made.itertuples()]
    made["amount"] = pd.Series([Decimal(int(f)).scaleb(-2) for f in made["fen"]], index=made.index, dtype="object")
    made["owner"] = [f"{name_of('ADMDVS', c)}医保部门" if isinstance(c, str) and c else None for c in made["county"]]
    made["due"] = _due(made["tier"], w.as_of)
    made = made.assign(period=str(period), state="new", data_version=w.data_version)
    return made.sort_values(["priority", "score", "lead_id"], ascending=[False, False, True])[shape].reset_index(
        drop=True)


def _with_money(findings: pd.DataFrame, claims: pd.DataFrame, schemes) -> pd.DataFrame:
    """Findings with what they claimed (`fen`), account money beside it (`side_fen`), scheme and theme."""
    sums = claims.groupby("finding_id")[["fund_fen", "account_fen"]].sum()
    told = findings.join(sums, on="finding_id").fillna({"fund_fen": 0, "account_fen": 0})
    told["scheme"] = told["found_by"].map(lambda n: schemes.get(n, (n, "fund"))[0])
    told["theme"] = told["scheme"].map(theme_of)
    told["account"] = told["found_by"].map(lambda n: schemes.get(n, (n, "fund"))[1]).eq("account")
    told["fen"] = told["account_fen"].where(told["account"], told["fund_fen"]).astype("int64")
    told["side_fen"] = told["account_fen"].where(~told["account"], 0).astype("int64")
    told["_tier"] = told["tier"].map(TIERS)
    return told


def pooled(told: pd.DataFrame) -> pd.Series:
    """Score per lead: the highest of each scheme, then any of the schemes.

    Two detectors of the same thing are not two witnesses.

    Examples
    --------
    >>> rows = pd.DataFrame({"subject": "institution", "subject_id": "H1", "theme": "收费",
    ...                      "scheme": ["a", "a", "b"], "score": [0.5, 0.4, 0.5]})
    >>> pooled(rows).tolist()
    [0.75]
    """
    of_scheme = told.groupby([*KEY, "scheme"])["score"].max().astype(float)
    return 1 - (1 - of_scheme).groupby(level=KEY).prod()


def _grouped(told: pd.DataFrame) -> pd.DataFrame:
    groups = told.groupby(KEY)
    made = groups.agg(expected=("expected", "sum"), n=("finding_id", "size"), fen=("fen", "sum"),
                      account=("account", "all"), side_fen=("side_fen", "sum"), estimated=("estimated", "any"),
                      found_by=("found_by", lambda s: sorted(set(s))),
                      finding_ids=("finding_id", lambda s: sorted(set(s))),
                      basis=("basis", lambda s: "；".join(sorted(set(s)))))
    first = told.sort_values(["expected", "_tier", "score", "finding_id"], ascending=[False, True, False, True])
    made["top"] = first.drop_duplicates(KEY).set_index(KEY)["why"]
    by_tier = told.groupby([*KEY, "_tier"])["expected"].sum().reset_index()
    by_tier = by_tier.sort_values(["expected", "_tier"], ascending=[False, True]).drop_duplicates(KEY)
    made["tier"] = by_tier.set_index(KEY)["_tier"].map({n: t for t, n in TIERS.items()})
    made["score"] = pooled(told).reindex(made.index).clip(0, 1).round(6)
    return made.reset_index()


def _why(row) -> str:
    """One sentence: how many findings, how much money, the strongest reason with what is left to check."""
    money = f"涉及{'个人账户' if row.account else '基金'}{yuan(row.fen / 100)}{'（估算）' if row.estimated else ''}"
    side = f"，另涉个人账户{yuan(row.side_fen / 100)}（计入优先级）" if row.side_fen else ""
    return f"{row.theme}：{row.n}项发现，{money}（不重复计算）{side}；主要理由：{row.top.rstrip('。')}。"


def _due(tiers: pd.Series, as_of) -> list:
    days = {t: due_day("new", t, as_of, as_of) for t in set(tiers)}
    return [days[t] for t in tiers]


def _counties(w, made: pd.DataFrame, told: pd.DataFrame) -> pd.Series:
    """County of each lead: the institution's, else where most of the settlements behind it were insured."""
    of_place = w.run(w.institutions.select("fixmedins_code", "county")).set_index("fixmedins_code")["county"]
    places = made["subject_id"].where(made["subject"] == "institution").map(of_place)
    others = told[told["subject"] != "institution"]
    if others.empty:
        return places
    ids = others[[*KEY, "locator"]].explode("locator").dropna(subset=["locator"])
    keys = w.register(pa.table({"id": pa.array(sorted(set(ids["locator"].astype(str))), pa.string())}))
    lines = w.fee_lines.select("bkkp_sn", "setl_id").inner_join(keys, [("bkkp_sn", "id")])
    of_line = lines.inner_join(w.setl_d, "setl_id").select(id=_.bkkp_sn, county=_.insu_admdvs)
    parts = [of_line]
    for key in ("setl_id", "mdtrt_id"):
        parts.append(w.setl_d.inner_join(keys, [(key, "id")]).select(id=_[key], county=_.insu_admdvs))
    known = pd.concat([w.run(part) for part in parts]).drop_duplicates("id").set_index("id")["county"]
    ids["county"] = ids["locator"].map(known)
    counted = ids.dropna(subset=["county"]).groupby([*KEY, "county"]).size().rename("n").reset_index()
    counted = counted.sort_values([*KEY, "n", "county"], ascending=[True, True, True, False, True])
    most = made[KEY].merge(counted.drop_duplicates(KEY), on=KEY, how="left")["county"]
    return places.where(places.notna(), most.set_axis(made.index))

"""Planted misuse of the kinds rules find: all of it, to the fen; and nothing that was not planted.

The truth is read here and nowhere in the package. A finding counts as planted when one of its rows is in the truth of
some scheme, stands in a planted settlement or visit, or lies beside a planted row: charged to the same person at the
same institution on the same day, where a daily limit or a pair cannot tell which of two was one too many.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pandas as pd
import pytest

from yb_analytics.rules import run, shelf
from yb_analytics.warehouse import open_warehouse

EXACT = sorted({rule.catches for rule in shelf.values() if rule.catches and rule.loss != "none"})
IDS = {"line": "bkkp_sn", "settlement": "setl_id", "stay": "mdtrt_id"}


@pytest.fixture(scope="module")
def town(planted_city):
    return open_warehouse(planted_city / "warehouse")


@pytest.fixture(scope="module")
def findings(town):
    return run(town, town.periods)[0]


@pytest.fixture(scope="module")
def truth(planted_city) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(p) for p in sorted((planted_city / "city" / "truth").glob("*.parquet"))])


@pytest.fixture(scope="module")
def lines(town) -> pd.DataFrame:
    wanted = town.fund_share(town.fee_lines.select("bkkp_sn", "setl_id", "mdtrt_id", "psn_no", "fixmedins_code",
                                                   day=town.fee_lines.fee_ocur_time.date()))
    return town.run(wanted)


def _caught(findings: pd.DataFrame, scheme: str) -> pd.DataFrame:
    return findings[findings["found_by"].isin([n for n, r in shelf.items() if r.catches == scheme])]


@pytest.mark.parametrize("scheme", EXACT)
def test_loss_is_exact_for_every_planted_subject(findings, truth, scheme):
    found, planted = _caught(findings, scheme), truth[truth["scheme"] == scheme]
    assert len(planted)
    for subject, locator, loss in planted[["subject_id", "locator", "loss"]].itertuples(index=False):
        ids = set(locator)
        mine = found[[bool(ids & set(where)) for where in found["locator"]]]
        assert sum(mine["amount"], Decimal(0)) == Decimal(str(loss)), f"{scheme} of {subject}"


@pytest.mark.parametrize("scheme", EXACT)
def test_every_planted_row_the_fund_paid_for_is_found(town, findings, truth, lines, scheme):
    planted = truth[truth["scheme"] == scheme]
    ids = {i for where in planted["locator"] for i in where}
    found = {i for where in _caught(findings, scheme)["locator"] for i in where}
    if planted["grain"].iloc[0] == "line":
        paid = lines[lines["bkkp_sn"].isin(ids - found)]["fund_amt"]
    else:
        s = town.valid_settlements.select("setl_id", "mdtrt_id", "fund_pay_sumamt")
        rows = town.run(s)
        paid = rows[rows[IDS[planted["grain"].iloc[0]]].isin(ids - found)]["fund_pay_sumamt"]
    assert ids & found and paid.eq(0).all(), f"{scheme}: {(paid != 0).sum()} rows missed"


@pytest.fixture(scope="module")
def planted(truth, lines) -> dict[str, set[str]]:
    """Schemes behind each line, settlement and visit; a line beside a planted one has its schemes too."""
    out: dict[str, set[str]] = defaultdict(set)
    for scheme, locator in truth.loc[truth["kind"] == "scheme", ["scheme", "locator"]].itertuples(index=False):
        for ident in locator:
            out[ident].add(scheme)
    of_line = [out.get(a, set()) | out.get(b, set()) | out.get(c, set())
               for a, b, c in zip(lines["bkkp_sn"], lines["setl_id"], lines["mdtrt_id"], strict=True)]
    marked = lines[[bool(s) for s in of_line]].assign(schemes=[s for s in of_line if s])
    where = ["psn_no", "fixmedins_code", "day"]
    beside = marked.groupby(where)["schemes"].agg(lambda sets: set().union(*sets)).reset_index()
    for ident, schemes in lines.merge(beside, on=where)[["bkkp_sn", "schemes"]].itertuples(index=False):
        out[ident] |= schemes
    return out


def test_nothing_is_found_that_was_not_planted(findings, planted):
    """Every finding of evidence stands on planted rows, and so no innocent look-alike is hit."""
    evidence = findings[findings["tier"] == "疑点"]
    strange = evidence[[not any(planted.get(i) for i in where) for where in evidence["locator"]]]
    assert strange.empty, strange[["found_by", "subject_id", "why", "locator"]].to_string()


def test_no_innocent_look_alike_is_hit(findings, truth, planted):
    innocent = {i for where in truth.loc[truth["kind"] == "innocent", "locator"] for i in where}
    assert len(innocent) > 500
    evidence = findings[findings["tier"] == "疑点"]
    hit = evidence[[any(i in innocent for i in where) for where in evidence["locator"]]]
    alone = hit[[not any(planted.get(i) for i in where) for where in hit["locator"]]]
    assert alone.empty, alone[["found_by", "subject_id", "why", "locator"]].to_string()


def test_an_honest_city_has_no_finding_of_evidence(honest_city):
    w = open_warehouse(honest_city / "warehouse")
    found, coverage = run(w, w.periods)
    evidence = found[found["tier"] == "疑点"]
    assert evidence.empty, evidence[["found_by", "subject_id", "why"]].to_string()
    assert (coverage["state"] == "evaluated").sum() >= 20

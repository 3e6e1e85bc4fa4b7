"""Real input: public-use claims of a foreign insurer come in through a mapping, to the row and the cent."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from yb_analytics.detectors import shelf as detectors
from yb_analytics.leads import screen
from yb_analytics.warehouse import ingest, open_warehouse, verify

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT.parent / "shared/data/desynpuf"
pytestmark = pytest.mark.skipif(not SOURCE.is_dir(), reason=f"the public-use claims are not in {SOURCE}")


@pytest.fixture(scope="module")
def claims() -> pd.DataFrame:
    return pd.concat(pd.read_csv(f, dtype=str) for f in sorted(SOURCE.glob("*Inpatient*.csv.gz")))


@pytest.fixture(scope="module")
def persons() -> pd.DataFrame:
    frames = {f.name[6:10]: pd.read_csv(f, dtype=str) for f in sorted(SOURCE.glob("*Beneficiary*Sample_1*"))}
    second = {f.name[6:10]: pd.read_csv(f, dtype=str) for f in sorted(SOURCE.glob("*Beneficiary*Sample_2*"))}
    return pd.concat([f.assign(year=y) for part in (frames, second) for y, f in part.items()])


@pytest.fixture(scope="module")
def taken(tmp_path_factory):
    path = tmp_path_factory.mktemp("desynpuf") / "warehouse"
    report = ingest(SOURCE, path, ROOT / "data/mappings/cms_desynpuf.yaml", progress=False)
    return report, open_warehouse(path)


def test_every_line_is_accounted_for(taken, claims, persons):
    report, w = taken
    account = report.table.groupby("table")[["rows", "left_out", "accepted", "quarantined"]].sum()
    dead, covered = persons.BENE_DEATH_DT.notna().sum(), (persons.BENE_HI_CVRAGE_TOT_MONS.astype(int) > 0).sum()
    first = (claims.SEGMENT == "1").sum()
    assert account.loc["psn_info_b"].tolist() == [len(persons), 0, len(persons), 0]
    assert account.loc["psn_insu_d"].tolist() == [len(persons), len(persons) - covered, covered, 0]
    assert account.loc["ps_death"].tolist() == [len(persons), len(persons) - dead, dead, 0]
    assert account.loc["setl_d"].tolist() == [len(claims), 0, len(claims), 0]
    assert account.loc["mdtrt_d"].tolist() == [len(claims), len(claims) - first, first, 0]
    stored = w.coverage().groupby("table")["rows"].sum()
    assert stored["psn_info_b"] == persons.DESYNPUF_ID.nunique()
    assert stored["setl_d"] == len(claims) and stored["mdtrt_d"] == first
    given = claims.filter(regex="ICD9_(DGNS|PRCDR)_CD_").notna().sum().sum()
    assert stored["setl_diag_d"] == given == account.loc["setl_diag_d", "accepted"]
    assert report.currency == "美元" and verify(w.path) == []


def test_money_equals_a_plain_computation(taken, claims):
    _, w = taken
    parts = ["CLM_PMT_AMT", "NCH_BENE_IP_DDCTBL_AMT", "NCH_BENE_PTA_COINSRNC_LBLTY_AM",
             "NCH_BENE_BLOOD_DDCTBL_LBLTY_AM", "NCH_PRMRY_PYR_CLM_PD_AMT"]
    money = claims[parts].astype(float).fillna(0)
    for view in (w.setl_d, w.valid_settlements, w.stays):
        got = w.run(view.aggregate(fund=view.fund_pay_sumamt.sum(), fee=view.medfee_sumamt.sum())).iloc[0]
        assert got.fund == pytest.approx(money.CLM_PMT_AMT.sum(), abs=0.005)
        assert got.fee == pytest.approx(money.sum(axis=1).sum(), abs=0.005)
    by_provider = w.run(w.stays.group_by("fixmedins_code").aggregate(fund=w.stays.fund_pay_sumamt.sum()))
    assert len(by_provider) <= claims.PRVDR_NUM.nunique()


def test_claims_of_several_segments_are_one_stay(taken, claims):
    _, w = taken
    stays = w.run(w.stays).set_index("mdtrt_id")
    assert len(stays) == claims.CLM_ID.nunique() and stays.index.is_unique
    several = claims[claims.CLM_ID.duplicated(keep=False)].astype({"CLM_PMT_AMT": float})
    expected = several.groupby("CLM_ID").CLM_PMT_AMT.sum()
    assert stays.fund_pay_sumamt.reindex(expected.index).tolist() == expected.tolist()


def test_dates_and_deaths_are_those_of_the_source(taken, claims, persons):
    _, w = taken
    stays = w.run(w.stays).set_index("mdtrt_id")
    first = claims[claims.SEGMENT == "1"].set_index("CLM_ID")
    begin = pd.to_datetime(first.CLM_ADMSN_DT, format="%Y%m%d")
    assert (stays.begntime.reindex(begin.index) == begin).all()
    deaths = w.run(w.ps_death).set_index("psn_no").death_date
    told = persons.dropna(subset="BENE_DEATH_DT").drop_duplicates("DESYNPUF_ID").set_index("DESYNPUF_ID")
    expected = pd.to_datetime(told.BENE_DEATH_DT, format="%Y%m%d") + pd.offsets.MonthEnd(0)  # the month is told
    assert (pd.to_datetime(deaths).reindex(expected.index) == expected).all()
    assert w.covers("fee_list_d", "2009") == 0.0 and w.periods.text == "2008-01:2010-12"


@pytest.fixture(scope="module")
def screened(taken):
    return screen(taken[1], "2009", progress=False, keep=False)


def test_units_whose_needs_are_met_run_and_the_others_say_why_not(screened):
    states = screened.coverage.set_index("found_by")[["state", "reason"]]
    assert not (states["state"] == "error").any(), states[states["state"] == "error"].to_string()
    for name in ("split_stays", "overlapping_stays", "care_after_death"):
        assert states.loc[name, "state"] == "evaluated", states.loc[name, "reason"]
    told = {"account_drain": "acct_pay", "covisit_groups": "no outpatient", "hoarding": "fee_list_d covers 0 %",
            "trace_reuse": "drug_trace_d covers 0 %", "institution_outlier": "settlements to compare"}
    for name, why in told.items():
        assert states.loc[name, "state"] == "not evaluable" and why in states.loc[name, "reason"]
    mute = states[states["state"] == "not evaluable"]
    assert mute["reason"].str.startswith("not evaluable: ").all()
    assert set(detectors.names) <= set(states.index)


def test_a_death_known_by_month_gives_no_care_after_it_within_the_month(taken, screened):
    _, w = taken
    late = screened.findings[screened.findings["found_by"] == "care_after_death"]
    died = w.run(w.ps_death).set_index("psn_no").death_date
    begun = w.run(w.stays).set_index("mdtrt_id")
    for stay in {i for ids in late["locator"] for i in ids} & set(begun.index):
        assert begun.begntime[stay].date() > pd.Timestamp(died[begun.psn_no[stay]]).date()

"""Detectors of identity: for, against, refunds, registers that err, columns that are not held."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from tests.enrolled_twice import register
from tests.small import YEAR, found, line, reversed_by, settled, stay, tables, why_not
from tests.test_identity import delivered
from yb_analytics.detectors import NotEvaluable, Scope, run, shelf

SPELLS = {"care_in_custody": ("ps_custody", "begn_time", "end_time"),
          "care_while_abroad": ("ps_exit_entry", "exit_time", "entry_time")}


def away(name: str, gone: str = "2025-03-01", back: str | None = "2025-05-01", who: str = "p1", **more) -> dict:
    _table, begin, end = SPELLS[name]
    return {"psn_no": who, begin: gone, end: back, "rpt_date": "2025-03-05"} | more


def case(name: str, rows: list[dict], spells: list[dict], lines: list[dict] | None = None, **more) -> dict:
    return tables(setl_d=rows, fee_list_d=lines or [], **{SPELLS[name][0]: spells}, **more)


def visits(n: int, start: str = "2025-03-10", **more) -> list[dict]:
    return [settled(f"s{i}", "p1", str(pd.Timestamp(start) + pd.Timedelta(days=5 * i, hours=9)), **more)
            for i in range(n)]


@pytest.mark.parametrize("name", SPELLS)
def test_repeated_care_that_needs_the_body_is_closed_evidence(name):
    rows = visits(4)
    hit = found(name, case(name, rows, [away(name)], [line(f"b{i}", r) for i, r in enumerate(rows)]))
    assert hit["subject_id"].tolist() == ["p1"] and hit["score"][0] >= 0.5 and hit["tier"][0] == "疑点"
    assert set(hit["locator"][0]) == {"s0", "s1", "s2", "s3"} and float(hit["amount"][0]) == 400


@pytest.mark.parametrize("name", SPELLS)
def test_the_register_has_to_be_held(name):
    assert SPELLS[name][0] in why_not(name, tables(setl_d=visits(1)))


ABROAD = "care_while_abroad"


def test_visits_alone_are_a_lead_and_what_was_refunded_is_no_care():
    hit = found(ABROAD, case(ABROAD, visits(4), [away(ABROAD)]))
    assert hit["tier"].tolist() == ["线索"] and hit["score"][0] >= 0.5
    rows = visits(4)
    assert found(ABROAD, case(ABROAD, rows + [reversed_by(r) for r in rows], [away(ABROAD)])).empty


def test_relatives_who_collect_drugs_and_care_online_weigh_little():
    rows = visits(2, med_type="41") + [r | {"setl_id": f"n{i}", "fixmedins_name": "市互联网医院"}
                                       for i, r in enumerate(visits(6))]
    assert found(ABROAD, case(ABROAD, rows, [away(ABROAD)])).empty
    drugs = visits(4)
    hit = found(ABROAD, case(ABROAD, drugs, [away(ABROAD)], [line(f"b{i}", r, "09") for i, r in enumerate(drugs)]))
    assert not (hit["score"] >= 0.5).any()


def test_days_near_both_ends_and_care_begun_before_are_no_hit():
    _visit, paid = stay("s9", "p1", "2025-02-20 08:00", "2025-03-10 10:00")
    late = [r | {"begndate": pd.Timestamp("2025-02-01")} for r in visits(5)]
    ends = [settled("a", "p1", "2025-03-02 09:00"), settled("b", "p1", "2025-04-30 09:00")]
    assert found(ABROAD, case(ABROAD, [paid, *late, *ends], [away(ABROAD)])).empty


def test_a_spell_without_end_or_at_odds_with_another_stays_below_half():
    """Three persons: never seen to come back, reported before leaving, two journeys at once."""
    rows = [r | {"psn_no": w, "setl_id": f"{w}{r['setl_id']}"} for w in ("p1", "p2", "p3") for r in visits(6)]
    spells = [away(ABROAD, back=None), away(ABROAD, who="p2", rpt_date="2025-01-01"), away(ABROAD, who="p3"),
              away(ABROAD, who="p3", gone="2025-03-08", back="2025-06-01")]
    hit = found(ABROAD, case(ABROAD, rows, spells)).set_index("subject_id")
    assert hit.loc["p1", "score"] < 0.5 and "证据单一" in hit.loc["p1", "why"] and hit.loc["p2", "score"] < 0.5
    assert set(hit["tier"]) == {"线索"}


def test_a_child_in_custody_is_an_error_of_matching():
    rows, person = visits(5), [{"psn_no": "p1", "brdy": "2015-01-01"}]
    assert found("care_in_custody", case("care_in_custody", rows, [away("care_in_custody")], psn_info_b=person)).empty


# Two places at once.

PLACES = [{"fixmedins_code": "H1", "fixmedins_type": "1", "lnt": 120.75, "lat": 30.75, "fix_blng_admdvs": "330402"},
          {"fixmedins_code": "H2", "fixmedins_type": "1", "lnt": 121.10, "lat": 30.60, "fix_blng_admdvs": "330482"}]


def both_places(days: int, minutes: int = 8, **more) -> list[dict]:
    out = []
    for i in range(days):
        at = pd.Timestamp("2025-02-03 09:00") + pd.Timedelta(days=20 * i)
        out.append(settled(f"a{i}", "p1", str(at)))
        out.append(settled(f"b{i}", "p1", str(at + pd.Timedelta(minutes=minutes)), **({"place": "H2"} | more)))
    return out


def test_two_distant_places_within_minutes_are_found_by_coordinates():
    rows = both_places(4)
    hit = found("impossible_travel", tables(setl_d=rows, fixmedins_b=PLACES))
    assert hit["subject_id"].tolist() == ["p1"] and hit["score"][0] >= 0.5 and hit["tier"][0] == "线索"
    assert "公里" in hit["why"][0] and float(hit["amount"][0]) == 400
    lines = [line(f"l{i}", r) for i, r in enumerate(rows)]
    closed = found("impossible_travel", tables(setl_d=rows, fixmedins_b=PLACES, fee_list_d=lines))
    assert closed["tier"].tolist() == ["疑点"]


def test_another_city_is_far_without_coordinates_and_time_for_the_way_is_none():
    rows = both_places(4, place="H9", fix_blng_admdvs="310104")
    assert found("impossible_travel", tables(setl_d=rows))["score"][0] >= 0.5
    slow = both_places(4, minutes=120, place="H9", fix_blng_admdvs="310104")
    assert found("impossible_travel", tables(setl_d=slow)).empty


def test_one_day_a_purchase_and_a_refund_are_no_journey():
    assert found("impossible_travel", tables(setl_d=both_places(1), fixmedins_b=PLACES)).empty
    shop = both_places(6, med_type="41")
    assert found("impossible_travel", tables(setl_d=shop, fixmedins_b=PLACES)).empty
    rows = both_places(4)
    back = [reversed_by(r) for r in rows if r["setl_id"].startswith("b")]
    assert found("impossible_travel", tables(setl_d=rows + back, fixmedins_b=PLACES)).empty


def test_places_that_are_not_known_and_times_without_clock_tell_nothing():
    assert found("impossible_travel", tables(setl_d=[r | {"fix_blng_admdvs": None} for r in both_places(4)])).empty
    dates = [r | {"setl_time": r["setl_time"].normalize()} for r in both_places(4)]
    assert "time of day" in why_not("impossible_travel", tables(setl_d=dates, fixmedins_b=PLACES))


# One bill twice.

def bill(number: str, at: str, **more) -> dict:
    days = {"begndate": pd.Timestamp("2025-01-10"), "enddate": pd.Timestamp("2025-01-10")}
    return settled(number, "p1", at) | days | {"invono": "INV7"} | more


ONLINE, OFFICE = bill("s1", "2025-01-10 10:00"), bill("s2", "2025-03-01 10:00", setl_type="1", pay_loc="1")


def test_one_invoice_settled_online_and_at_the_office_is_closed_evidence():
    hit = found("double_claim", tables(setl_d=[ONLINE, OFFICE]))
    assert hit["subject_id"].tolist() == ["p1"] and hit["tier"][0] == "疑点" and hit["score"][0] >= 0.9
    assert hit["locator"][0][0] == "s2" and float(hit["amount"][0]) == 100


def test_without_invoices_person_place_days_and_amount_have_to_agree():
    bare = [r | {"invono": None} for r in (ONLINE, OFFICE)]
    hit = found("double_claim", tables(setl_d=bare))
    assert hit["tier"].tolist() == ["线索"] and hit["score"][0] >= 0.5
    other = [bare[0], bare[1] | {"medfee_sumamt": 80.0}]
    assert found("double_claim", tables(setl_d=other)).empty


@pytest.mark.parametrize("second", [{"setl_type": "3"}, {"mid_setl_flag": "1"}, {"fixmedins_code": "H2"}])
def test_supplements_interim_settlements_and_other_issuers_are_no_second_bill(second):
    assert found("double_claim", tables(setl_d=[ONLINE, OFFICE | second])).empty


def test_a_bill_taken_back_before_it_is_settled_again_is_one_bill():
    assert found("double_claim", tables(setl_d=[ONLINE, reversed_by(ONLINE), OFFICE])).empty


def test_a_placeholder_for_an_invoice_is_none():
    rows = [bill(f"s{i}", f"2025-0{i + 1}-10 10:00", psn_no=f"p{i}", setl_type="1", invono="0") for i in range(5)]
    assert found("double_claim", tables(setl_d=rows)).empty


def test_a_stay_settled_twice_for_the_same_amount_is_a_lead():
    visit, paid = stay("s1", "p1", "2025-02-01 08:00", "2025-02-10 10:00")
    again = paid | {"setl_id": "s9", "setl_time": pd.Timestamp("2025-02-11 10:00")}
    hit = found("double_claim", tables(setl_d=[paid, again], mdtrt_d=[visit]))
    assert hit["tier"].tolist() == ["线索"] and hit["locator"][0][0] == "s9"


def test_the_kind_of_settlement_has_to_be_held():
    assert "setl_type" in why_not("double_claim", tables(setl_d=[ONLINE | {"setl_type": None}]))


# Work injuries.

HURT = {"injury_id": "i1", "psn_no": "p1", "fixmedins_code": "H1", "injury_date": "2025-02-01",
        "treat_end": "2025-03-01", "paid_amt": 9000.0, "invono": "I1", "rpt_date": "2025-04-01"}


def hurt(diag: str = "S82.2", begin: str = "2025-02-01 20:00", **more) -> dict:
    visit, paid = stay("s1", "p1", begin, "2025-02-12 10:00", diag, **more)
    return {"mdtrt_d": [visit], "setl_d": [paid]}


def test_a_stay_for_the_injury_at_its_hospital_is_closed_evidence():
    hit = found("injury_paid_twice", tables(hr_injury=[HURT], **hurt()))
    assert hit["tier"].tolist() == ["疑点"] and hit["score"][0] >= 0.5 and hit["locator"][0] == ["s1"]
    elsewhere = found("injury_paid_twice", tables(hr_injury=[HURT], **hurt(place="H5")))
    assert elsewhere["tier"].tolist() == ["线索"]


@pytest.mark.parametrize("rows", [hurt("I10"), hurt(begin="2025-01-05 08:00"), hurt(fund=0.0)])
def test_other_illness_an_earlier_injury_and_no_fund_money_are_no_double(rows):
    assert found("injury_paid_twice", tables(hr_injury=[HURT], **rows)).empty


def test_an_injury_the_fund_did_not_pay_and_a_refunded_stay_are_no_double():
    assert found("injury_paid_twice", tables(hr_injury=[HURT | {"paid_amt": 0.0}], **hurt())).empty
    rows = hurt()
    rows["setl_d"] += [reversed_by(rows["setl_d"][0])]
    assert found("injury_paid_twice", tables(hr_injury=[HURT], **rows)).empty


def test_a_visit_for_some_injury_proves_little():
    visit = settled("s1", "p1", "2025-02-10 10:00")
    seen_for = {"mdtrt_id": "ms1", "psn_no": "p1", "fixmedins_code": "H1", "med_type": "11",
                "begntime": pd.Timestamp("2025-02-10 09:30"), "dscg_maindiag_code": "S93.4"}
    hit = found("injury_paid_twice", tables(hr_injury=[HURT], setl_d=[visit], mdtrt_d=[seen_for]))
    assert hit["tier"].tolist() == ["线索"] and hit["score"][0] < 0.5


def test_an_invoice_the_injury_fund_paid_is_enough():
    rows = tables(hr_injury=[HURT], setl_d=[settled("s1", "p1", "2025-08-01 10:00", invono="I1")])
    assert found("injury_paid_twice", rows)["tier"].tolist() == ["疑点"]


# Insured twice.

def spell(number: str, who: str, kind: str = "390", since: str | None = "2020-01-01", until: str | None = None,
          **more) -> dict:
    return {"psn_insu_rlts_id": number, "psn_no": who, "insutype": kind, "insu_admdvs": "330402",
            "crt_insu_date": since, "paus_insu_date": until, "psn_insu_stas": "1"} | more


def resident(number: str, who: str, at: str = "2025-02-01") -> dict:
    return {"rsdt_clct_detl_id": number, "psn_no": who, "cashym": "202501", "insutype": "390", "finsubs_amt": 700.0,
            "clct_flag": "1", "clct_time": at, "crte_time": at}


CARDS = [{"psn_no": w, "certno": "secret", "brdy": "1970-05-01", "gend": "1"} for w in ("p1", "p2")]
TWO_NUMBERS = [spell("k1", "p1"), spell("k2", "p2")]


def test_two_numbers_of_one_certificate_both_paid_for_are_closed_evidence():
    held = tables(psn_insu_d=TWO_NUMBERS, psn_info_b=CARDS,
                  rsdt_psn_clct_detl_d=[resident("c1", "p1"), resident("c2", "p2")])
    hit = found("double_enrolment", held)
    assert hit["subject_id"].tolist() == ["p2"] and hit["tier"][0] == "疑点" and hit["score"][0] >= 0.5
    assert "rsdt_psn_clct_detl_d:c2" in hit["locator"][0] and float(hit["amount"][0]) == 700
    assert "secret" not in hit.to_string()


def test_one_certificate_paid_once_is_a_lead_and_unlike_persons_a_doubt():
    once = tables(psn_insu_d=TWO_NUMBERS, psn_info_b=CARDS, rsdt_psn_clct_detl_d=[resident("c1", "p1")])
    assert found("double_enrolment", once)["tier"].tolist() == ["线索"]
    unlike = [CARDS[0], CARDS[1] | {"brdy": "1999-01-01"}]
    assert found("double_enrolment", tables(psn_insu_d=TWO_NUMBERS, psn_info_b=unlike))["score"][0] < 0.5


def test_one_number_in_two_schemes_counts_what_was_paid_after_the_overlap_began():
    rows = [spell("k1", "p1"), spell("k2", "p1", "310", "2025-03-01")]
    staff = [{"psn_clct_detl_id": "s1", "psn_no": "p1", "cashym": "202504", "insutype": "310", "clct_flag": "1",
              "clct_time": "2025-04-10", "crte_time": "2025-04-01"}]
    early = tables(psn_insu_d=rows, staf_psn_clct_detl_d=staff, rsdt_psn_clct_detl_d=[resident("c1", "p1")])
    assert found("double_enrolment", early)["score"].max() < 0.5
    late = early | tables(rsdt_psn_clct_detl_d=[resident("c1", "p1", "2025-06-01")])
    assert found("double_enrolment", late)["tier"].tolist() == ["疑点"]


@pytest.mark.parametrize("rows", [
    [spell("k1", "p1", until="2025-04-10"), spell("k2", "p1", "310", "2025-03-01")],
    [spell("k1", "p1"), spell("k2", "p1", "310", "2025-03-01", psn_insu_stas="4")],
    [spell("k1", "p1", "310"), spell("k2", "p1", "310", "2025-03-01")],
    [spell("k1", "p1"), spell("k2", "p1", "510", "2021-01-01")]])
def test_a_transfer_an_ended_spell_another_job_and_other_insurance_are_no_double(rows):
    assert found("double_enrolment", tables(psn_insu_d=rows)).empty


def test_a_placeholder_certificate_and_spells_without_dates_tell_nothing():
    many = [spell(f"k{i}", f"p{i}") for i in range(6)]
    cards = [{"psn_no": f"p{i}", "certno": "none"} for i in range(6)]
    assert found("double_enrolment", tables(psn_insu_d=many, psn_info_b=cards)).empty
    assert "crt_insu_date" in why_not("double_enrolment", tables(psn_insu_d=[spell("k", "p", since=None)]))


# In hospital and elsewhere.

def in_hospital(who: str = "p1", month: int = 3, diag: str = "J18.9", **more) -> tuple[dict, dict]:
    return stay(f"h{who}{month}", who, f"2025-{month:02d}-01 09:00", f"2025-{month:02d}-12 10:00", diag,
                **({"place": "H9"} | more))


def seen(who: str, month: int, day: int, **more) -> dict:
    return settled(f"o{who}{month}_{day}", who, f"2025-{month:02d}-{day:02d} 10:00", **more)


def hospital_case(visits: list[dict], stays: list[tuple[dict, dict]], kind: str = "03") -> dict:
    return tables(mdtrt_d=[v for v, _paid in stays], setl_d=[p for _v, p in stays] + visits,
                  fee_list_d=[line(f"l{i}", r, kind) for i, r in enumerate(visits)])


def test_care_elsewhere_in_several_stays_is_closed_evidence_and_one_stay_is_capped():
    stays = [in_hospital(month=m) for m in (3, 6)]
    visits = [seen("p1", m, d) for m in (3, 6) for d in (4, 7)]
    hit = found("attended_in_stay", hospital_case(visits, stays))
    assert hit["subject_id"].tolist() == ["p1"] and hit["tier"][0] == "疑点" and hit["score"][0] >= 0.5
    assert set(hit["locator"][0]) == {r["setl_id"] for r in visits}
    once = found("attended_in_stay", hospital_case([seen("p1", 3, d) for d in (3, 4, 5, 6, 7)], stays[:1]))
    assert once["score"][0] < 0.5


def test_drugs_collected_the_hospital_s_own_clinic_and_the_days_at_both_ends_are_no_contradiction():
    stays = [in_hospital(w, m) for w in ("drugs", "shop", "own", "ends", "back") for m in (3, 6)]
    inside = [(m, d) for m in (3, 6) for d in (4, 7)]
    drugs = [seen("drugs", m, d) for m, d in inside]
    back = [seen("back", m, d) for m, d in inside]
    visits = [*drugs, *back, *(seen("shop", m, d, med_type="41") for m, d in inside),
              *(seen("own", m, d, place="H9") for m, d in inside),
              *(seen("ends", m, d) for m in (3, 6) for d in (1, 12))]
    held = hospital_case(visits, stays)
    of_drugs = held["fee_list_d"]["psn_no"] == "drugs"
    held["fee_list_d"].loc[of_drugs, ["med_chrgitm_type", "list_type"]] = ["09", "101"]
    held["setl_d"] = pd.concat([held["setl_d"], pd.DataFrame([reversed_by(r) for r in back])])
    assert found("attended_in_stay", held).empty


FAR = {"fix_blng_admdvs": "310104", "place": "S1"}


def elsewhere(seen_of: dict[str, range]) -> tuple[list[dict], list[tuple[dict, dict]]]:
    """Stays at four hospitals of another city, eight patients each, and visits at home of some of them meanwhile."""
    names = {f"S{h}": [f"p{h}_{i}" for i in range(8)] for h in range(4)}
    stays = [in_hospital(w, **(FAR | {"place": h})) for h, own in names.items() for w in own]
    return [seen(names[h][i], 3, d) for h, some in seen_of.items() for i in some for d in (4, 6)], stays


def test_a_hospital_elsewhere_whose_patients_are_seen_at_home_is_named():
    visits, stays = elsewhere({"S1": range(6)})
    hit = found("stays_elsewhere", hospital_case(visits, stays))
    assert hit["subject_id"].tolist() == ["S1"] and hit["score"][0] >= 0.5 and hit["tier"][0] == "疑点"
    assert len(hit["locator"][0]) == 6 and hit["grain"][0] == "stay" and float(hit["amount"][0]) == 600


def test_one_patient_drugs_from_home_purchases_and_refunds_are_not():
    visits, stays = elsewhere({"S0": range(1), "S1": range(6), "S2": range(6), "S3": range(6)})
    visits = [r | {"med_type": "41"} if r["psn_no"].startswith("p2") else r for r in visits]
    held = hospital_case(visits, stays)
    of_drugs = held["fee_list_d"]["psn_no"].str.startswith("p1")
    held["fee_list_d"].loc[of_drugs, ["med_chrgitm_type", "list_type"]] = ["09", "101"]
    back = [reversed_by(r) for r in visits if r["psn_no"].startswith("p3")]
    held["setl_d"] = pd.concat([held["setl_d"], pd.DataFrame(back)])
    assert found("stays_elsewhere", held).empty


def test_hospitals_of_the_city_and_places_that_are_not_known_are_not_compared():
    near = hospital_case([seen("a", 3, 4)], [in_hospital(w) for w in ("a", "b")])
    assert "to compare" in why_not("stays_elsewhere", near)
    near["mdtrt_d"] = near["mdtrt_d"].drop(columns="fix_blng_admdvs")
    assert "fix_blng_admdvs" in why_not("stays_elsewhere", near)


# Two numbers, probably one person.

@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    """A register in which persons stand twice, all of them insured, and the warehouse of it."""
    made = register(1500, 40, 20, seed=5)
    spells = pd.DataFrame([spell(f"k{n}", n) for n in made.persons["psn_no"]])
    return delivered(tmp_path_factory.mktemp("twice"), made.persons, psn_insu_d=spells), made


def test_pairs_without_one_certificate_are_a_question_below_half(twice):
    w, made = twice
    told = run(w, YEAR, ["probable_same_person"])
    assert told.coverage["state"].tolist() == ["evaluated"], told.coverage["reason"].tolist()
    hit, card = told.findings, made.persons.set_index("psn_no")["certno"]
    pairs = {tuple(sorted(i.split("|"))) for i in hit["subject_id"]}
    assert len(pairs) >= 20 and (hit["score"] < 0.5).all() and set(hit["subject"]) == {"pair"}
    assert not any(card[a] == card[b] for a, b in pairs)
    strangers = {tuple(sorted((a, b))) for a, b, _kind in made.strangers.itertuples(index=False)}
    assert not strangers & pairs


def test_a_large_city_is_left_to_the_linker(twice):
    with pytest.raises(NotEvaluable, match="yb identity"):
        shelf["probable_same_person"].fn(Scope(twice[0], YEAR), SimpleNamespace(max_persons=10))

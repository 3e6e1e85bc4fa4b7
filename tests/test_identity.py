"""Who is the same person: planted duplicates found, people who are two left alone, nothing compared in clear."""

from __future__ import annotations

import base64
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.enrolled_twice import STRANGERS, register
from tests.sizes import amount
from yb_analytics.knowledge import parameters
from yb_analytics.schema import Refusal
from yb_analytics.warehouse import in_memory, ingest, open_warehouse
from yb_analytics.warehouse.identity import BANDS, COLUMNS, REGISTER_COLUMNS, link, recognise
from yb_analytics.warehouse.privacy.linkage import PARTS, Coder, is_valid

P = parameters("identity", "2025-12-31")


def delivered(folder, persons: pd.DataFrame, **tables: pd.DataFrame):
    """A warehouse of a register, through the ordinary ingest."""
    (folder / "in").mkdir(parents=True)
    for name, frame in {"psn_info_b": persons, **tables}.items():
        frame.to_csv(folder / "in" / f"{name}.csv", index=False)
    ingest(folder / "in", folder / "w", progress=False)
    return open_warehouse(folder / "w")


@pytest.fixture(scope="module")
def linked(tmp_path_factory):
    made = register(amount(8_000, 100_000), amount(300, 3_000), amount(150, 1_500), seed=20)
    w = delivered(tmp_path_factory.mktemp("identity"), made.persons)
    pairs = link(w, P)
    kinds = {(a, b): k for a, b, k in pd.concat([made.truth, made.strangers]).itertuples(index=False)}
    found = pairs.assign(kind=[kinds.get(k, "other") for k in zip(pairs.left_psn_no, pairs.right_psn_no, strict=True)])
    return SimpleNamespace(made=made, w=w, pairs=pairs, found=found)


def recall(linked, kind: str, *bands: str) -> float:
    mine = linked.found[linked.found["kind"] == kind]
    return float(mine["band"].isin(bands).sum() / (linked.made.truth["kind"] == kind).sum())


@pytest.mark.soak
def test_obvious_duplicates_are_found_and_nobody_else_is_called_the_same(linked):
    match = linked.found[linked.found["band"] == "match"]
    precision = match["kind"].isin(["obvious", "subtle"]).mean()
    assert precision >= 0.99 and recall(linked, "obvious", "match") >= 0.95
    assert recall(linked, "obvious", "match", "review") >= 0.99


@pytest.mark.soak
def test_subtle_duplicates_are_found_or_put_before_a_clerk_in_part(linked):
    """Figures of the subtle half are reported in ARCHITECTURE; this holds them from below."""
    assert recall(linked, "subtle", "match") >= 0.25
    assert recall(linked, "subtle", "match", "review") >= 0.5


@pytest.mark.soak
@pytest.mark.parametrize("kind", STRANGERS)
def test_two_persons_who_share_much_are_not_one(linked, kind):
    assert not len(linked.found[(linked.found["kind"] == kind) & (linked.found["band"] == "match")])


def test_answer_is_a_table_and_sentences(linked):
    pairs = linked.pairs
    assert tuple(pairs.columns) == COLUMNS and set(pairs["band"]) == set(BANDS)
    assert (pairs["left_psn_no"] < pairs["right_psn_no"]).all()
    assert not pairs.duplicated(["left_psn_no", "right_psn_no"]).any()
    assert (pairs["probability"] >= P.review_probability).all() and pairs["probability"].is_monotonic_decreasing
    assert ((pairs["probability"] >= P.match_probability) == (pairs["band"] == "match")).all()
    first = pairs.iloc[0]
    assert first["left_psn_no"] in first["text"] and "判为同一人" in first["text"] and "证件号码" in first["text"]
    assert pairs["insured_twice"].isna().all()  # no spells were delivered


def test_answer_names_nobody(linked):
    told = linked.pairs.to_csv()
    clear = pd.unique(linked.made.persons[["psn_name", "certno", "tel", "live_addr"]].to_numpy().ravel())
    assert not [v for v in clear if isinstance(v, str) and v.strip() in told]


def test_same_answer_whatever_the_order_of_the_delivery(linked, tmp_path, monkeypatch):
    monkeypatch.setenv("YB_KEY_FILE", str(tmp_path / "key"))  # chance overlaps of filters depend on the key
    few = linked.made.persons[linked.made.persons["psn_no"].isin(
        linked.made.truth[["left", "right"]].to_numpy().ravel()[:200])]
    one = link(delivered(tmp_path / "a", few), P)
    other = link(delivered(tmp_path / "b", few.sample(frac=1, random_state=3)), P)
    pd.testing.assert_frame_equal(one, other)


def test_command_prints_the_pairs_and_writes_them_for_the_owner_alone(linked, tmp_path):
    from yb_analytics.cli import app, persons

    out = tmp_path / "pairs.csv"
    said = CliRunner().invoke(app, ["identity", "-w", str(linked.w.path), "--out", str(out)])
    assert said.exit_code == 0 and persons.identity is not None
    assert f"判为同一人 {(linked.pairs['band'] == 'match').sum()} 对" in said.output
    assert len(pd.read_csv(out)) == len(linked.pairs) and out.stat().st_mode & 0o777 == 0o600


def test_threshold_moves_the_band_and_not_the_pairs(linked):
    strict = link(linked.w, P, threshold=0.9999999)
    assert len(strict) == len(linked.pairs)
    assert (strict["band"] == "match").sum() < (linked.pairs["band"] == "match").sum()
    for wrong in (0.01, 1.0):
        with pytest.raises(Refusal, match="threshold"):
            link(linked.w, P, threshold=wrong)


def test_a_placeholder_that_many_share_neither_blocks_nor_counts(tmp_path):
    rng = np.random.default_rng(5)
    n = 400
    persons = register(n, 0, 0, seed=6).persons.assign(tel="13800000000", certno="000000000000000000")
    persons["brdy"] = rng.permutation(persons["brdy"].to_numpy())
    pairs = link(delivered(tmp_path, persons), P)
    assert not len(pairs)


def test_insured_twice_is_told_from_the_spells(tmp_path):
    made = register(300, 3, 0, seed=8)
    ends = made.truth[made.truth["kind"] == "obvious"].reset_index(drop=True)
    spell = [("1", ends.left[0], "2024-01-01", None), ("2", ends.right[0], "2024-06-01", "2024-12-31"),
             ("3", ends.left[1], "2024-01-01", "2024-03-31"), ("4", ends.right[1], "2024-06-01", None)]
    spells = pd.DataFrame(spell, columns=["psn_insu_rlts_id", "psn_no", "crt_insu_date", "paus_insu_date"])
    pairs = link(delivered(tmp_path, made.persons, psn_insu_d=spells), P).set_index(["left_psn_no", "right_psn_no"])
    assert pairs.loc[(ends.left[0], ends.right[0]), "insured_twice"]
    assert not pairs.loc[(ends.left[1], ends.right[1]), "insured_twice"]
    assert "同日在保" in pairs.loc[(ends.left[0], ends.right[0]), "text"]


def test_persons_of_a_register_without_person_numbers_are_recognised(tmp_path):
    """A register that writes names and numbers its own way: obvious second entries are its rows."""
    made = register(3_000, 150, 20, seed=31)
    ends = made.truth[made.truth["kind"] == "obvious"]
    mine = made.persons[made.persons["psn_no"].isin(ends["left"])]
    outside = made.persons[~made.persons["psn_no"].isin(ends["left"])].sample(60, random_state=1)
    unknown = register(40, 0, 0, seed=77).persons
    w = delivered(tmp_path, made.persons[~made.persons["psn_no"].isin([*ends["left"], *outside["psn_no"]])])
    fields = ["psn_name", "certno", "tel", "live_addr", "gend", "brdy"]
    rows = pd.concat([mine, unknown])
    rows = rows[fields].assign(id=[f"R{n}" for n in [*mine["psn_no"], *(f"x{i}" for i in range(len(unknown)))]])
    found = recognise(w, P, rows)
    assert tuple(found.columns) == REGISTER_COLUMNS
    match = found[found["band"] == "match"]
    truth = {(f"R{a}", b) for a, b in zip(ends["left"], ends["right"], strict=True)}
    right = {*zip(match["id"], match["psn_no"], strict=True)} & truth
    assert len(right) >= 0.95 * len(truth) and not match["id"].str.startswith("Rx").any()
    assert len(right) >= 0.97 * len(match)
    with pytest.raises(Refusal, match="unique"):
        recognise(w, P, pd.concat([rows, rows]))
    with pytest.raises(Refusal, match="whistle-blower"):
        recognise(w, P, rows.assign(举报人="甲"))


def test_an_honest_city_has_nobody_twice(honest_city):
    pairs = link(open_warehouse(honest_city / "warehouse"), P)
    assert not (pairs["band"] == "match").any(), pairs.head()


def test_without_codes_the_remedy_is_told():
    w = in_memory({"psn_info_b": pd.DataFrame({"psn_no": ["p1", "p2"]})})
    with pytest.raises(Refusal, match="linkage code") as refusal:
        link(w, P)
    assert refusal.value.kind == "empty"


# ---- codes

def dice(one: str, other: str, part: str) -> float:
    a, b = (int.from_bytes(base64.b64decode(c.split(".")[PARTS.index(part)]), "big") for c in (one, other))
    return 2 * (a & b).bit_count() / (a.bit_count() + b.bit_count())


@pytest.mark.parametrize(("part", "values", "least", "most"), [
    ("certificate", ("330402198001011234", "330402198001011284"), 0.85, 0.95),  # a digit
    ("certificate", ("330402198001011234", "330402198001012134"), 0.80, 0.90),  # two exchanged
    ("certificate", ("330402198001011234", "330402198001017968"), 0.60, 0.80),  # born on one day
    ("certificate", ("330402198001011234", "110105194912310021"), 0.00, 0.35),
    ("name", ("王小明", "王晓明"), 0.50, 0.70), ("name", ("王伟", "王玮"), 0.33, 0.50),
    ("name", ("王小明", "王小明"), 1.0, 1.0), ("name", ("王小明", "陈静"), 0.0, 0.25)])
def test_filters_overlap_as_their_texts_do(part, values, least, most):
    coder = Coder(bytes(range(32)))
    codes = [coder.code(v, "", "", "") if part == "name" else coder.code("", v, "", "") for v in values]
    assert least <= dice(*codes, part) <= most


def test_another_key_makes_other_codes():
    given = ("王小明", "11010519491231002X", "13800138000", "中山路1号")
    one, other = (Coder(bytes([k]) * 32).code(*given).split(".") for k in (1, 2))
    same = [p for p, a, b in zip(PARTS, one, other, strict=True) if a == b]
    assert same == ["cert_valid"] and is_valid(given[1])

"""From a register of persons to pairs with a probability, a band and a sentence."""

from __future__ import annotations

import ibis
import pandas as pd
from splink import DuckDBAPI, Linker

from yb_analytics.schema import Refusal
from yb_analytics.warehouse.identity._model import KEYS, LABELS, MISSING, key_column, settings
from yb_analytics.warehouse.privacy.linkage import PARTS
from yb_analytics.warehouse.reader import Warehouse

BANDS = {"match": "判为同一人", "review": "需人工复核"}
"""Bands of a pair; below the threshold of review a pair is not shown."""

COLUMNS = ("left_psn_no", "right_psn_no", "weight", "probability", "band", *LABELS, "insured_twice", "text")
"""Columns of the answer: the two person numbers, log2 of the odds, probability, band, what each field says, whether
both numbers were insured on one day (empty without `psn_insu_d`), and a sentence."""

_DICE = """CREATE OR REPLACE TEMP MACRO dice(a, b) AS 2.0 * bit_count(a & b) / (bit_count(a) + bit_count(b))"""
_SLIP = """
CREATE OR REPLACE TEMP MACRO date_slip(a, b) AS CASE
  WHEN abs(a - b) <= 1 THEN 1
  WHEN damerau_levenshtein(strftime(a, '%Y%m%d'), strftime(b, '%Y%m%d')) <= 1 THEN 1
  WHEN strftime(a, '%Y%m%d') = strftime(b, '%Y%d%m') THEN 1
  ELSE 0 END"""
_PERSONS = """
CREATE OR REPLACE TEMP TABLE identity_records AS SELECT * REPLACE (
  from_base64(name)::BIT AS name, from_base64(certificate)::BIT AS certificate,
  from_base64(phone)::BIT AS phone, from_base64(address)::BIT AS address) FROM identity_parts"""
_REGISTER = """
CREATE OR REPLACE TEMP TABLE identity_register AS SELECT * REPLACE (
  from_base64(name)::BIT AS name, from_base64(certificate)::BIT AS certificate,
  from_base64(phone)::BIT AS phone, from_base64(address)::BIT AS address) FROM identity_outside"""
"""Constant statements: types and functions that Ibis does not know."""

FIELDS = ("psn_no", "psn_name", "certno", "tel", "live_addr", "gend", "brdy", "link_code")
"""Columns of `psn_info_b` that are compared, after ingest."""
_SHARED = {"certno": ("certno", "cert_serial", "cert_day", "cert_place", "certificate", "cert_valid"),
           "tel": ("tel", "phone"), "live_addr": ("live_addr", "address")}
"""Field → what is emptied where more persons share it than one can: a placeholder tells nothing."""


_DIGITS = 9
_KEYS_ONLY = ("surname", "given", "cert_serial", "cert_day", "cert_place", "born_year", "born_day")


def _parts(persons, p):
    """Persons with the parts of their linkage codes; what more of them share than one can is emptied."""
    rows = persons.select(*FIELDS)
    pieces = rows.link_code.split(".")
    rows = rows.mutate(**{part: pieces[i].nullif("") for i, part in enumerate(PARTS)}).drop("link_code")
    rows = rows.mutate(born_year=rows.brdy.year(), born_day=rows.brdy.month() * 100 + rows.brdy.day())
    for field, emptied in _SHARED.items():
        shared = rows.count().over(ibis.window(group_by=field)) > p.max_block
        rows = rows.mutate(_many=shared & rows[field].notnull())
        kept = {c: rows["_many"].ifelse(ibis.null(rows[c].type()), rows[c]) for c in emptied}
        rows = rows.mutate(**kept).drop("_many")
    return rows


def _bounded(rows, p):
    """Per key of :data:`KEYS` one number, empty where a value is missing or too many persons share it.

    A number instead of the texts keeps the records small; where two keys have one number, one pair is compared for
    nothing.
    """
    for number, columns in enumerate(KEYS):
        whole = ibis.and_(*(rows[c].notnull() for c in columns))
        value = ibis.literal("|").join([rows[c].cast("string") for c in columns]).hash()
        rows = rows.mutate(_key=whole.ifelse(value, ibis.null("int64")))
        few = rows.count().over(ibis.window(group_by="_key")) <= p.max_block
        rows = rows.mutate(**{key_column(number): few.ifelse(rows["_key"], ibis.null("int64"))}).drop("_key")
    return rows.drop(*(c for c in _KEYS_ONLY if c in rows.columns))


def scored(w: Warehouse, p, prior: float, outside=None) -> pd.DataFrame:
    """Splink's predictions at or above the threshold of review: among persons, or against an `outside` register."""
    w.register(_bounded(_parts(w.psn_info_b, p), p), "identity_parts")
    con = w._source.con
    for statement in (_DICE, _SLIP, _PERSONS):
        con.con.execute(statement)
    if outside is not None:
        w.register(_bounded(_parts(outside, p), p), "identity_outside")
        con.con.execute(_REGISTER)
    api = DuckDBAPI(con.con)
    try:
        tables = [api.register("identity_records", table_name="a_persons")]
        if outside is not None:
            tables.append(api.register("identity_register", table_name="b_register"))
        linker = Linker(tables, settings(p, prior, len(tables)), log_level=None)
        made = linker.inference.predict(threshold_match_probability=p.review_probability, warning_mode="never")
        told = ("match_weight", "match_probability", "psn_no_l", "psn_no_r", *(f"gamma_{name}" for name in LABELS))
        return made.as_duckdbpyrelation().select(*told).df()
    finally:
        api.delete_tables_created_by_splink_from_db()


def said(found: pd.DataFrame) -> dict[str, pd.Series]:
    """What each comparison says of each pair, in Chinese."""
    out = {}
    for name, labels in LABELS.items():
        texts = {len(labels) - 1 - i: label for i, label in enumerate(labels)} | {-1: MISSING[name]}
        out[name] = found[f"gamma_{name}"].map(texts)
    return out


def _insured_twice(w: Warehouse, pairs: pd.DataFrame) -> pd.Series:
    """Whether two spells of basic insurance, one of each number, hold on one day; missing without spells."""
    if not len(pairs) or w.run(w.psn_insu_d.count()) == 0:
        return pd.Series(pd.NA, index=pairs.index, dtype="boolean")
    asked = w.register(pairs[["left_psn_no", "right_psn_no"]].astype(str))
    s = w.psn_insu_d.select("psn_no", begin=w.psn_insu_d.crt_insu_date,
                            end=w.psn_insu_d.paus_insu_date.fill_null(ibis.date("9999-12-31")))
    o = s.view()
    both = asked.join(s, asked.left_psn_no == s.psn_no).select("left_psn_no", "right_psn_no", "begin", "end")
    both = both.join(o, [both.right_psn_no == o.psn_no, both.begin < o.end, o.begin < both.end])
    found = w.run(both.select("left_psn_no", "right_psn_no").distinct())
    twice = set(zip(found["left_psn_no"], found["right_psn_no"], strict=True))
    return pd.Series([p in twice for p in zip(pairs["left_psn_no"], pairs["right_psn_no"], strict=True)],
                     index=pairs.index, dtype="boolean")


def _sentence(row: dict) -> str:
    told = "；".join(str(row[c]) for c in LABELS)
    ends = {True: "，且两个编号同日在保", False: "，两个编号参保期间不重叠"}.get(row["insured_twice"], "")
    return (f"人员编号 {row['left_psn_no']} 与 {row['right_psn_no']} {BANDS[row['band']]}"
            f"（概率 {row['probability']:.1%}）：{told}{ends}。")


def _answer(w: Warehouse, found: pd.DataFrame, match: float) -> pd.DataFrame:
    out = pd.DataFrame({
        "left_psn_no": found["psn_no_l"].astype(str), "right_psn_no": found["psn_no_r"].astype(str),
        "weight": found["match_weight"].astype(float).round(_DIGITS),  # sums come in any order
        "probability": found["match_probability"].astype(float).round(_DIGITS),
        **said(found)})
    out["band"] = (out["probability"] >= match).map({True: "match", False: "review"})
    out["insured_twice"] = _insured_twice(w, out)
    twice = out["insured_twice"].astype(object).where(out["insured_twice"].notna(), None)
    out["text"] = [_sentence(r | {"insured_twice": t}) for r, t in zip(out.to_dict("records"), twice, strict=True)]
    order = ["probability", "weight", "left_psn_no", "right_psn_no"]
    return out[list(COLUMNS)].sort_values(order, ascending=[False, False, True, True], ignore_index=True)


def threshold_of(p, threshold: float | None) -> float:
    """The probability of a match; refuses one outside the band of review."""
    match = p.match_probability if threshold is None else threshold
    if not p.review_probability <= match < 1:
        raise Refusal(f"阈值 {match} 不在 {p.review_probability}（复核线）与 1 之间 · "
                      f"threshold {match} is not between {p.review_probability} (review) and 1",
                      "请在两者之间取值 · choose one between", "usage")
    return match


def counted(w: Warehouse) -> int:
    """Number of persons; refuses where none of them can be compared."""
    found = w.run(w.psn_info_b.aggregate(all=w.psn_info_b.count(), coded=w.psn_info_b.link_code.count()))
    if not found["coded"][0]:
        raise Refusal(f"{found['all'][0]} 人均无比对码 · none of {found['all'][0]} persons has a linkage code",
                      "交付含姓名、证件号码的 psn_info_b；比对码在接收时生成 · "
                      "deliver psn_info_b with names and certificate numbers: the codes are made at ingest",
                      "empty")
    return int(found["all"][0])


def link(w: Warehouse, p, threshold: float | None = None) -> pd.DataFrame:
    """Pairs of person numbers that probably belong to one person.

    Parameters
    ----------
    w
        A warehouse with `psn_info_b`.
    p
        Parameters of `identity` on a day (`knowledge.parameters("identity", w.as_of)`).
    threshold
        Probability at or above which a pair is a match; by default that of the parameters.

    Returns
    -------
    DataFrame
        One row per pair in the columns of :data:`COLUMNS`, the most probable first; `left_psn_no < right_psn_no`.

    Raises
    ------
    Refusal
        `empty` without persons, or where no person has a linkage code (delivered without name and number).
    """
    match, persons = threshold_of(p, threshold), counted(w)
    prior = 2 * p.duplicates_per_10k / 10_000 / max(persons - 1, 1)  # d of n persons make d of n(n-1)/2 pairs
    return _answer(w, scored(w, p, prior), match)

"""The model: which agreements count, and how much. All numbers come from the parameters.

Weights are facts and are not learnt from the data by expectation maximisation: in an honest city hardly anybody is
enrolled twice, the mixture of "same" and "different" cannot be told from the data, and a learner would then call the
nearest strangers the same. Splink's term frequencies are used for names, because two persons of a common name and
one birth date are no rarity.
"""

from __future__ import annotations

from typing import Any

import splink.comparison_level_library as levels
from splink import SettingsCreator, block_on
from splink.comparison_library import CustomComparison

KEYS = (("certno",), ("cert_serial",), ("cert_day", "gend"), ("cert_place", "gend"), ("psn_name", "born_year"),
        ("psn_name", "born_day"), ("surname", "brdy", "gend"), ("given", "brdy"), ("tel", "born_year"),
        ("live_addr", "brdy"))
"""Pairs that agree in all columns of one of these are compared; each key survives another error."""

LABELS = {
    "certificate": ("证件号码相同", "证件号码相近且有校验位不符", "证件号码相近但均有效", "证件号码不同且均有效",
                    "证件号码不同"),
    "name": ("姓名相同", "姓名相近", "姓名部分相同", "姓名不同"),
    "birth": ("出生日期相同", "出生日期疑似笔误", "出生日期不同"),
    "sex": ("性别相同", "性别不同"),
    "household": ("电话与住址相同或相近", "电话或住址相同或相近", "电话与住址不同"),
}
"""Comparison → what its levels say, the strongest first. Missing on either side says nothing."""

MISSING = {"certificate": "证件号码缺失", "name": "姓名缺失", "birth": "出生日期缺失", "sex": "性别缺失",
           "household": "电话与住址缺失"}


def key_column(number: int) -> str:
    """Name of the column of a key."""
    return f"key_{number}"


def _weighted(p, level, name: str, **more):
    """A level with its two shares: among true duplicates (m), among different persons (u)."""
    return level.configure(m_probability=p[f"m_{name}"], u_probability=p[f"u_{name}"], fix_m_probability=True,
                           fix_u_probability=True, **more)


def _dice(column: str, least: float):
    return levels.DistanceFunctionLevel(column, "dice", least)


def _certificate(p) -> CustomComparison:
    valid = levels.LiteralMatchLevel("cert_valid", "1", "string", "both")
    near = _dice("certificate", p.near_certificate)
    return CustomComparison([
        levels.NullLevel("certificate"),
        _weighted(p, levels.ExactMatchLevel("certno"), "certificate_same"),
        _weighted(p, levels.And(near, levels.Not(valid)), "certificate_near"),
        _weighted(p, near, "certificate_near_valid"),
        _weighted(p, valid, "certificate_other_valid"),
        _weighted(p, levels.ElseLevel(), "certificate_other")], "certificate")


def _name(p) -> CustomComparison:
    same = levels.ExactMatchLevel("psn_name", term_frequency_adjustments=True)
    return CustomComparison([
        levels.NullLevel("name"),
        _weighted(p, same, "name_same", tf_minimum_u_value=p.u_name_floor),
        _weighted(p, _dice("name", p.near_name), "name_near"),
        _weighted(p, _dice("name", p.far_name), "name_far"),
        _weighted(p, levels.ElseLevel(), "name_other")], "name")


def _birth(p) -> CustomComparison:
    return CustomComparison([
        levels.NullLevel("brdy"),
        _weighted(p, levels.ExactMatchLevel("brdy"), "birth_same"),
        _weighted(p, levels.DistanceFunctionLevel("brdy", "date_slip", 1), "birth_slip"),
        _weighted(p, levels.ElseLevel(), "birth_other")], "birth")


def _sex(p) -> CustomComparison:
    return CustomComparison([
        levels.NullLevel("gend"), _weighted(p, levels.ExactMatchLevel("gend"), "sex_same"),
        _weighted(p, levels.ElseLevel(), "sex_other")], "sex")


def _household(p) -> CustomComparison:
    """Telephone and address together: families share both, so they are one piece of evidence, not two."""
    phone = levels.Or(levels.ExactMatchLevel("tel"), _dice("phone", p.near_phone))
    home = levels.Or(levels.ExactMatchLevel("live_addr"), _dice("address", p.near_address))
    return CustomComparison([
        levels.And(levels.NullLevel("tel"), levels.NullLevel("live_addr")),
        _weighted(p, levels.And(phone, home), "household_both"),
        _weighted(p, levels.Or(phone, home), "household_one"),
        _weighted(p, levels.ElseLevel(), "household_other")], "household")


def settings(p, prior: float, tables: int) -> Any:
    """Splink's settings for one table of persons, or for persons and a register.

    `prior` is the probability that two records drawn at random are one person.
    """
    return SettingsCreator(
        link_type="dedupe_only" if tables == 1 else "link_only", unique_id_column_name="psn_no",
        probability_two_random_records_match=min(prior, 0.5),
        comparisons=[_certificate(p), _name(p), _birth(p), _sex(p), _household(p)],
        blocking_rules_to_generate_predictions=[block_on(key_column(n)) for n in range(len(KEYS))],
        retain_matching_columns=True)  # with them Splink keeps what each comparison said

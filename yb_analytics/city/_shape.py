"""What the city is made of: declared constants, diagnoses, the catalogue, and streams of chance."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

FOLDER = Path(__file__).resolve().parent.parent / "knowledge"
AGE_BANDS = (0, 15, 45, 65)
COUNTIES = pd.DataFrame(
    [
        ("330402", "南湖区", 0.19, 120.78, 30.75),
        ("330411", "秀洲区", 0.13, 120.71, 30.77),
        ("330421", "嘉善县", 0.12, 120.92, 30.84),
        ("330424", "海盐县", 0.09, 120.94, 30.52),
        ("330481", "海宁市", 0.18, 120.68, 30.51),
        ("330482", "平湖市", 0.12, 121.02, 30.70),
        ("330483", "桐乡市", 0.17, 120.56, 30.63),
    ],
    columns=["code", "name", "share", "lnt", "lat"],
)
"""The seven counties (GB/T 2260); shares of persons are invented, centres rounded to 0.01 degrees."""

HOLIDAYS = {(1, 1): 3, (2, 10): 8, (4, 4): 3, (5, 1): 5, (6, 9): 3, (9, 16): 3, (10, 1): 7}
"""First day and length of holidays, alike in every year (the lunar ones move in truth)."""

KINDS = {"outpatient": 0, "chronic": 1, "emergency": 2, "pharmacy": 3, "stay": 4, "maternity": 5}
"""Kinds of care inside the generator."""


def stream(seed: int, name: str, month: int = 0, block: int = 0) -> np.random.Generator:
    """Independent stream of chance for one table, month and block of persons."""
    key = (zlib.crc32(name.encode()), month, block) if block else (zlib.crc32(name.encode()), month)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


@cache
def shape() -> SimpleNamespace:
    """Constants of the city, `knowledge/city_shape.csv`."""
    rows = pd.read_csv(FOLDER / "city_shape.csv")
    return SimpleNamespace(**dict(zip(rows["name"], rows["value"].astype(float), strict=True)))


@dataclass
class Pool:
    """Items to draw from, by diagnosis: rows `first[d]:first[d + 1]` of `items`, with cumulated weights."""

    first: np.ndarray
    items: np.ndarray
    cumulated: np.ndarray

    @classmethod
    def of(cls, weights: np.ndarray) -> Pool:
        """From a matrix diagnosis × item of weights."""
        row, col = np.nonzero(weights)
        value = weights[row, col]
        first = np.searchsorted(row, np.arange(len(weights) + 1))
        total = weights.sum(axis=1)[row]
        cumulated = np.concatenate([[0.0], np.cumsum(value / total)])
        inside = cumulated[1:] - cumulated[first[row]]
        return cls(first, col.astype(np.int32), np.minimum(inside, 1.0) + row)

    def draw(self, rng: np.random.Generator, group: np.ndarray) -> np.ndarray:
        """One item per entry of `group`; -1 where the group has none."""
        at = np.searchsorted(self.cumulated, group + rng.random(len(group)) * 0.999999, side="right")
        empty = self.first[group] == self.first[group + 1]
        at = np.clip(at, self.first[group], np.maximum(self.first[group + 1] - 1, 0))
        if len(self.items) == 0:
            return np.full(len(group), -1, dtype=np.int32)
        return np.where(empty, -1, self.items[np.minimum(at, len(self.items) - 1)])


@dataclass
class Book:
    """The catalogue and the diagnoses as arrays, and the pools drawn from."""

    items: pd.DataFrame
    diagnoses: pd.DataFrame
    price: np.ndarray
    limit: np.ndarray
    ahead: np.ndarray
    days: np.ndarray
    pools: dict[str, Pool]
    number: dict[str, int]
    disease: dict[str, int]

    def item(self, name: str) -> int:
        """Row of an item by its name."""
        return self.number[name]

    def with_role(self, *roles: str) -> np.ndarray:
        """Rows of the items of these roles."""
        return np.flatnonzero(self.items["role"].isin(roles).to_numpy())


def restricted(items: pd.DataFrame) -> np.ndarray:
    """Items whose use is limited by sex, age, level of hospital or kind of care."""
    limits = ["gend", "age_min", "age_max", "min_hosp_lv", "inpatient_only", "maternity_only"]
    return (items[limits] != "").any(axis=1).to_numpy()


def _numbers(items: pd.DataFrame, name: str, empty: float) -> np.ndarray:
    return pd.to_numeric(items[name].replace("", None)).fillna(empty).to_numpy(float)


def _weights(
    items: pd.DataFrame, sick: pd.DataFrame, roles: tuple[str, ...], setting: str, general: bool
) -> np.ndarray:
    fits = items["role"].isin(roles) & items["setting"].str.contains(setting)
    weight = pd.to_numeric(items["weight"]).to_numpy(float) * fits.to_numpy()
    out = np.zeros((len(sick), len(items)))
    for i, prefixes in enumerate(items["diag_prefix"]):
        if weight[i] <= 0:
            continue
        if prefixes:
            out[:, i] = weight[i] * sick["diag_code"].str.startswith(tuple(prefixes.split("|"))).to_numpy()
        elif general:
            out[:, i] = weight[i]
    return out


def _fallback(weights: np.ndarray, items: pd.DataFrame) -> np.ndarray:
    """Diagnoses with fewer than two drugs draw general ones for the want of better."""
    poor = (weights > 0).sum(axis=1) < 2
    plain = items["speciality"].isin(["全科", "消化"]) & items["role"].eq("drug")
    plain &= items["setting"].str.contains("outpatient") & items["gend"].eq("") & items["age_max"].eq("")
    weights[np.ix_(poor, plain.to_numpy())] += 0.3
    return weights


GENERAL_EXAMS = (
    "十二通道常规心电图",
    "数字化X线摄影（胸部）",
    "腹部彩色多普勒超声",
    "胸部CT平扫",
    "心脏彩色多普勒超声",
)
POOLS = {
    "drug_out": (("drug",), "outpatient", False),
    "drug_in": (("drug",), "inpatient", False),
    "drug_shop": (("drug",), "pharmacy", True),
    "lab": (("lab",), "inpatient", True),
    "exam": (("exam",), "inpatient", False),
    "treatment": (("treatment",), "inpatient", False),
    "treatment_out": (("treatment",), "outpatient", False),
    "surgery": (("surgery",), "inpatient", False),
    "implant": (("implant",), "inpatient", False),
}


@cache
def book() -> Book:
    """Catalogue and diagnoses, read once."""
    items = pd.read_csv(FOLDER / "catalogue.csv", dtype=str, keep_default_na=False)
    sick = pd.read_csv(FOLDER / "city_diagnoses.csv", dtype={"diag_code": str, "gend": str}).fillna({"gend": ""})
    pools = {}
    for name, (roles, setting, general) in POOLS.items():
        weights = _weights(items, sick, roles, setting, general)
        if name == "exam":
            weights[:, [n in GENERAL_EXAMS for n in items["hilist_name"]]] += 0.25
        pools[name] = Pool.of(_fallback(weights, items) if name.startswith("drug_o") else weights)
    price = np.round(_numbers(items, "pric", 0) * 100).astype(np.int64)
    limit = np.round(_numbers(items, "hilist_pric_uplmt_amt", -0.01) * 100).astype(np.int64)
    return Book(
        items,
        sick,
        price,
        limit,
        _numbers(items, "preselfpay_share", 0),
        _numbers(items, "days_per_unit", 0),
        pools,
        {n: i for i, n in enumerate(items["hilist_name"])},
        {c: i for i, c in enumerate(sick["diag_code"])},
    )

"""Who lives in the city: persons, households, employers, spells of insurance."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd

from yb_analytics.city._shape import COUNTIES, book, shape, stream

DAY = 86_400
FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡"
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰梅建国文辉力健永林志海"
    "宁福生龙元全胜学祥才发新利清飞彬顺子昌成康星光天达安岩茂进坚和振会思群豪"
)
"""Characters of invented names."""
ROADS = ("中山", "建国", "勤俭", "禾兴", "由拳", "洪兴", "文昌", "吉杨", "越秀", "东升", "景宜")
SHARED_TELEPHONE = 0.35
CHECK_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])  # GB 11643-1999


@dataclass
class People:
    """Persons as arrays; one row per person."""

    n: int
    county: np.ndarray
    sex: np.ndarray
    born: np.ndarray
    staff: np.ndarray
    retired: np.ndarray
    civil: np.ndarray
    assisted: np.ndarray
    employer: np.ndarray
    household: np.ndarray
    cell: np.ndarray
    frailty: np.ndarray
    chronic: np.ndarray
    interval: np.ndarray
    phase: np.ndarray
    begin: np.ndarray
    pause: np.ndarray
    death: np.ndarray
    base: np.ndarray
    psn_type: np.ndarray
    account: np.ndarray
    away: np.ndarray
    back: np.ndarray
    held: np.ndarray
    emp_county: np.ndarray
    emp_type: np.ndarray
    low: int = 0

    def age(self, day: float) -> np.ndarray:
        """Age in years on a day (days since 1970)."""
        return (day - self.born) / 365.25

    def number(self, index: np.ndarray) -> np.ndarray:
        """Person numbers (digits) of rows of this block."""
        return person_numbers(np.asarray(index, dtype=np.int64) + self.low)

    def part(self, low: int, high: int) -> People:
        """Persons `low` … `high - 1` as a block of their own; employers stay whole."""
        one = {f.name: getattr(self, f.name) for f in fields(self)}
        cut = {k: v[low:high] for k, v in one.items() if isinstance(v, np.ndarray) and not k.startswith("emp_")}
        return replace(self, n=high - low, low=self.low + low, **cut)


def _ages(rng: np.random.Generator, staff: np.ndarray, retired: np.ndarray) -> np.ndarray:
    n = len(staff)
    working = np.clip(rng.normal(39, 10, n), 18, 59.9)
    old = np.clip(rng.normal(69, 8, n), 50, 99)
    bands = rng.choice(4, n, p=[0.24, 0.10, 0.27, 0.39])
    low, high = np.array([0, 18, 40, 60])[bands], np.array([18, 40, 60, 60])[bands]
    resident = low + rng.random(n) * (high - low) + np.where(bands == 3, rng.gamma(2.2, 5.0, n), 0)
    return np.where(staff, np.where(retired, old, working), np.minimum(resident, 101))


def _chronic(rng: np.random.Generator, age: np.ndarray, sex: np.ndarray, staff: np.ndarray) -> np.ndarray:
    """Main chronic diagnosis of each person (row of the diagnoses), -1 for none."""
    sick = book().diagnoses
    share = np.select([age >= 65, age >= 45, age >= 25], [0.40, 0.14, 0.025], 0.0) * np.where(staff, 1.0, 0.42)
    named = ("I10", "I25.1", "E11", "E78", "J44", "I69", "N40", "B18", "M81", "F20", "G20", "E03", "G47", "I48")
    listed = np.flatnonzero(sick["diag_code"].str.startswith(named))
    weight = (
        sick["w65"].to_numpy(float)[listed]
        * (1 + 2 * sick["diag_code"].str.startswith(("I10", "E11")).to_numpy()[listed])
        + 0.4
    )
    out = np.where(rng.random(len(age)) < share, rng.choice(listed, len(age), p=weight / weight.sum()), -1)
    need = sick["gend"].to_numpy()[np.maximum(out, 0)]
    wrong = (out >= 0) & (need != "") & (need != sex.astype(str))
    return np.where(wrong, book().disease["I10.x00"], out)


def _employers(rng: np.random.Generator, n: int, county: np.ndarray, staff: np.ndarray) -> tuple:
    """Employer of each employee: heavy-tailed sizes, in the person's county nine times in ten."""
    count = max(30, n // 45)
    emp_county = rng.choice(7, count, p=COUNTIES["share"])
    emp_type = rng.choice(["10", "20", "30", "90"], count, p=[0.86, 0.06, 0.04, 0.04])
    size = rng.pareto(1.15, count) + 0.3
    employer = rng.choice(count, n, p=size / size.sum())
    for c in range(7):
        inside = np.flatnonzero(emp_county == c)
        if len(inside):
            mine = np.flatnonzero((county == c) & (rng.random(n) < 0.9))
            employer[mine] = rng.choice(inside, len(mine), p=size[inside] / size[inside].sum())
    return np.where(staff, employer, -1), emp_county, emp_type


def _spells(rng: np.random.Generator, n: int, first: int, months: int, age: np.ndarray) -> tuple:
    """Begin and pause of insurance and the day of death (0: none), in days since 1970."""
    span = int(months * 30.4)
    begin = np.full(n, first - 400) - rng.integers(0, 3000, n)
    late = rng.random(n) < 0.025
    begin[late] = first + rng.integers(0, span, late.sum())
    pause = np.zeros(n, dtype=np.int64)
    left = (rng.random(n) < 0.02) & ~late
    pause[left] = first + rng.integers(0, span, left.sum())
    yearly = np.clip(0.00018 * np.exp(0.083 * np.maximum(age - 20, 0)), 0, 0.6)
    gone = (rng.random(n) < 1 - (1 - yearly) ** (months / 12)) & ~left
    death = np.where(gone, first + rng.integers(0, span, n), 0)
    death = np.where(death <= begin, 0, death)
    return begin, pause, death


def _accounts(seed: int, staff: np.ndarray) -> dict[str, Any]:
    """What each personal account holds at the beginning (fen)."""
    opening = stream(seed, "accounts").gamma(0.9, shape().account_open * 100 / 0.9, len(staff))
    return {"account": np.where(staff, opening, 0).astype(np.int64)}


def _absences(seed: int, age: np.ndarray, first: int, months: int, death: np.ndarray) -> dict[str, Any]:
    """One absence at most per person: first and last day away (0: none), and whether it is custody."""
    s, rng, n, span = shape(), stream(seed, "absences"), len(age), int(months * 30.4)
    years = months / 12
    held = (rng.random(n) < s.custody_rate * years) & (age > 18) & (age < 70)
    abroad = ~held & (rng.random(n) < s.abroad_rate * years) & (age < 85)
    begin = first + rng.integers(-30, max(1, span), n)
    length = np.where(held, 5 + rng.exponential(s.custody_days, n), 2 + rng.gamma(1.1, s.abroad_days / 1.1, n))
    end = begin + np.minimum(length, 900).astype(np.int64)
    there = (held | abroad) & ((death == 0) | (end < death))
    return {"away": np.where(there, begin, 0), "back": np.where(there, end, 0), "held": held & there}


def make_people(seed: int, n: int, first: int, months: int) -> People:
    """People of a city; `first` is its first day (days since 1970)."""
    s, rng = shape(), stream(seed, "people")
    household = np.sort(rng.integers(0, max(2, int(n / 2.6)), n))
    home = rng.choice(7, household.max() + 1, p=COUNTIES["share"])
    cell = home * 12 + rng.integers(0, 12, len(home))
    staff = rng.random(n) < s.staff_share
    retired = staff & (rng.random(n) < s.retired_share)
    age = _ages(rng, staff, retired)
    sex = rng.choice([1, 2], n, p=[0.495, 0.505])
    county = home[household]
    employer, emp_county, emp_type = _employers(rng, n, county, staff)
    flexible = staff & ~retired & (rng.random(n) < s.flexible_share)
    employer = np.where(flexible, -1, employer)
    civil = staff & (employer >= 0) & np.isin(emp_type[np.maximum(employer, 0)], ["30"])
    psn_type = np.select(
        [civil & retired, retired, civil, flexible, staff, age < 18, age >= 60],
        ["1202", "1201", "1102", "1103", "1101", "14", "16"],
        "15",
    )
    begin, pause, death = _spells(rng, n, first, months, age)
    chronic = _chronic(rng, age, sex, staff)
    base = np.where(staff & ~retired, np.round(rng.lognormal(np.log(s.base_mean) - 0.08, 0.4, n), 0), 0.0)
    return People(
        n=n, county=county, sex=sex, born=(first - age * 365.25).astype(np.int64), staff=staff, retired=retired,
        civil=civil, assisted=~staff & (rng.random(n) < s.assisted_share), employer=employer, household=household,
        cell=cell[household], frailty=rng.gamma(1.3, 1 / 1.3, n) * (1 + 0.8 * (chronic >= 0)), chronic=chronic,
        interval=rng.choice([28, 30, 56, 84], n, p=[0.45, 0.3, 0.15, 0.1]), phase=rng.integers(0, 84, n), begin=begin,
        pause=pause, death=death, base=base, psn_type=psn_type, **_accounts(seed, staff),
        **_absences(seed, age, first, months, death), emp_county=emp_county, emp_type=emp_type)


def person_numbers(index: np.ndarray) -> np.ndarray:
    """Person number (digits) of each person."""
    return 33040000000000 + np.asarray(index, dtype=np.int64) * 7 + 1000003


def employer_numbers(index: np.ndarray) -> np.ndarray:
    """Employer number (digits); 0 for none."""
    index = np.asarray(index, dtype=np.int64)
    return np.where(index < 0, 0, 330400100000 + index * 3 + 17)


def credit_codes(index: np.ndarray, lead: str = "91") -> np.ndarray:
    """Unified social credit codes of 18 characters, invented: `91` enterprises, `52` other bodies."""
    number = np.asarray(index, dtype=np.int64)
    return np.array([f"{lead}330400MA{n * 7 % 100_000_000:08d}" for n in number])


def names(rng: np.random.Generator, n: int) -> np.ndarray:
    """Invented names."""
    family = np.array(list(FAMILY))[rng.integers(0, len(FAMILY), n)]
    given = np.array(list(GIVEN))
    one, two = given[rng.integers(0, len(given), n)], given[rng.integers(0, len(given), n)]
    return np.char.add(np.char.add(family, one), np.where(rng.random(n) < 0.8, two, ""))


def certificates(people: People) -> pd.Series:
    """Certificate numbers: no number twice, right check digits, in regions (3399xx) that do not exist."""
    born = pd.Series(pd.to_datetime(people.born, unit="D").strftime("%Y%m%d"))
    day = born.groupby([born, pd.Series(people.sex)]).cumcount().to_numpy()
    serial = 2 * (day + 25 * (people.low // 1_000_000)) % 1000 + (people.sex == 1)
    region = np.full(people.n, f"3399{people.low // 10_000 % 100:02d}")
    body = pd.Series(region) + born + pd.Series(serial).map("{:03d}".format)
    digits = np.frombuffer("".join(body).encode(), dtype=np.uint8).reshape(-1, 17).astype(np.int64) - ord("0")
    return body + pd.Series(np.array(list("10X98765432"))[digits @ CHECK_WEIGHTS % 11])


def addresses(people: People) -> pd.Series:
    """An invented address for each household."""
    house = pd.Series(people.household).astype(np.int64)
    road = np.array(ROADS)[(house * 31 % len(ROADS)).to_numpy()]
    parts = [house * 7919 % 899 + 1, house // 3 % 40 + 1, house % 28 + 1, house % 4 + 1]
    number, block, floor, door = (part.astype(str) for part in parts)
    return pd.Series(road) + "路" + number + "号" + block + "幢" + floor + "0" + door + "室"


def register(people: People, rng: np.random.Generator) -> pd.DataFrame:
    """`psn_info_b`; certificate numbers lie in regions that do not exist, telephones in no network."""
    n = people.n
    born = pd.to_datetime(people.born, unit="D")
    county = COUNTIES["code"].to_numpy()
    moved = rng.random(n) < 0.05
    own = "100" + pd.Series(rng.integers(10_000_000, 99_999_999, n)).astype(str)
    home = "101" + pd.Series(people.household.astype(np.int64) * 104_729 % 90_000_000 + 10_000_000).astype(str)
    return pd.DataFrame(
        {
            "psn_no": people.number(np.arange(n)),
            "psn_name": names(rng, n),
            "certno": certificates(people),
            "tel": np.where(rng.random(n) < SHARED_TELEPHONE, home, own),
            "live_addr": addresses(people),
            "gend": people.sex.astype(str),
            "brdy": born,
            "resd_loc_admdvs": np.where(moved, county[rng.integers(0, 7, n)], county[people.county]),
            "surv_stas": np.where((people.death > 0) & (rng.random(n) < 0.9), "2", "1"),
        }
    )

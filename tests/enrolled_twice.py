"""A register of persons with known duplicates, and the people a linker is tempted to confuse.

The corruptor knows nothing of the comparison levels: its errors are those clerks make (literature: Christen and
Vatsalan 2013, "Flexible and extensible generation and corruption of personal data"; homophones and look-alikes are
common confusions of Chinese input). All persons are invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd


def _words(text: str) -> list[str]:
    return text.split()


SURNAMES = {s.rstrip("0123456789."): float(s.lstrip(s.rstrip("0123456789."))) for s in _words(
    "王7.2 李7.1 张6.8 刘5.4 陈4.6 杨3.1 黄2.2 赵2.0 吴2.1 周1.9 徐1.7 孙1.5 马1.3 朱1.3 "
    "胡1.3 郭1.2 何1.2 林1.2 高1.0 罗1.0 沈1.6 陆1.5 钱1.0 姚0.9 俞0.6 金0.8 顾0.7 许0.8 "
    "戴0.4 费0.2 欧阳0.1 章0.3 盛0.3 计0.2 褚0.1 屠0.1 ")}
"""Surname and its share in percent, about."""
GIVEN = ("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰梅建国文辉力健永林志海燕红春雪梓涵浩宇欣怡子轩一诺雨泽"
         "思远佳琪晓峰国良金根阿毛水珍凤仙荣富宝珠惠琴雅芝嘉豪俊杰丹云莉斌锋瑞庆忠义礼信东南西北中山川河江湖泉石木")
HOMOPHONES = dict(_words(
    "伟玮 芳方 娜那 敏闵 静靖 丽莉 强镪 军君 勇永 艳燕 杰洁 娟鹃 涛滔 明鸣 超朝 秀绣 霞遐 平萍 华骅 梅玫 辉晖 志智 "
    "海骸 红虹 宇羽 晓小 峰锋 良梁 荣蓉 惠慧 琴芹 雅娅 嘉佳 俊骏 沈申 陆路 徐许 章张 周邹 金今 "))
LOOKALIKES = dict(_words(
    "芳苏 娜挪 静净 军车 勇男 杰木 娟捐 明朋 平干 兰三 国围 文丈 力刀 永水 林木 志忘 子孑 天夭 王玉 李季 陈阵 刘浏 "
    "吴昊 朱未 钱线 戴载 金全 晓哓 未末 士土 燕蒸 根粮 珍诊 富副 "))
COUNTIES = ["330402", "330411", "330421", "330424", "330481", "330482", "330483"]
ROADS = _words("中山 建国 勤俭 禾兴 由拳 洪兴 文昌 新气象 吉杨 越秀 东升 景宜 友谊 海盐塘")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass
class Register:
    """`persons` as a delivery of `psn_info_b`; `truth` pairs by kind; `strangers` pairs that are two persons."""

    persons: pd.DataFrame
    truth: pd.DataFrame
    strangers: pd.DataFrame


def certificate(region: str, born: date, serial: int) -> str:
    """A number with a right check digit."""
    body = f"{region}{born:%Y%m%d}{serial % 1000:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def _name(rng) -> str:
    surname = rng.choice(list(SURNAMES), p=np.array(list(SURNAMES.values())) / sum(SURNAMES.values()))
    # given names are as uneven as real ones: few characters make most of them
    weight = 1 / (np.arange(len(GIVEN)) + 6)
    chosen = rng.choice(list(GIVEN), 2, p=weight / weight.sum())
    return str(surname) + "".join(chosen[:1 if rng.random() < 0.18 else 2])


def _address(rng) -> str:
    house, block, floor, door = (int(rng.integers(1, most)) for most in (900, 40, 30, 5))
    return f"嘉兴市{rng.choice(ROADS)}路{house}号{block}幢{floor}0{door}室"


def _person(rng, born: date | None = None, **given) -> dict:
    born = born or date(1938, 1, 1) + timedelta(days=int(rng.integers(0, 30_000)))
    sex = given.pop("gend", str(rng.integers(1, 3)))
    serial = int(rng.integers(0, 500)) * 2 + (1 if sex == "1" else 0)
    region = given.pop("region", str(rng.choice(COUNTIES)))
    person = {"psn_name": _name(rng), "certno": certificate(region, born, serial), "gend": sex, "brdy": born,
              "tel": f"1{rng.choice(['38', '39', '57', '86', '77'])}{rng.integers(10**7, 10**8):08d}"[:11],
              "live_addr": _address(rng), "resd_loc_admdvs": region}
    return person | given


# ---- errors

def _swap(rng, text: str) -> str:
    places = [i for i in range(len(text) - 1) if text[i] != text[i + 1]]
    if not places:
        return text
    i = int(rng.choice(places))
    return text[:i] + text[i + 1] + text[i] + text[i + 2:]


def _digit(rng, text: str) -> str:
    i = int(rng.choice([i for i, c in enumerate(text) if c.isdigit()]))
    return text[:i] + str((int(text[i]) + int(rng.integers(1, 10))) % 10) + text[i + 1:]


def _wrong_name(rng, name: str) -> str:
    kind = rng.choice(["homophone", "lookalike", "drop", "add", "swap", "other"], p=[.45, .25, .08, .07, .07, .08])
    table = {"homophone": HOMOPHONES, "lookalike": LOOKALIKES}.get(str(kind), {})
    known = [i for i, c in enumerate(name) if table.get(c, c) != c]
    if known:
        i = int(rng.choice(known))
        return name[:i] + table[name[i]] + name[i + 1:]
    if kind == "drop" and len(name) > 2:
        return name[:-1] if rng.random() < 0.5 else name[:1] + name[2:]
    if kind == "add":
        return name + str(rng.choice(list(GIVEN)))
    if kind == "swap" and len(name) > 2:
        return name[0] + name[2] + name[1] + name[3:]
    i = int(rng.integers(1, len(name)))
    return name[:i] + str(rng.choice(list(GIVEN))) + name[i + 1:]


def _wrong_date(rng, born: date) -> date:
    kind = rng.choice(["swap", "day", "digit", "month"], p=[.3, .3, .3, .1])
    if kind == "swap" and born.day <= 12:
        return date(born.year, born.day, born.month)
    if kind == "digit":
        year = int(_digit(rng, str(born.year))[2:]) + (1900 if born.year < 2000 else 2000)
        return born.replace(year=min(max(year, 1920), 2024), day=min(born.day, 28))
    if kind == "month":
        return born.replace(month=born.month % 12 + 1, day=min(born.day, 28))
    return born + timedelta(days=int(rng.choice([-1, 1])))


def _wrong_certificate(rng, number: str) -> str:
    kind = rng.choice(["digit", "swap", "drop", "x"], p=[.55, .3, .05, .1])
    if kind == "digit":
        return _digit(rng, number)
    if kind == "swap":
        return number[:6] + _swap(rng, number[6:])
    if kind == "drop":
        i = int(rng.integers(0, 17))
        return number[:i] + number[i + 1:]
    return number[:-1] + ("x" if number[-1] == "X" else str(rng.integers(0, 10)))


def obvious(rng, person: dict) -> dict:
    """The same person entered again: other spelling of the same values, or one error; may have moved."""
    again = dict(person)
    style = rng.choice(["same", "format", "name", "certificate", "date", "moved"], p=[.15, .2, .2, .2, .1, .15])
    number = person["certno"]
    if style == "format":
        again["psn_name"] = f" {person['psn_name'][0]}　{person['psn_name'][1:]} "
        old = number[6:8] == "19" and rng.random() < 0.6
        again["certno"] = number[:6] + number[8:17] if old else number.lower()
        again["tel"] = f"+86 {person['tel'][:3]}-{person['tel'][3:7]}-{person['tel'][7:]}"
    if style == "name":
        again["psn_name"] = _wrong_name(rng, person["psn_name"])
    if style == "certificate":
        again["certno"] = _wrong_certificate(rng, number)
    if style == "date":
        again["brdy"] = _wrong_date(rng, person["brdy"])
    if style == "moved" or rng.random() < 0.3:
        again["live_addr"] = _address(rng)
    if rng.random() < 0.3:
        again["tel"] = f"139{rng.integers(10**7, 10**8):08d}"
    return again


def subtle(rng, person: dict) -> dict:
    """Two or three errors at once, values missing, moved, a new telephone."""
    again = dict(person)
    wrong = rng.choice(["name", "certificate", "date"], int(rng.integers(2, 4)), replace=False)
    if "name" in wrong:
        again["psn_name"] = _wrong_name(rng, person["psn_name"])
    if "certificate" in wrong:
        missing = rng.random() < 0.3
        again["certno"] = None if missing else _wrong_certificate(rng, person["certno"])
    if "date" in wrong:
        again["brdy"] = _wrong_date(rng, person["brdy"])
    for field, new in (("live_addr", _address(rng)), ("tel", f"150{rng.integers(10**7, 10**8):08d}")):
        again[field] = rng.choice([person[field], new, None], p=[.4, .4, .2])
    return again


# ---- people who are two

def _twins(rng) -> list[dict]:
    one = _person(rng)
    sex = one["gend"] if rng.random() < 0.6 else str(3 - int(one["gend"]))
    serial = int(one["certno"][14:17]) + (2 if sex == one["gend"] else 1)
    region, born = one["certno"][:6], one["brdy"]
    shared = one["psn_name"][:-1] if rng.random() < 0.6 else one["psn_name"][0]
    name = (shared + str(rng.choice(list(GIVEN))) + str(rng.choice(list(GIVEN))))[:max(len(one["psn_name"]), 2)]
    if name == one["psn_name"]:
        name = name[:-1] + ("凡" if name[-1] != "凡" else "帆")
    return [one, one | {"psn_name": name, "gend": sex, "certno": certificate(region, born, serial)}]


def _siblings(rng) -> list[dict]:
    one = _person(rng)
    other = _person(rng, born=one["brdy"] + timedelta(days=int(rng.integers(330, 2500))), tel=one["tel"],
                    live_addr=one["live_addr"], region=one["certno"][:6])
    return [one, other | {"psn_name": one["psn_name"][:2] + other["psn_name"][-1]}]


def _namesakes(rng) -> list[dict]:
    one = _person(rng, psn_name=str(rng.choice(["王伟", "李娜", "张敏", "陈静", "王芳", "李伟"])))
    return [one, _person(rng, born=one["brdy"], psn_name=one["psn_name"], gend=one["gend"])]


def _spouses(rng) -> list[dict]:
    one = _person(rng)
    near = one["brdy"] + timedelta(days=int(rng.integers(-900, 900)))
    return [one, _person(rng, born=near, tel=one["tel"], live_addr=one["live_addr"], gend=str(3 - int(one["gend"])))]


STRANGERS = {"twins": _twins, "siblings": _siblings, "namesakes": _namesakes, "spouses": _spouses}


def register(persons: int, duplicates: int, strangers: int, seed: int) -> Register:
    """Persons, of whom `duplicates` are there twice obviously and as many subtly; so many pairs of each stranger."""
    rng = np.random.default_rng(seed)
    rows = list({p["certno"]: p for p in (_person(rng) for _ in range(persons))}.values())
    given, persons = {p["certno"] for p in rows}, len(rows)  # no number is given twice
    truth: list[tuple[int, int, str]] = []
    apart: list[tuple[int, int, str]] = []
    doubled = rng.choice(persons, 2 * duplicates, replace=False)
    for k, i in enumerate(doubled):
        kind, again = ("obvious", obvious) if k < duplicates else ("subtle", subtle)
        truth.append((int(i), len(rows), kind))
        rows.append(again(rng, rows[int(i)]))
    for kind, make in STRANGERS.items():
        for _ in range(strangers):
            pair = make(rng)
            while given & {p["certno"] for p in pair} or pair[0]["certno"] == pair[1]["certno"]:
                pair = make(rng)
            given |= {p["certno"] for p in pair}
            apart.append((len(rows), len(rows) + 1, kind))
            rows += pair
    order = rng.permutation(len(rows))  # numbers tell nothing about who belongs to whom
    number = np.array([f"3304{n:010d}" for n in order])
    frame = pd.DataFrame(rows).assign(psn_no=number)
    frame["brdy"] = pd.to_datetime(frame["brdy"]).dt.strftime("%Y-%m-%d")

    def pairs(found: list[tuple[int, int, str]]) -> pd.DataFrame:
        ends = [sorted((number[a], number[b])) for a, b, _ in found]
        kinds = [kind for _, _, kind in found]
        return pd.DataFrame(ends, columns=["left", "right"]).assign(kind=kinds)

    return Register(frame.sort_values("psn_no", ignore_index=True), pairs(truth), pairs(apart))

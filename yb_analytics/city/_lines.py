"""Fee lines of visits and stays: what was done, how often, at what price."""

from __future__ import annotations

import numpy as np
import pandas as pd

from yb_analytics.city._providers import TIERS
from yb_analytics.city._shape import KINDS
from yb_analytics.city._town import DAY, Town, day_of

SERVICE = ("201",)
HOUR = 3600
FRAME = ["v", "item", "cnt", "at", "pric", "take", "supply", "plant", "excess", "flag"]
STAY_DRUGS, STAY_VIALS = 3.2, 5.2
"""Drugs a day in hospital and vials of each (invented; they bring costs near the bulletin)."""


def _frame(v, item, cnt=1.0, at=0, **other) -> pd.DataFrame:
    size = len(v)
    values = {
        "v": v,
        "item": item,
        "cnt": cnt,
        "at": at,
        "pric": other.get("pric", -1),
        "take": other.get("take", 0),
        "supply": other.get("supply", 0),
        "plant": -1,
        "excess": 0,
        "flag": other.get("flag", -1),
    }
    return pd.DataFrame({n: np.broadcast_to(x, size) for n, x in values.items()})


def _packs(town: Town, item: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Packs that cover so many days."""
    per = town.book.days[item]
    return np.where(per > 0, np.maximum(1, np.floor(days / np.maximum(per, 1) + 0.35)), 1.0)


def _consultation(town: Town, rng: np.random.Generator, v: pd.DataFrame) -> pd.DataFrame:
    b = town.book
    tier, level = town.providers.tier[v["inst"]], town.providers.level[v["inst"]]
    u = rng.random(len(v))
    hospital = np.select(
        [u < 0.5, u < 0.85], [b.item("普通门诊诊察费"), b.item("副主任医师门诊诊察费")], b.item("主任医师门诊诊察费")
    )
    item = np.where(
        level >= 2, hospital, np.where(tier == TIERS.index("primary"), b.item("一般诊疗费"), b.item("普通门诊诊察费"))
    )
    item = np.where(v["kind"] == KINDS["emergency"], b.item("急诊诊察费"), item)
    return _frame(v.index.to_numpy(), item, 1.0, v["beg"].to_numpy())


def _several(rng: np.random.Generator, v: pd.DataFrame, count: np.ndarray) -> pd.DataFrame:
    """Rows of visits repeated."""
    return v.loc[np.repeat(v.index.to_numpy(), count)]


def _drawn(town: Town, rng: np.random.Generator, pool: str, v: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Items drawn by diagnosis; visits whose pool is empty are left out."""
    item = town.book.pools[pool].draw(rng, np.maximum(v["diag"].to_numpy(), 0))
    return v[item >= 0], item[item >= 0]


def _clinic_lines(town: Town, rng: np.random.Generator, v: pd.DataFrame) -> list[pd.DataFrame]:
    """Lines of outpatient care in general."""
    level = town.providers.level[v["inst"]]
    dental = town.book.diagnoses["dept"].to_numpy()[v["diag"]] == "口腔"
    out = [_consultation(town, rng, v)]
    some, item = _drawn(
        town,
        rng,
        "drug_out",
        _several(rng, v, np.where(dental, rng.binomial(1, 0.5, len(v)), 1 + rng.poisson(1.8, len(v)))),
    )
    days = rng.choice([7, 10, 14, 14, 28], len(some))
    out.append(_frame(some.index, item, _packs(town, item, days), some["beg"] + 900, supply=days))
    labs = np.where(rng.random(len(v)) < np.array([0, 0.15, 0.55, 0.65])[level], 1 + rng.poisson(2.2, len(v)), 0)
    some, item = _drawn(town, rng, "lab", _several(rng, v, labs * ~dental))
    out.append(_frame(some.index, item, 1.0, some["beg"] + 1200))
    exams = rng.binomial(2, np.array([0, 0.05, 0.32, 0.42])[level]) * ~dental
    some, item = _drawn(town, rng, "exam", _several(rng, v, exams))
    out.append(_frame(some.index, item, 1.0, some["beg"] + 1500))
    treated = (rng.random(len(v)) < 0.40) | dental
    some, item = _drawn(town, rng, "treatment_out", v[treated])
    out.append(_frame(some.index, item, 1.0, some["beg"] + 1800))
    herbal = v[rng.random(len(v)) < 0.06]
    some = _several(rng, herbal, rng.integers(7, 13, len(herbal)))
    herbs = town.book.with_role("herb")
    out.append(
        _frame(
            some.index,
            rng.choice(herbs, len(some)),
            rng.choice([7.0, 7.0, 10.5, 14.0], len(some)),
            some["beg"] + 1000,
            supply=7,
        )
    )
    drip = v[(rng.random(len(v)) < 0.06) & (v["kind"] != KINDS["maternity"])]
    for name, count in (("氯化钠注射液 100ml", 2.0), ("静脉输液", 1.0), ("一次性使用输液器", 1.0)):
        out.append(_frame(drip.index, np.full(len(drip), town.book.item(name)), count, drip["beg"] + 1100))
    return out


def _regimen_lines(town: Town, rng: np.random.Generator, v: pd.DataFrame) -> list[pd.DataFrame]:
    """Chronic care: the same two or three drugs, packs that add up to the days passed; a check now and then."""
    out = [_consultation(town, rng, v)]
    pool = town.book.pools["drug_out"]
    for turn in range(3):
        who = v if turn < 2 else v[v["person"] % 3 == 0]
        fixed = np.random.default_rng(town.seed * 7 + turn).random(town.people.n)[who["person"]]
        diag = who["diag"].to_numpy()
        at = np.searchsorted(pool.cumulated, diag + fixed * 0.999999, side="right")
        item = pool.items[np.clip(at, pool.first[diag], np.maximum(pool.first[diag + 1] - 1, 0))]
        days, per = who["supply"].to_numpy(), np.maximum(town.book.days[item], 1)
        number = (day_of(who["beg"].to_numpy()) + 60) // np.maximum(days, 1)
        cnt = np.floor((number + 1) * days / per) - np.floor(number * days / per)
        out.append(_frame(who.index, item, cnt, who["beg"] + 900 + turn, supply=days)[cnt > 0])
    some, item = _drawn(town, rng, "lab", _several(rng, v, np.where(rng.random(len(v)) < 0.2, 2, 0)))
    out.append(_frame(some.index, item, 1.0, some["beg"] + 1200))
    return out


def _shop_lines(town: Town, rng: np.random.Generator, v: pd.DataFrame) -> list[pd.DataFrame]:
    some, item = _drawn(town, rng, "drug_shop", _several(rng, v, 1 + rng.poisson(1.35, len(v))))
    cnt = rng.choice([1.0, 2.0, 3.0], len(some), p=[0.48, 0.40, 0.12])
    return [_frame(some.index, item, cnt, some["beg"], supply=np.minimum(town.book.days[item] * cnt, 60))]


def _daily(town: Town, rng: np.random.Generator, v: pd.DataFrame, length: np.ndarray) -> list[pd.DataFrame]:
    """What is charged every day in hospital."""
    b, level = town.book, town.providers.level[v["inst"]]
    days = np.repeat(v.index.to_numpy(), length)
    offset = np.arange(len(days)) - np.repeat(np.cumsum(length) - length, length)
    at = np.repeat(v["beg"].to_numpy() // DAY * DAY, length) + offset * DAY + 16 * HOUR
    first = np.minimum(np.maximum(at, np.repeat(v["beg"].to_numpy(), length) + 600), at // DAY * DAY + DAY - 600)
    at = np.where(offset == 0, first, at - 7 * HOUR)
    bed = np.where((rng.random(len(v)) < 0.4) & (level >= 2), b.item("双人间床位费"), b.item("三人间床位费"))
    grave = (v["surgery"].to_numpy() >= 0) | (rng.random(len(v)) < 0.22)
    nurse = np.where(
        grave, b.item("一级护理"), np.where(rng.random(len(v)) < 0.75, b.item("二级护理"), b.item("三级护理"))
    )
    nurse = np.where(np.repeat(grave, length) & (offset > 3), b.item("二级护理"), np.repeat(nurse, length))
    out = [
        _frame(days, np.repeat(bed, length), 1.0, at),
        _frame(days, nurse, 1.0, at + 60),
        _frame(days, np.full(len(days), b.item("住院诊察费")), 1.0, at + 120),
    ]
    watched = np.repeat(grave, length) & (offset < 6)
    monitor = np.where(rng.random(watched.sum()) < 0.7, b.item("心电监测"), b.item("遥测心电监护"))
    out.append(_frame(days[watched], monitor, rng.integers(6, 25, watched.sum()), at[watched] + 180))
    mental = np.repeat(np.isin(town.book.diagnoses["dept"].to_numpy()[v["diag"]], ["精神"]), length)
    out.append(_frame(days[mental], np.full(mental.sum(), b.item("精神科监护")), 1.0, at[mental] + 240))
    return [*out, *_drug_days(town, rng, v, length, days, at)]


def _drug_days(
    town: Town, rng: np.random.Generator, v: pd.DataFrame, length: np.ndarray, days: np.ndarray, at: np.ndarray
) -> list[pd.DataFrame]:
    """Drugs, infusions and treatments by day; how much varies by stay with a heavy tail."""
    level = town.providers.level[v["inst"]]
    force = rng.lognormal(0.3, 0.7, len(v)) * np.array([1, 0.7, 1.0, 1.4])[level] * np.where(length > 30, 0.55, 1)
    per_day = rng.poisson(np.repeat(1 + STAY_DRUGS * np.minimum(force, 2.2), length) * 0.5)
    which = np.repeat(np.arange(len(days)), per_day)
    rows = v.loc[days[which]]
    item = town.book.pools["drug_in"].draw(rng, rows["diag"].to_numpy())
    heavy = np.repeat(np.repeat(force, length), per_day)
    vial = np.isin(town.book.items["unit"].to_numpy()[np.maximum(item, 0)], ["支", "瓶", "袋"])
    cnt = np.where(vial, 1 + rng.poisson(np.minimum(heavy * STAY_VIALS, 24)), 1)
    keep = item >= 0
    out = [_frame(rows.index[keep], item[keep], cnt[keep], at[which][keep] + 300)]
    for name, share, count in (
        ("静脉输液", 0.8, 1),
        ("一次性使用输液器", 0.8, 1),
        ("氯化钠注射液 100ml", 0.7, 2),
        ("血氧饱和度监测", 0.12, 12),
        ("氧气吸入", 0.14, 12),
    ):
        hit = rng.random(len(days)) < share * np.repeat(np.minimum(force, 1.2), length)
        out.append(_frame(days[hit], np.full(hit.sum(), town.book.item(name)), float(count), at[hit] + 360))
    treat = days[rng.random(len(days)) < 0.8]
    some, item = _drawn(town, rng, "treatment", v.loc[treat])
    when = (v["beg"].to_numpy() // DAY * DAY)[v.index.get_indexer(some.index)]
    step = some.groupby(level=0).cumcount().to_numpy()
    out.append(_frame(some.index, item, 1.0, when + step * DAY + 18 * HOUR))
    return out


def _stay_once(town: Town, rng: np.random.Generator, v: pd.DataFrame, length: np.ndarray) -> list[pd.DataFrame]:
    """Laboratory, imaging, materials, and drugs to take home."""
    level, out = town.providers.level[v["inst"]], []
    labs = rng.poisson(np.array([0, 6.0, 13.0, 17.0])[level] + np.minimum(length, 25) * 0.6) + 2
    some, item = _drawn(town, rng, "lab", _several(rng, v, labs))
    shift = (rng.beta(0.6, 1.6, len(some)) * np.repeat(length, labs)[: len(some)]).astype(int) if len(some) else 0
    out.append(_frame(some.index, item, 1.0, some["beg"] // DAY * DAY + shift * DAY + 19 * HOUR))
    exams = rng.poisson(np.array([0, 1.6, 5.0, 7.0])[level])
    some, item = _drawn(town, rng, "exam", _several(rng, v, exams))
    shift = (rng.random(len(some)) * np.minimum(some.groupby(level=0).size().reindex(some.index), 4)).astype(int)
    out.append(_frame(some.index, item, 1.0, some["beg"] // DAY * DAY + shift * DAY + 20 * HOUR))
    some = _several(rng, v, rng.poisson(1.2, len(v)))
    out.append(
        _frame(
            some.index,
            rng.choice(town.book.with_role("material"), len(some)),
            1.0,
            some["beg"] // DAY * DAY + 21 * HOUR,
        )
    )
    home = v[(rng.random(len(v)) < 0.5) & (v["dscg"] == 1)]
    some, item = _drawn(town, rng, "drug_out", _several(rng, home, np.full(len(home), 2)))
    out.append(
        _frame(some.index, item, _packs(town, item, np.full(len(some), 7)), some["end"] - HOUR, take=1, supply=7)
    )
    return out


def _operation_lines(town: Town, rng: np.random.Generator, v: pd.DataFrame) -> list[pd.DataFrame]:
    """Surgery with anaesthesia, material and implants on the second day or the first."""
    v = v[v["surgery"] >= 0]
    b, at = town.book, v["beg"] // DAY * DAY + 22 * HOUR
    asleep = rng.random(len(v)) < 0.6
    out = [
        _frame(v.index, v["surgery"].to_numpy(), 1.0, at),
        _frame(v.index, np.where(asleep, b.item("全身麻醉"), b.item("椎管内麻醉")), 1.0, at),
        _frame(v.index, np.full(len(v), b.item("一次性气管插管")), 1.0, at)[asleep],
    ]
    for role, count in (("anaesthesia", 2), ("surgery_material", 3)):
        some = _several(rng, v, np.full(len(v), count))
        out.append(
            _frame(
                some.index,
                rng.choice(b.with_role(role), len(some)),
                1.0 + rng.poisson(1.5, len(some)),
                some["beg"] // DAY * DAY + 22 * HOUR,
            )
        )
    some, item = _drawn(town, rng, "implant", _several(rng, v, rng.integers(2, 5, len(v))))
    out.append(_frame(some.index, item, 1.0 + rng.poisson(0.5, len(some)), some["beg"] // DAY * DAY + 22 * HOUR))
    return out


def _intensive(town: Town, rng: np.random.Generator, v: pd.DataFrame, length: np.ndarray) -> list[pd.DataFrame]:
    """Days in intensive care: few stays, much of the money."""
    b, level = town.book, town.providers.level[v["inst"]]
    mental = town.book.diagnoses["dept"].to_numpy()[v["diag"]] == "精神"
    grave = (rng.random(len(v)) < np.array([0, 0, 0.07, 0.15])[level]) & (length > 3) & ~mental
    days = np.minimum(length[grave] - 1, 1 + rng.geometric(0.16, grave.sum()))
    rows = _several(rng, v[grave], days)
    at = rows["beg"] // DAY * DAY + (np.arange(len(rows)) - np.repeat(np.cumsum(days) - days, days)) * DAY + 23 * HOUR
    hours = rng.integers(20, 25, len(rows))
    out = [_frame(rows.index, np.full(len(rows), b.item("重症监护")), hours, at)]
    for name, count in (("人血白蛋白 10g", 2), ("美罗培南 0.5g", 6), ("脂肪乳氨基酸葡萄糖注射液 1440ml", 1)):
        out.append(_frame(rows.index, np.full(len(rows), b.item(name)), float(count), at)[rng.random(len(rows)) < 0.7])
    return out


def _planned_lines(found: pd.DataFrame, planned: pd.DataFrame) -> list[pd.DataFrame]:
    """Lines that a plan names."""
    at = found.loc[found["recipe"] > 0, ["key", "beg", "end", "kind"]].reset_index(names="v")
    rows = planned.merge(at, on="key")
    stay = rows["kind"] == KINDS["stay"]
    when = np.where(
        stay & (rows["day"] > 0), rows["beg"] // DAY * DAY + rows["day"] * DAY + 11 * HOUR, rows["beg"] + 300
    )
    return [
        _frame(
            rows["v"].to_numpy(),
            rows["item"].to_numpy(),
            rows["cnt"].to_numpy(),
            when,
            pric=rows["pric"].to_numpy(),
            flag=rows["flag"].to_numpy(),
        )
    ]


def allowed(town: Town, found: pd.DataFrame, v: np.ndarray, item: np.ndarray) -> np.ndarray:
    """Honest limits: sex, age, level of institution, maternity, kind of care."""
    items, who, inst = town.book.items, found["person"].to_numpy()[v], found["inst"].to_numpy()[v]
    sex = items["gend"].to_numpy()[item]
    age = (found["beg"].to_numpy()[v] / DAY - town.people.born[who]) / 365.25
    oldest = pd.to_numeric(items["age_max"].replace("", None)).fillna(200).to_numpy()[item]
    youngest = pd.to_numeric(items["age_min"].replace("", None)).fillna(0).to_numpy()[item]
    least = items["min_hosp_lv"].replace("", "0").to_numpy(int)[item]
    level, kind, med = town.providers.level[inst], found["kind"].to_numpy()[v], found["med"].to_numpy()[v]
    ok = (sex == "") | (sex == town.people.sex[who].astype(str))
    ok &= (age < oldest) & (age >= youngest)
    ok &= (level >= least) | ((kind == KINDS["pharmacy"]) & (least == 0))
    ok &= (items["inpatient_only"].to_numpy()[item] == "") | (kind == KINDS["stay"])
    return ok & ((items["maternity_only"].to_numpy()[item] == "") | np.isin(med, [51, 52]))


def _within(found: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Nothing is charged after discharge."""
    v = lines["v"].to_numpy(np.int64)
    stay = (found["kind"].to_numpy() == KINDS["stay"])[v]
    lines["at"] = np.where(stay, np.minimum(lines["at"], found["end"].to_numpy()[v] - 60), lines["at"]).astype(
        np.int64
    )
    return lines


def _merged(town: Town, found: pd.DataFrame, parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Honest lines within limits, one line per visit, item and day."""
    all_ = _within(found, pd.concat([p for p in parts if len(p)], ignore_index=True))
    v, item = all_["v"].to_numpy(np.int64), all_["item"].to_numpy(np.int64)
    all_ = all_[allowed(town, found, v, item)]
    code = (all_["v"].to_numpy(np.int64) * 1024 + all_["item"].to_numpy(np.int64)) * 256 + (
        day_of(all_["at"].to_numpy(np.int64)) % 256
    )
    return all_[~pd.Series(code, index=all_.index).duplicated()]


def _bundled(town: Town, lines: pd.DataFrame) -> pd.DataFrame:
    """Honest bills never charge an item beside one that includes it on the same day."""
    number = {c: i for i, c in enumerate(town.book.items["hilist_code"])}
    wide = [(i, number[c]) for i, text in enumerate(town.book.items["includes"]) for c in text.split("|") if c]
    pair = pd.DataFrame(wide, columns=["item", "part"])
    day = day_of(lines["at"].to_numpy())
    whole = lines.assign(day=day)[["v", "item", "day"]].merge(pair, on="item")
    taken = set(zip(whole["v"], whole["part"], whole["day"], strict=True))
    parts = lines["item"].isin(pair["part"]).to_numpy()
    keys = zip(lines["v"].to_numpy()[parts], lines["item"].to_numpy()[parts], day[parts], strict=True)
    drop = np.zeros(len(lines), dtype=bool)
    drop[np.flatnonzero(parts)] = [k in taken for k in keys]
    return lines[~drop]


def priced(town: Town, found: pd.DataFrame, lines: pd.DataFrame, month: int) -> pd.DataFrame:
    """Lines with the price of their institution: services by level, drugs near the list, never above the limit."""
    item, inst = lines["item"].to_numpy(), found["inst"].to_numpy()[lines["v"]]
    b, level = town.book, town.providers.level[inst]
    service = b.items["list_type"].isin(SERVICE).to_numpy()[item]
    factor = np.where(service, np.array([1.0, 0.86, 0.94, 1.0])[level], town.providers.rate[inst] + 0.05)
    shop = b.items["chrgitm_lv"].to_numpy()[item] == "03"
    price = np.round(b.price[item] * factor * np.where(shop, 1.04, 1.0)).astype(np.int64)
    limit = b.limit[item]
    price = np.where(limit >= 0, np.minimum(price, limit), price)
    lines["pric"] = np.where(lines["pric"] >= 0, lines["pric"], np.maximum(price, 1))
    return lines


def month_lines(town: Town, found: pd.DataFrame, planned: pd.DataFrame, month: int) -> pd.DataFrame:
    """All lines of the visits of a month; `found` is indexed 0…n-1."""
    rng = town.stream("lines", month)
    usual = found[found["recipe"].isin([0, 2]) & (found["diag"] >= 0)]
    k = usual["kind"]
    parts = _clinic_lines(town, rng, usual[k.isin([KINDS["outpatient"], KINDS["emergency"], KINDS["maternity"]])])
    parts += _regimen_lines(town, rng, usual[k == KINDS["chronic"]])
    parts += _shop_lines(town, rng, usual[k == KINDS["pharmacy"]])
    stays = usual[k == KINDS["stay"]]
    length = np.maximum(1, day_of(stays["end"].to_numpy()) - day_of(stays["beg"].to_numpy())).astype(np.int64)
    parts += _daily(town, rng, stays, length) + _stay_once(town, rng, stays, length)
    parts += _operation_lines(town, rng, stays) + _intensive(town, rng, stays, length)
    honest = _bundled(town, _merged(town, found, parts))
    every = _within(found, pd.concat([honest, *_planned_lines(found, planned)], ignore_index=True))
    for name in ("v", "item", "at", "pric", "take", "plant", "excess", "flag"):
        every[name] = every[name].astype(np.int64)
    every["plant"] = found["plant"].to_numpy()[every["v"]]
    every = priced(town, found, every, month)
    return every.sort_values(["v", "at"], kind="stable", ignore_index=True)

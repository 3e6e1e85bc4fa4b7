"""Conditions, limits and findings in Chinese words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from string import Formatter

import numpy as np
import pandas as pd

from yb_analytics.knowledge import exclusions
from yb_analytics.schema import INPATIENT, TABLES, name_of
from yb_analytics.schema.text import number

_LISTS = {"sex": "GEND", "insutype": "INSUTYPE", "med_type": "MED_TYPE"}
_GRADES = {0: "无等级", 1: "一级", 2: "二级", 3: "三级"}
_WINDOWS = {"day": "每日", "stay": "每次住院", "week": "每周", "month": "每月", "year": "每年"}


def _names(codes: str, value: str) -> str:
    given = value.split(";")
    if codes == "MED_TYPE" and set(given) == set(INPATIENT):
        return "住院"
    return "、".join(name_of(codes, v) for v in given)


def _number(text: str) -> str:
    try:
        return number(float(text))
    except ValueError:
        return text


def limit(condition: str, value: str, window: str = "") -> str:
    """What is allowed.

    Examples
    --------
    >>> limit("sex", "2"), limit("level_min", "2"), limit("max_count", "3", "day"), limit("age_max", "14")
    ('限女性使用', '限二级及以上医疗机构使用', '每日限3次', '限14周岁及以下使用')
    """
    if condition in _LISTS:
        what = _names(_LISTS[condition], value)
        return f"限{what}{'性' if condition == 'sex' else ''}使用"
    if condition == "level_min":
        return f"限{_GRADES.get(int(float(value)), value)}及以上医疗机构使用"
    if condition == "pair":
        return {"": "同日", "day": "同日", "stay": "同次就诊"}.get(window) or f"{window.removesuffix('h')}小时内"
    if condition in _COUNTED:
        span = _WINDOWS.get(window) or f"每{window.removesuffix('d')}天内"
        return _COUNTED[condition].format(span, _number(value))
    if condition == "discount":
        return f"至多按{_number(str(round(float(value) * 100, 2)))}%计收"
    if condition == "insutype_not":
        return f"{_names('INSUTYPE', value)}不予支付"
    if condition in _CODED:
        return _CODED[condition].format(value)
    return _PLAIN[condition].format(_number(value)) if condition in _PLAIN else value


_COUNTED = {"max_count": "{}限{}次", "max_course": "{}限支付{}天", "max_amount": "{}限支付{}元"}
_CODED = {"department": "限科室{}使用", "diagnosis": "限诊断{}使用", "diagnosis_not": "诊断{}禁用",
          "diagnosis_chronic": "门诊慢特病限诊断{}支付", "not_paid": "不纳入基金支付范围"}
_PLAIN = {"age_max": "限{}周岁及以下使用", "age_min": "限{}周岁及以上使用", "age_days_max": "限出生{}天内使用",
          "max_days": "超过{}天的最大开药天数", "max_quantity": "超过{}的最大开药量",
          "max_daily": "超过每日{}的用量", "max_price": "{}", "max_after_operation": "限术后{}天内使用",
          "overlap": "超过允许的{}天"}


def found(condition: str, value: str) -> str:
    """What was found.

    Examples
    --------
    >>> found("sex", "1"), found("age_max", "43"), found("level_min", "08"), found("max_days", "90.0")
    ('男性', '43周岁', '一级甲等', '90天')
    >>> found("requires", "365d"), found("discount", "0.85"), found("not_paid", "36.5")
    ('此前365天内', '85%', '纳入支付范围36.50元')
    """
    if condition == "sex":
        return f"{name_of('GEND', value)}性"
    if condition in _LISTS or condition == "insutype_not":
        return _names(_LISTS.get(condition, "INSUTYPE"), value)
    if condition == "level_min":
        return name_of("HOSP_LV", value)
    if condition == "requires":
        return {"day": "同日", "stay": "本次住院"}.get(value) or f"此前{value.removesuffix('d')}天内"
    if condition == "discount":
        return f"{_number(str(round(float(value) * 100, 2)))}%"
    if condition in ("", "department") or condition.startswith("diagnosis"):
        return value
    return _FOUND.get(condition, "{}").format(_number(value))


_FOUND = {"age_max": "{}周岁", "age_min": "{}周岁", "age_days_max": "出生{}天", "max_days": "{}天",
          "max_daily": "平均每日{}", "max_after_operation": "术后第{}天", "not_paid": "纳入支付范围{}元"}


_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def _days(text: str) -> str:
    return _ISO.sub(lambda d: f"{d[1]}年{int(d[2])}月{int(d[3])}日", text)


def sentence(say: str, hit: Mapping, count: int) -> str:
    """The sentence of a finding, from its first hit and the number of its rows."""
    condition = hit["condition"]
    told = say.format(day=str(hit["day"])[:10], item=hit["item"], other=hit["other"], n=count,
                      limit=limit(condition, hit["limit"], hit["window"]), found=found(condition, hit["found"]))
    return _days(told)


def sentences(say: str, hits: pd.DataFrame) -> pd.Series:
    """The same for many findings: every word is looked up once, however often it occurs; `n` are the rows of each.

    Examples
    --------
    >>> hits = pd.DataFrame({"day": ["2025-03-01", "2025-03-02"], "item": "甲", "other": "", "condition": "sex",
    ...                      "limit": "2", "window": "", "found": "1", "n": [1, 3]})
    >>> sentences("{day}“{item}”{limit}，实际为{found}，共{n}条", hits).tolist()
    ['2025年3月1日“甲”限女性使用，实际为男性，共1条', '2025年3月2日“甲”限女性使用，实际为男性，共3条']
    """
    made = {"day": lambda h: h["day"][:10], "item": lambda h: h["item"], "other": lambda h: h["other"],
            "limit": lambda h: limit(h["condition"], h["limit"], h["window"]),
            "found": lambda h: found(h["condition"], h["found"]), "n": lambda h: h["n"]}
    reads = {"limit": ["condition", "limit", "window"], "found": ["condition", "found"]}
    told = np.full(len(hits), "", dtype=object)
    for literal, name, _spec, _conversion in Formatter().parse(say):
        told = told + literal
        if name:
            told = told + _looked_up(hits[reads.get(name, [name])], made[name])
    return pd.Series(told, index=hits.index, dtype="object")


def _looked_up(columns: pd.DataFrame, word: Callable[[dict], str]) -> np.ndarray:
    """A word for each row, made once for each that is different."""
    texts = columns.astype(str)
    key = texts.iloc[:, 0].str.cat([texts[c] for c in texts.columns[1:]], sep="\x1f")
    codes, different = pd.factorize(key)
    words = [_days(word(dict(zip(columns.columns, k.split("\x1f"), strict=True)))) for k in different]
    return np.array(words, dtype=object)[codes] if len(words) else np.array([], dtype=object)


def table_words(table: str) -> str:
    """A canonical table as an official knows it.

    Examples
    --------
    >>> table_words("ps_death")
    '数据表“公安死亡登记”'
    """
    return f"数据表“{TABLES[table].label.partition(' · ')[0]}”"


@lru_cache(maxsize=1)
def _reasons() -> dict[str, str]:
    table = exclusions()
    return dict(zip(table["reason"], table["reason_zh"], strict=True))


def reason_words(reason: str) -> str:
    """An innocent explanation in Chinese.

    Examples
    --------
    >>> reason_words("chemotherapy")
    '肿瘤化疗周期'
    """
    return _reasons().get(reason) or reason


__all__ = ["found", "limit", "reason_words", "sentence", "sentences", "table_words"]

"""Conditions, limits and findings in Chinese words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

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
    if condition == "max_count":
        span = _WINDOWS.get(window) or f"每{window.removesuffix('d')}天内"
        return f"{span}限{_number(value)}次"
    if condition in ("department", "diagnosis"):
        return f"限{'科室' if condition == 'department' else '诊断'}{value}使用"
    plain = {"age_max": "限{}周岁及以下使用", "age_min": "限{}周岁及以上使用", "max_days": "超过{}天的最大开药天数",
             "max_quantity": "超过{}的最大开药量", "max_price": "{}", "overlap": "超过允许的{}天"}
    return plain[condition].format(_number(value)) if condition in plain else value


def found(condition: str, value: str) -> str:
    """What was found.

    Examples
    --------
    >>> found("sex", "1"), found("age_max", "43"), found("level_min", "08"), found("max_days", "90.0")
    ('男性', '43周岁', '一级甲等', '90天')
    """
    if condition == "sex":
        return f"{name_of('GEND', value)}性"
    if condition in _LISTS:
        return _names(_LISTS[condition], value)
    if condition == "level_min":
        return name_of("HOSP_LV", value)
    if condition in ("", "department", "diagnosis"):
        return value
    suffix = {"age_max": "周岁", "age_min": "周岁", "max_days": "天"}.get(condition, "")
    return f"{_number(value)}{suffix}"


_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def _days(text: str) -> str:
    return _ISO.sub(lambda d: f"{d[1]}年{int(d[2])}月{int(d[3])}日", text)


def sentence(say: str, hit: Mapping, count: int) -> str:
    """The sentence of a finding, from its first hit and the number of its rows."""
    condition = hit["condition"]
    told = say.format(day=str(hit["day"])[:10], item=hit["item"], other=hit["other"], n=count,
                      limit=limit(condition, hit["limit"], hit["window"]), found=found(condition, hit["found"]))
    return _days(told)


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


__all__ = ["found", "limit", "reason_words", "sentence", "table_words"]

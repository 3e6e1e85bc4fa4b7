"""Code lists: code → Chinese name · English name, and how a code is named.

A code outside its list is kept and counted, never dropped: provinces extend these lists.
"""

from __future__ import annotations

from yb_analytics.schema.codes_national import FULL, NATIONAL
from yb_analytics.schema.codes_own import OWN
from yb_analytics.schema.codes_provincial import PROVINCIAL

CODES: dict[str, dict[str, str]] = {**NATIONAL, **OWN}
"""Every list by name."""

INPATIENT = ("21", "22", "23", "24", "25", "26", "27", "28", "52", "55", "92")
"""MED_TYPE codes (first two digits) that are stays in hospital."""

PHARMACY = ("41", "93")
"""MED_TYPE codes (first two digits) of retail pharmacies."""

DRUG = ("101", "102", "103", "104")
"""LIST_TYPE codes that are drugs."""


NO_CITY = "000000"
"""The city of data that name no place."""

UNSTATED = {"ADMDVS": {NO_CITY: "本市 · The city"}, "INSUTYPE": {"": "险种未报送 · Insurance not delivered"}}
"""Names of what is not in a delivery; no codes, so that no list offers them."""

HIERARCHICAL = ("MED_TYPE", "PSN_TYPE")
"""Lists whose codes go on with more digits: what is not known by itself has the name of what it belongs to."""


def is_city(code: object) -> bool:
    """Whether an administrative code is a city's, not a county's.

    Examples
    --------
    >>> is_city("330400"), is_city("330100"), is_city("330421"), is_city(None)
    (True, True, False, False)
    """
    return isinstance(code, str) and len(code) == 6 and code.endswith("00")


def codes_by_name(codes: str) -> dict[str, str]:
    """Chinese and English names of a list, short and full → code; names that two codes share are left out.

    Examples
    --------
    >>> named = codes_by_name("INSUTYPE")
    >>> named["职工医保"], named["职工基本医疗保险"], named["Employees"]
    ('310', '310', '310')
    """
    known = CODES.get(codes, {})
    pairs = [(name, code) for code, label in known.items() for name in dict.fromkeys(label.split(" · "))]
    names = [name for name, _ in pairs]
    return {n: c for n, c in pairs if names.count(n) == 1 and n not in known} | FULL.get(codes, {})


def _label(codes: str, text: str) -> str | None:
    known = CODES[codes]
    label = known.get(text) or UNSTATED.get(codes, {}).get(text)
    if label is None and codes in HIERARCHICAL:
        label = next((known[text[:n]] for n in range(len(text) - 1, 1, -1) if text[:n] in known), None)
    return label or PROVINCIAL.get(codes, {}).get(text)


def name_of(codes: str, code: object, lang: str = "zh") -> str:
    """Name of a code; one of a hierarchical list by its longest known beginning, an unknown one as it is.

    A province's own codes are named only where no national code explains them.

    Examples
    --------
    >>> name_of("ADMDVS", "330421"), name_of("ADMDVS", "330421", "en"), name_of("ADMDVS", "110000")
    ('嘉善县', 'Jiashan', '110000')
    >>> name_of("MED_TYPE", "2101"), name_of("MED_TYPE", "140104"), name_of("PSN_TYPE", "110299")
    ('普通住院', '门诊慢特病', '公务员在职')
    >>> name_of("MED_TYPE", "8801"), name_of("INSUTYPE", ""), name_of("MED_TYPE", "9933")
    ('8801', '险种未报送', '透析治疗')
    """
    text = str(code)
    label = _label(codes, text)
    if label is None:
        return text
    zh, _, en = label.partition(" · ")
    return zh if lang == "zh" else en

"""Numbers as an official reads them: 亿元 and 万元, half-up rounding, shares in percent."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

MISSING = "—"


def rounded(value: float | Decimal, digits: int) -> str:
    """Half-up decimal rounding with thousands separators.

    Examples
    --------
    >>> rounded(2.345, 2), rounded(1234567.5, 0)
    ('2.35', '1,234,568')
    """
    exact = Decimal(repr(float(value))) if isinstance(value, float) else Decimal(value)
    return f"{exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP):,}"


def _missing(value) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value)) or value != value


def yuan(value, lang: str = "zh") -> str:
    """Money with the largest fitting unit.

    Examples
    --------
    >>> yuan(123456789), yuan(54321), yuan(12.3), yuan(None), yuan(123456789, "en")
    ('1.23亿元', '5.43万元', '12.30元', '—', '123.46 million yuan')
    """
    if _missing(value):
        return MISSING
    size = abs(float(value))
    if lang == "en":
        return f"{rounded(float(value) / 1e6, 2)} million yuan" if size >= 1e6 else f"{rounded(value, 2)} yuan"
    for step, unit in ((1e8, "亿元"), (1e4, "万元")):
        if size >= step:
            return f"{rounded(float(value) / step, 2)}{unit}"
    return f"{rounded(value, 2)}元"


def share(value, digits: int = 2) -> str:
    """A share in percent.

    Examples
    --------
    >>> share(0.12345), share(None)
    ('12.35%', '—')
    """
    return MISSING if _missing(value) else f"{rounded(float(value) * 100, digits)}%"


def number(value, digits: int = 2) -> str:
    """A plain number; whole numbers lose their decimals.

    Examples
    --------
    >>> number(3.0), number(3.14159)
    ('3', '3.14')
    """
    if _missing(value):
        return MISSING
    return rounded(value, 0 if float(value).is_integer() else digits)


def show(value, unit: str, lang: str = "zh") -> str:
    """A value in the unit of its indicator: `share`, `yuan`, `count`, `days`, `months`, `ratio`, `per_10k`.

    Examples
    --------
    >>> show(0.5, "share"), show(7.25, "months"), show(3, "per_10k")
    ('50.00%', '7.25个月', '3/万人')
    """
    if _missing(value):
        return MISSING
    if unit == "share":
        return share(value)
    if unit == "yuan":
        return yuan(value, lang)
    suffix = {"days": "天", "months": "个月", "count": "件", "per_10k": "/万人",
              "per_100": "件/百家"} if lang == "zh" else {
        "days": " days", "months": " months", "per_10k": " per 10,000", "per_100": " per 100"}
    return number(value) + suffix.get(unit, "")

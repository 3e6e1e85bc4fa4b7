"""What may stand in a field of the interface, and what is said where something else stands there."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from yb_analytics.schema.column import Column
from yb_analytics.warehouse.reading.meaning import readings

_SHANGHAI = timezone(timedelta(hours=8))
_LONGEST = 500
_LARGEST = Decimal(10) ** 11
_SHAPES = ("%Y%m%d%H%M%S", "%Y%m%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d")


def _wrong(kind: str, words: str) -> PydanticCustomError:
    return PydanticCustomError(kind, words)  # type: ignore[arg-type]


def as_text(value: Any) -> str | None:
    """Text or a whole number; blanks are nothing."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _wrong("text", "应为文字 · not a text → 用引号写成文字")
    text = str(value).strip()
    if len(text) > _LONGEST:
        raise _wrong("text", f"超过{_LONGEST}个字符 · longer than {_LONGEST} characters → 缩短")
    return text or None


def as_number(value: Any) -> Decimal | None:
    """A finite decimal number, written as a number or a text."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise _wrong("number", "不是数字 · not a number → 写作 12.50")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise _wrong("number", "不是数字 · not a number → 写作 12.50") from None
    if not number.is_finite() or abs(number) >= _LARGEST:
        raise _wrong("number", "数值过大或无意义 · not a plausible number → 核对数值")
    return number


def as_time(value: Any) -> datetime | None:
    """A time in Asia/Shanghai, or the beginning of a day."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        found: datetime | None = value
    elif isinstance(value, date):
        found = datetime(value.year, value.month, value.day)  # noqa: DTZ001 (wall time)
    else:
        found = _parsed(value) if isinstance(value, str) else None
    if found is None or not 1900 <= found.year <= 2999:
        raise _wrong("time", "不是日期时间 · not a time → 写作 2025-06-15 08:30:00")
    return found.astimezone(_SHANGHAI).replace(tzinfo=None) if found.tzinfo else found


def _parsed(text: str) -> datetime | None:
    text = text.strip()
    try:
        if not text.isdigit():
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    for shape in _SHAPES:
        try:
            return datetime.strptime(text, shape)  # noqa: DTZ007 (wall time)
        except ValueError:
            continue
    return None


def as_day(value: Any) -> date | None:
    """A day."""
    found = as_time(value)
    return None if found is None else found.date()


def _coded(column: Column):
    known = readings(column)

    def meant(value: Any) -> str | None:
        text = as_text(value)
        return known.get(text, text) if text is not None else None

    return meant


def type_of(column: Column) -> Any:
    """What pydantic checks a value of a column against."""
    if column.kind in ("money", "quantity", "number", "count"):
        return Annotated[Decimal | None, BeforeValidator(as_number)]
    if column.kind == "time":
        return Annotated[datetime | None, BeforeValidator(as_time)]
    if column.kind == "date":
        return Annotated[date | None, BeforeValidator(as_day)]
    return Annotated[str | None, BeforeValidator(_coded(column))]

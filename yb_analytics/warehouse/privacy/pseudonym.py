"""Keyed pseudonyms: what names a person is stored only as HMAC-SHA256 of its normal form.

A plain hash of one city's identity numbers is reversed in minutes; a keyed one only by the holder of the key. Each
purpose has a key of its own, derived from the one in the key file: who holds the pseudonyms of two columns cannot
compare them, and a purpose can be given away without another. The same column name has the same purpose in every
table, so registers of other agencies meet on it.

The normal form is decided before hashing, because afterwards nothing can be compared any more: width, blanks and
dots of names, the 15-digit certificate numbers of before 1999, `+86` before telephones.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Callable

import ibis
import pyarrow as pa

from yb_analytics.warehouse.privacy.key_file import derived, key_file, key_id, key_of, read_key

__all__ = ["LINK_CODE", "MADE_FROM", "PURPOSES", "address", "certificate", "check_digit", "derived", "key_file",
           "key_id", "key_of", "name", "pseudonym", "purpose_of", "read_key", "telephone"]

LINK_CODE = "link_code"
MADE_FROM = ("psn_name", "certno", "tel", "live_addr")
"""Columns the linkage code is made of; see `_linkage`."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_DIGITS = "10X98765432"
_NO_SIGN = dict.fromkeys(map(ord, " \t\r\n\u3000\u00a0·•・.,，。、;；:：'\"“”‘’()（）-—_/#"))


def _plain(value: str) -> str:
    """Full-width forms, blanks and separators removed, capitals."""
    return unicodedata.normalize("NFKC", value).translate(_NO_SIGN).upper()


def name(value: str) -> str:
    """A name without blanks and dots.

    Examples
    --------
    >>> name(" 阿卜杜拉·买买提 "), name("王 伟")
    ('阿卜杜拉买买提', '王伟')
    """
    return _plain(value)


def check_digit(first17: str) -> str:
    """Check digit of a citizen identity number (GB 11643-1999: ISO 7064 MOD 11-2).

    Examples
    --------
    >>> check_digit("11010519491231002")
    'X'
    """
    return _DIGITS[sum(int(d) * w for d, w in zip(first17, _WEIGHTS, strict=True)) % 11]


def certificate(value: str) -> str:
    """A certificate number in capitals, 15-digit numbers as the 18-digit ones they became.

    Examples
    --------
    >>> certificate("11010519491231002x"), certificate("110105491231002")
    ('11010519491231002X', '11010519491231002X')
    """
    text = _plain(value)
    if len(text) == 15 and text.isascii() and text.isdigit():
        longer = f"{text[:6]}19{text[6:]}"
        return longer + check_digit(longer)
    return text


def telephone(value: str) -> str:
    """Digits of a telephone number without country prefix.

    Examples
    --------
    >>> telephone("+86 138-0013-8000"), telephone("０５７３－８２０８１２３４")
    ('13800138000', '057382081234')
    """
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", value))
    return re.sub(r"^(?:00)?86(?=1\d{10}$)", "", digits)


def address(value: str) -> str:
    """An address without blanks and separators.

    Examples
    --------
    >>> address("中山路 12号，3幢-201室")
    '中山路12号3幢201室'
    """
    return _plain(value)


PURPOSES: dict[str, tuple[str, Callable[[str], str]]] = {
    "psn_name": ("name", name), "certno": ("certificate", certificate), "tel": ("phone", telephone),
    "live_addr": ("address", address),
}
"""Column → purpose of its key, and its normal form. A hashed column that is not named here has a key of its own."""


def purpose_of(column: str) -> tuple[str, Callable[[str], str]]:
    """Purpose and normal form of a hashed column."""
    return PURPOSES.get(column, (column, _plain))


def arrow_udf(one: Callable[..., str], label: str, inputs: int):
    """A function of text columns, row by row, as a function of Ibis columns; an empty text becomes missing.

    DuckDB hands over no row in which an input is missing and takes none back, so missing inputs go in as empty
    texts.
    """

    def every(*columns: pa.ChunkedArray) -> pa.Array:
        return pa.array([one(*row) for row in zip(*(c.to_pylist() for c in columns), strict=True)], pa.string())

    # Ibis reads the number of parameters from the signature of the function.
    shapes: dict[int, Callable[..., pa.Array]] = {1: lambda a: every(a), 4: lambda a, b, c, d: every(a, b, c, d)}
    function = shapes[inputs]
    function.__name__ = label
    made = ibis.udf.scalar.pyarrow(function, signature=(("string",) * inputs, "string"))
    return lambda *columns: made(*(ibis.coalesce(c, ibis.literal("")) for c in columns)).nullif("")


def pseudonym(key: bytes, column: str):
    """A function of a text column that gives its keyed pseudonyms, by the purpose of the column's name."""
    purpose, normal = purpose_of(column)
    own = derived(key, purpose)

    def one(value: str) -> str:
        form = normal(value)
        return hmac.digest(own, form.encode(), "sha256").hex() if form else ""

    return arrow_udf(one, f"pseudonym_of_{column}", 1)

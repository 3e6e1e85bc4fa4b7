"""Linkage codes: what lets two spellings of one person be compared after the clear text is gone.

An HMAC of a whole name is equal or not: one typing error and nothing is left to compare. The code therefore carries,
besides exact codes of parts, one keyed Bloom filter per field. The filter of a text is the set of bits its keyed
q-grams choose; two filters overlap as their texts do, measured by the Dice coefficient.

- Filters: Schnell, Bachteler, Reiher (2009), "Privacy-preserving record linkage using Bloom filters", BMC Medical
  Informatics and Decision Making 9:41; one filter per field so that each field keeps its own weight.
- Bits are drawn from HMAC-SHA256 of (key of the field, q-gram), not by double hashing: Niedermeyer, Steinmetzer,
  Kroll, Schnell (2014), "Cryptanalysis of basic Bloom filters used for privacy preserving record linkage", Journal of
  Privacy and Confidentiality 6(2), broke the latter.
- What remains: q-grams that are frequent set bits that are frequent. Someone who holds the codes of a whole city and
  the frequencies of names can recover common names without the key (Christen, Schnell, Vatsalan, Ranbaduge (2017),
  "Efficient cryptanalysis of Bloom filters for PPRL", PAKDD). The codes are therefore as confidential as `psn_no`: they
  serve inside the warehouse, are shown by nothing and never leave it (see ARCHITECTURE, Privacy).
"""

from __future__ import annotations

import hmac
from binascii import b2a_base64

from yb_analytics.warehouse.privacy.key_file import derived
from yb_analytics.warehouse.privacy.pseudonym import PURPOSES, arrow_udf, check_digit

FILTERS = {"name": (256, 3), "certificate": (384, 3), "phone": (128, 3), "address": (256, 3)}
"""Field → bits of its filter, bits one q-gram sets. Chance sets a tenth of the bits in common."""

PARTS = ("surname", "given", "cert_serial", "cert_day", "cert_place", "cert_valid", *FILTERS)
"""Parts of a code, in order, separated by dots; empty where the field is."""

_DOUBLE = frozenset(["欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "端木", "夏侯",
                     "司徒", "独孤", "南宫", "宇文", "长孙", "闻人", "申屠"])
_REMEMBERED = 1 << 18
_CODE_BYTES = 9  # 72 bits: in five million persons no two codes fall together by chance


def grams(text: str, positional: bool = False, singles: bool = False) -> list[str]:
    """Bigrams of a text with its ends marked; with their place, or with its single characters too.

    Examples
    --------
    >>> grams("王伟"), grams("王伟", singles=True)
    (['^王', '王伟', '伟$'], ['^王', '王伟', '伟$', '王', '伟'])
    >>> grams("12", positional=True)
    ['0^1', '112', '22$']
    """
    framed = f"^{text}$"
    pairs = [framed[i:i + 2] for i in range(len(framed) - 1)]
    if positional:
        return [f"{i}{p}" for i, p in enumerate(pairs)]
    return pairs + (list(text) if singles else [])


def surname(name: str) -> tuple[str, str]:
    """Surname and given name of a name in its normal form.

    Examples
    --------
    >>> surname("王小明"), surname("欧阳娜娜")
    (('王', '小明'), ('欧阳', '娜娜'))
    """
    cut = 2 if name[:2] in _DOUBLE and len(name) > 2 else 1
    return name[:cut], name[cut:]


def is_valid(certificate: str) -> bool:
    """Whether the check digit of an 18-digit number is right: nearly no typing error leaves it so."""
    return (len(certificate) == 18 and certificate[:17].isascii() and certificate[:17].isdigit()
            and certificate[17] == check_digit(certificate[:17]))


class Coder:
    """Makes linkage codes under one key; q-grams repeat, so their bits are remembered."""

    def __init__(self, key: bytes) -> None:
        self._keys = {p: derived(key, f"linkage {p}") for p in PARTS}
        self._known: dict[str, dict[str, int]] = {field: {} for field in FILTERS}

    def _drawn(self, field: str, gram: str) -> int:
        size, count = FILTERS[field]
        drawn = hmac.digest(self._keys[field], gram.encode(), "sha256")
        places = (int.from_bytes(drawn[4 * i:4 * i + 4], "big") % size for i in range(count))
        out = 0
        for place in places:
            out |= 1 << place
        return out

    def _filter(self, field: str, found: list[str]) -> str:
        bits, known = 0, self._known[field]
        if len(known) > _REMEMBERED:
            known.clear()
        for gram in found:
            drawn = known.get(gram)
            if drawn is None:
                drawn = known[gram] = self._drawn(field, gram)
            bits |= drawn
        return b2a_base64(bits.to_bytes(FILTERS[field][0] // 8, "big"), newline=False).decode() if found else ""

    def _exact(self, part: str, text: str) -> str:
        if not text:
            return ""
        made = hmac.digest(self._keys[part], text.encode(), "sha256")[:_CODE_BYTES]
        return b2a_base64(made, newline=False).decode()

    def _certificate(self, number: str) -> list[str]:
        """Exact codes of overlapping parts (an error spoils some, not all) and whether the check digit is right."""
        if len(number) != 18:
            return ["", "", "", ""]
        serial, day, place = number[6:17], number[10:], number[:10] + number[14:17]
        return [self._exact("cert_serial", serial), self._exact("cert_day", day), self._exact("cert_place", place),
                "1" if is_valid(number) else "0"]

    def code(self, psn_name: str, certno: str, tel: str, live_addr: str) -> str:
        """Linkage code of one person, from clear values (empty where missing); at most 226 characters.

        Examples
        --------
        >>> coder = Coder(bytes(32))
        >>> one, other = (coder.code(n, "11010519491231002X", "", "").split(".") for n in ("王小明", "王晓明"))
        >>> [p for p, a, b in zip(PARTS, one, other) if a != b]
        ['given', 'name']
        """
        given = (psn_name, certno, tel, live_addr)
        if not any(given):
            return ""
        name, number, phone, home = (normal(v) for (_, normal), v in zip(PURPOSES.values(), given, strict=True))
        family, own = surname(name)
        filters = {"name": grams(name, singles=True) if name else [],
                   "certificate": grams(number, positional=True) if number else [],
                   "phone": grams(phone, positional=True) if phone else [],
                   "address": grams(home, singles=True) if home else []}
        exact = [self._exact("surname", family), self._exact("given", own), *self._certificate(number)]
        return ".".join([*exact, *(self._filter(field, found) for field, found in filters.items())])


def link_code(key: bytes):
    """A function of four text columns (name, certificate, telephone, address) that gives linkage codes."""
    return arrow_udf(Coder(key).code, "link_code", 4)

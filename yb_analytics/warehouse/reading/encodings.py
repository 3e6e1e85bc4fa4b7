"""Text of deliveries: strict UTF-8 (with or without a byte-order mark), else strict GB18030, else refused.

A guesser was seen to call GB18030 text cp949. Compressed files are read to their end, so a cut one is noticed.
"""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from yb_analytics.schema import Refusal

Tick = Callable[[int], object]
_CHUNK = 1 << 20
_THREE_BYTES = re.compile(rb"[\xe3-\xe9][\x80-\xbf]{2}")
_MIXED = 0.02  # of the lines that are not ASCII: words of GB18030 that happen to be UTF-8 are far rarer


@dataclass(frozen=True)
class Text:
    """What one reading of a text file tells: how it is written, how it ends."""

    encoding: str
    quotes: int
    unended: bool
    bom: bool


def pieces(path: Path) -> Iterator[bytes]:
    """Bytes of a file, unpacked; refuses a compressed file that is cut or broken."""
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with opener(path, "rb") as f:
            while piece := f.read(_CHUNK):
                yield piece
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Refusal(f"{path} 被截断或已损坏 · {path} is cut or damaged: {error}",
                      "请发送方重发 · ask the sender for the file again", "damaged") from None
    except OSError as error:
        raise Refusal(f"{path} 无法读取 · {path} cannot be read: {error.strerror}",
                      "请核对路径与权限 · check the path and the rights") from None


def _undecodable(path: Path, encoding: str) -> int | None:
    """Offset of the first byte that is not text of this encoding, `None` if all are."""
    decoder, seen = codecs.getincrementaldecoder(encoding)("strict"), 0
    start = 0
    try:
        for piece in pieces(path):
            start = seen - len(decoder.getstate()[0])
            decoder.decode(piece)
            seen += len(piece)
        start = seen - len(decoder.getstate()[0])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return start + error.start
    return None


def _line_at(path: Path, offset: int) -> int:
    """Line a byte stands in, the first being 1."""
    line, left = 1, offset
    for piece in pieces(path):
        line += piece[:left].count(b"\n")
        left -= len(piece)
        if left <= 0:
            break
    return line


def encoding_of(path: Path, name: str) -> str:
    """`utf-8` or `gb18030`, by reading the whole file strictly."""
    bad = _undecodable(path, "utf-8")
    if bad is None:
        return "utf-8"
    worse = _undecodable(path, "gb18030")
    if worse is None:
        _refuse_mixed(path, name)
        return "gb18030"
    raise Refusal(f"{name} 既不是 UTF-8 也不是 GB18030 · "
                  f"{name} is neither UTF-8 (byte {bad}, line {_line_at(path, bad)}) nor GB18030 (byte {worse}, line "
                  f"{_line_at(path, worse)})",
                  "请发送方以 UTF-8 重发 · ask for the file in UTF-8", "input")


def _refuse_mixed(path: Path, name: str) -> None:
    """Refuse GB18030 some lines of which are UTF-8: read as GB18030 their text would be another one."""
    foreign, mixed, where, line, rest = 0, 0, 0, 0, b""
    for piece in pieces(path):
        *lines, rest = (rest + piece).split(b"\n")
        for one in lines:
            line += 1
            if not one.isascii():
                foreign += 1
                if _THREE_BYTES.search(one) and _is_utf8(one):
                    mixed, where = mixed + 1, where or line
    if mixed > _MIXED * foreign:
        raise Refusal(f"{name} 混用 UTF-8 与 GB18030（第 {where} 行起） · "
                      f"{name} is UTF-8 in some lines (the first is line {where}) and GB18030 in others",
                      "请发送方统一以 UTF-8 重发 · ask for the file in UTF-8 throughout", "input")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def examined(path: Path, name: str) -> Text:
    """Read a text file to its end; refuses what is not text."""
    encoding = encoding_of(path, name)
    quotes, last, first = 0, b"", b""
    for piece in pieces(path):
        first = first or piece[:3]
        if b"\x00" in piece:
            raise Refusal(f"{name} 含零字节，不是文本文件 · {name} holds zero bytes: it is not a text file",
                          "请发送方以 UTF-8 重发 · ask for a file in UTF-8", "input")
        quotes += piece.count(b'"')  # no byte of a longer character of either encoding is a quotation mark
        last = piece[-1:]
    return Text(encoding, quotes, last not in (b"\n", b"\r"), first == codecs.BOM_UTF8)


def as_utf8(path: Path, text: Text, into: Path) -> Path:
    """A file of plain UTF-8 text: the file itself, or a copy where it is packed or written otherwise."""
    if text.encoding == "utf-8" and path.suffix.lower() != ".gz":
        return path
    decoder = codecs.getincrementaldecoder(text.encoding)("strict")
    with into.open("w", encoding="utf-8", newline="") as out:
        for piece in pieces(path):
            out.write(decoder.decode(piece))
        out.write(decoder.decode(b"", final=True))
    return into

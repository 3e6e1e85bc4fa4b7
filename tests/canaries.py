"""Planted persons whose names, numbers, telephones and addresses must appear in no output, and the search for them.

Every value begins with a mark no other data have, so a search for a handful of marks finds any of the hundred, cut or
whole, in any of the encodings an output may use. Plain hashes of the values count as the values: they reverse.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

MARKS = ("雀禽鸢", "34999919800101", "199997700", "雀儿弄")
"""Beginnings of names, certificate numbers, telephones and addresses; digits enough that no decimal has them."""
COUNT = 100
_HASH = re.compile(rb"[0-9a-fA-F]{32,128}")


def persons() -> pd.DataFrame:
    """The planted values, one row per person, in columns of `psn_info_b`."""
    digits = [f"{i:04d}" for i in range(COUNT)]
    return pd.DataFrame({
        "psn_name": [MARKS[0] + chr(0x4E00 + 37 * i) for i in range(COUNT)],
        "certno": [f"{MARKS[1]}{d}" for d in digits],
        "tel": [MARKS[2] + d[2:] for d in digits],
        "live_addr": [f"嘉兴市{MARKS[3]}{d}号" for d in digits]})


def _patterns() -> re.Pattern[bytes]:
    forms = set()
    for mark in MARKS:
        forms |= {mark.encode(), mark.encode("gb18030"), mark.encode("utf-16-le"), mark.encode("utf-16-be"),
                  json.dumps(mark).strip('"').encode(), json.dumps(mark).strip('"').upper().encode(),
                  "".join(f"&#{ord(c)};" for c in mark).encode(), "".join(f"&#x{ord(c):x};" for c in mark).encode()}
    forms |= {re.sub(r"(?<=\d)(?=\d)", " ", MARKS[1]).encode()}
    return re.compile(b"|".join(re.escape(f) for f in sorted(forms)))


def _hashes() -> set[bytes]:
    values = persons().to_numpy().ravel()
    return {getattr(hashlib, kind)(v.encode()).hexdigest().encode() for v in values
            for kind in ("md5", "sha1", "sha256", "sha512")}


PATTERNS, HASHES = _patterns(), _hashes()


def told(content: bytes) -> bool:
    """Whether a canary, or a plain hash of one, stands in these bytes."""
    return bool(PATTERNS.search(content)) or any(h.lower() in HASHES for h in _HASH.findall(content))


def _texts(table: pa.Table) -> bytes:
    """All texts of a table; Parquet compresses them, so its bytes say nothing."""
    parts = [str(table.schema.metadata or ""), *table.column_names]
    for column in table.columns:
        if pa.types.is_nested(column.type) or pa.types.is_string(column.type) or pa.types.is_binary(column.type) \
                or pa.types.is_large_string(column.type) or pa.types.is_dictionary(column.type):
            parts += {str(v) for v in column.unique().to_pylist()} if not pa.types.is_nested(column.type) else [
                str(column.to_pylist())]
    return "\n".join(parts).encode()


def _unpacked(name: str, content: bytes) -> list[bytes]:
    """The bytes of a file and of whatever is packed in it."""
    out = [content]
    if content[:4] == b"PAR1":
        reader = pq.ParquetFile(io.BytesIO(content))
        out.append(_texts(reader.read()))
        out.append(repr(reader.metadata.to_dict()).encode())  # statistics hold values too
    elif content[:2] == b"\x1f\x8b":
        out += _unpacked(name, gzip.decompress(content))
    elif content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for member in packed.namelist():
                out += [member.encode(), *_unpacked(member, packed.read(member))]
    elif content[:5] == b"%PDF-":
        from pypdf import PdfReader

        reader = PdfReader(io.BytesIO(content))
        out += [(page.extract_text() or "").encode() for page in reader.pages] + [str(reader.metadata).encode()]
    return out


def found(folder: Path, skip: tuple[Path, ...] = ()) -> list[str]:
    """Files under a folder that tell a canary, by content or by name; folders in `skip` are left out."""
    out = []
    for file in sorted(p for p in folder.rglob("*") if p.is_file()):
        if any(file.is_relative_to(s) for s in skip):
            continue
        pieces = [str(file.relative_to(folder)).encode(), *_unpacked(file.name, file.read_bytes())]
        if any(told(piece) for piece in pieces):
            out.append(str(file.relative_to(folder)))
    return out

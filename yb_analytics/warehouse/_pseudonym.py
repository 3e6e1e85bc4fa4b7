"""Keyed pseudonyms: what names a person is stored only as HMAC-SHA256.

A plain hash of one city's identity numbers is reversed in minutes; a keyed one only by the holder of the
key. The key stays outside the warehouse, readable by its owner alone, so that a copy of the warehouse names
nobody.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

import ibis
import pyarrow as pa

from yb_analytics.schema import Refusal

_BYTES = 32


def key_file(path: Path) -> Path:
    """Where the key of a warehouse lies: `YB_KEY_FILE`, else `<warehouse>.key` beside it."""
    return Path(os.environ.get("YB_KEY_FILE") or path.with_name(path.name + ".key"))


def read_key(path: Path) -> bytes:
    """The key of a warehouse, made at the first ingest."""
    file = key_file(path)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(descriptor, "w") as f:
            f.write(secrets.token_hex(_BYTES))
    try:
        key = bytes.fromhex(file.read_text().strip())
    except (ValueError, OSError) as error:
        raise Refusal(f"key file {file} cannot be read: {error}", "restore it: without it names and certificate "
                      "numbers of new deliveries would not match the old ones", "environment") from None
    if len(key) < _BYTES:
        raise Refusal(f"key file {file} is shorter than {_BYTES} bytes", "restore it", "environment")
    return key


def pseudonym(key: bytes, purpose: str):
    """A function of a text column that gives its keyed pseudonyms; each purpose has a key of its own."""
    own = hmac.digest(key, purpose.encode(), "sha256")

    def one(value: str) -> str:
        return hmac.new(own, value.encode(), hashlib.sha256).hexdigest()

    def every(values: pa.ChunkedArray) -> pa.Array:
        coded = pa.chunked_array([values]) if isinstance(values, pa.Array) else values
        return pa.array([None if v is None else one(v) for v in coded.to_pylist()], pa.string())

    every.__name__ = f"pseudonym_of_{purpose}"
    every.__annotations__ = {"values": str, "return": str}
    return ibis.udf.scalar.pyarrow(every, signature=(("string",), "string"))

"""Sealed records: small JSON files nobody can change, drop or turn back without being found.

A record carries its own SHA-256 (`chain`), which anybody can check, and an HMAC (`seal`) made with a key derived
from the key file of the warehouse: who rewrites a record and its plain hashes cannot make the seal. Manifests, the
register of stored answers, the journal of raw deliveries and the heads are such records.

A *head* says which record is the newest. It lies beside the warehouse (`<warehouse>.head`) or in `YB_HEAD_DIR` (best a
place the writers of the warehouse folder cannot turn back), because a folder that is turned back as a whole is
consistent in itself.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yb_analytics.schema import Refusal
from yb_analytics.warehouse.privacy.key_file import derived, in_use, key_file, read_keys

PURPOSE = "manifest"
PROVEN, FORGED, NO_KEY, OTHER_KEY, UNSEALED = "proven", "forged", "no key", "other key", "unsealed"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Record:
    """What a sealed file says, and whether its seal was checked (one of the states above)."""

    body: dict[str, Any]
    state: str
    chain: str


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    done = hashlib.sha256()
    with path.open("rb") as f:
        while piece := f.read(_CHUNK):
            done.update(piece)
    return done.hexdigest()


def text_of(value: object) -> str:
    """The one way a record is written."""
    return json.dumps(value, ensure_ascii=False)


def chain_of(value: object) -> str:
    return hashlib.sha256(text_of(value).encode()).hexdigest()


def sealing_keys(path: Path) -> dict[str, bytes]:
    """Keys seals are made with, by id; the one in use comes last. Empty where the key file is not at hand."""
    if not os.access(key_file(path), os.R_OK):
        return {}
    keys = read_keys(path)
    last = in_use(keys).id
    held = {k.id: derived(k.bytes, PURPOSE) for k in keys if k.secret}
    return {**{k: v for k, v in held.items() if k != last}, last: held[last]}


def sealed(path: Path, body: dict[str, Any]) -> dict[str, Any]:
    """A record with its seal; without the key file the seal is empty."""
    keys = sealing_keys(path)
    name = list(keys)[-1] if keys else ""
    signed = {**body, "sealed_by": name}
    whole = {**signed, "seal": hmac.digest(keys[name], text_of(signed).encode(), "sha256").hex() if name else ""}
    return {**whole, "chain": chain_of(whole)}


def state_of_seal(path: Path, raw: dict[str, Any], keys: dict[str, bytes] | None = None) -> str:
    """Whether the seal of a record is right, as far as the keys at hand (`keys`, read if not given) can tell."""
    keys = sealing_keys(path) if keys is None else keys
    if not keys:
        return NO_KEY
    name = raw.get("sealed_by", "")
    if not name:
        return UNSEALED
    if name not in keys:
        return OTHER_KEY
    signed = {k: v for k, v in raw.items() if k not in ("seal", "chain")}
    made = hmac.digest(keys[name], text_of(signed).encode(), "sha256").hex()
    return PROVEN if hmac.compare_digest(made, str(raw.get("seal", ""))) else FORGED


def refuse(what: str, file: Path, problem: str) -> Refusal:
    """A damaged record, named; `what` and `problem` are Chinese and English, parted by a bar.

    Examples
    --------
    >>> print(refuse("清单|manifest", Path("manifests/000002.json"), "缺失|is missing").cause)
    清单 manifests/000002.json 缺失 · manifest 000002.json is missing
    """
    (what_zh, _, what_en), (zh, _, en) = what.partition("|"), problem.partition("|")
    return Refusal(f"{what_zh} {file} {zh} · {what_en} {file.name} {en}",
                   "运行 yb verify；从备份恢复，或 yb rebuild 重建 · "
                   "run `yb verify`; restore it from a backup or run `yb rebuild`", "damaged")


def read_record(path: Path, file: Path, what: str) -> Record:
    """Read a sealed record of a warehouse; refuses one that is cut, changed or forged."""
    try:
        raw = json.loads(text := file.read_text("utf-8"))
        whole = {k: v for k, v in raw.items() if k != "chain"}
        same = text_of(raw) == text and raw["chain"] == chain_of(whole)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise refuse(what, file, f"无法读取|was changed: it cannot be read ({error})") from None
    except OSError as error:
        raise refuse(what, file, f"无法读取|cannot be read: {error.strerror}") from None
    if not same:
        raise refuse(what, file, "发布后被改动|was changed after it was published")
    state = state_of_seal(path, raw)
    if state == FORGED:
        raise refuse(what, file, "封印不符，系无密钥者改写|was rewritten without the key: its seal is wrong")
    return Record({k: v for k, v in whole.items() if k != "seal"}, state, raw["chain"])


def replace_whole(file: Path, text: str, mode: int = 0o644) -> None:
    """Write beside, bring to the disk, then rename over."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{secrets.token_hex(6)}.draft")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as f:
            f.write(text)
            f.flush()
            os.fsync(f.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    bring_to_disk(file.parent)


def bring_to_disk(folder: Path) -> None:
    """The names in a folder survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def head_folder(path: Path) -> Path:
    """Where the heads of a warehouse lie: `<warehouse>.head` in `YB_HEAD_DIR`, else beside it."""
    return Path(os.environ.get("YB_HEAD_DIR") or path.parent) / f"{path.name}.head"


def write_head(path: Path, name: str, body: dict[str, Any]) -> None:
    """Say which record is the newest of its kind."""
    folder = head_folder(path)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace_whole(folder / f"{name}.json", text_of(sealed(path, body)), 0o600)


def read_head(path: Path, name: str) -> Record | None:
    """The newest record of a kind as its head says; `None` where no head is at hand."""
    file = head_folder(path) / f"{name}.json"
    if not file.is_file():
        return None
    return read_record(path, file, "链头记录|head record")

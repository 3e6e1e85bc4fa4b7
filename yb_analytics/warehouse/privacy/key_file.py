"""The key file of a warehouse: which secrets there are, since when, and which of them is in use.

One JSON file outside the warehouse, readable by its owner alone. A copy of the warehouse without it names nobody.
The last key that is not retired is the one in use. A retired key keeps its line without its secret once it has been
destroyed, so that it stays known which published states were made with it.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import stat
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from yb_analytics.schema import Refusal

BYTES = 32
ACTIVE, NEXT, RETIRED, DESTROYED = "active", "next", "retired", "destroyed"
_RESTORE = ("请恢复它，否则新交付的姓名、证件号码与原有的对不上 · "
            "restore it: without it names and certificate numbers of new deliveries would not match the old ones")


@dataclass(frozen=True)
class Key:
    """One secret: its id, the day it was made, its state, and (unless destroyed) the secret in hexadecimal."""

    id: str
    made: str
    state: str
    secret: str

    def __repr__(self) -> str:  # a secret never reaches a log or a traceback
        return f"Key({self.id}, {self.made}, {self.state})"

    @property
    def bytes(self) -> bytes:
        """The secret; refuses where it was destroyed."""
        if not self.secret:
            raise Refusal(f"密钥 {self.id} 已销毁 · key {self.id} was destroyed",
                          "使用以其他密钥生成的版本 · use a state that was made with another key", "environment")
        return bytes.fromhex(self.secret)


def key_id(key: bytes) -> str:
    """Name of a key: eight hexadecimal digits from which nothing follows about it.

    Examples
    --------
    >>> key_id(bytes(32)), len(key_id(bytes(32)))
    ('9bf8d7c0', 8)
    """
    return hmac.digest(key, b"key id", "sha256").hex()[:8]


def derived(key: bytes, purpose: str) -> bytes:
    """The key of one purpose: who learns it learns nothing about another purpose or the key itself."""
    return hmac.digest(key, b"purpose:" + purpose.encode(), "sha256")


def key_file(path: Path) -> Path:
    """Where the keys of a warehouse lie: `YB_KEY_FILE`, else `<warehouse>.key` beside it."""
    return Path(os.environ.get("YB_KEY_FILE") or path.with_name(path.name + ".key"))


def _fresh(state: str) -> Key:
    secret = secrets.token_bytes(BYTES)
    return Key(key_id(secret), date.today().isoformat(), state, secret.hex())  # noqa: DTZ011 (the owner's own calendar)


def _made(file: Path) -> None:
    """Make the file with its first key, unless it is there."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    except OSError as error:
        raise Refusal(f"密钥文件 {file} 无法建立 · key file {file} cannot be made: {error.strerror}",
                      "用 YB_KEY_FILE 另指位置 · name another place with YB_KEY_FILE", "environment") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as f:
        f.write(_text([_fresh(ACTIVE)]))
        f.flush()
        os.fsync(f.fileno())


def _text(keys: list[Key]) -> str:
    note = "keys of a yb_analytics warehouse: keep secret, keep a copy, keep outside the warehouse"
    return json.dumps({"note": note, "keys": [asdict(k) for k in keys]}, ensure_ascii=False, indent=1) + "\n"


def _refuse_exposed(file: Path) -> None:
    """Refuse a key file that anybody but its owner can read or change, or that is another user's."""
    state = file.stat()
    if state.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Refusal(f"密钥文件 {file} 他人可读 · "
                      f"key file {file} is open to other users (mode {stat.S_IMODE(state.st_mode):04o})",
                      "运行 chmod 600；若他人用过本机，再 yb keys rotate · "
                      f"run `chmod 600 {file}`; if others have used this machine, then `yb keys rotate`",
                      "environment")
    if state.st_uid != os.geteuid() and os.geteuid():
        raise Refusal(f"密钥文件 {file} 属于其他用户 · key file {file} belongs to another user",
                      "以其所有者运行，或用 chown 转交 · run as its owner, or give it to this user with `chown`",
                      "environment")


def _parsed(file: Path) -> list[Key]:
    text = file.read_text("utf-8").strip()
    if not text:
        raise ValueError("empty")
    if not text.startswith("{"):  # files of the first release hold the bare secret
        return [Key(key_id(bytes.fromhex(text)), "", ACTIVE, text)]
    return [Key(**k) for k in json.loads(text)["keys"]]


def read_keys(path: Path, make: bool = False) -> list[Key]:
    """All keys of a warehouse, oldest first; with `make` the first one is made where there is no file.

    Raises
    ------
    Refusal
        `environment` if the file is absent, open to others, another user's, damaged or too short.
    """
    file = key_file(path)
    if file.resolve().is_relative_to(path.resolve()):
        raise Refusal(f"密钥文件 {file} 位于仓库之内，复制仓库会带走密钥 · "
                      f"key file {file} lies inside the warehouse: a copy of it would carry its own key",
                      "用 YB_KEY_FILE 指到仓库之外 · name a place outside with YB_KEY_FILE", "environment")
    if make:
        _made(file)
    if not file.is_file():
        raise Refusal(f"没有密钥文件 {file} · no key file {file}",
                      "用 YB_KEY_FILE 指明密钥文件 · name the place of the key file with YB_KEY_FILE",
                      "environment")
    _refuse_exposed(file)
    try:
        keys = _parsed(file)
        short = [k for k in keys if k.secret and len(k.bytes) < BYTES]
    except (ValueError, OSError, KeyError, TypeError) as error:
        raise Refusal(f"密钥文件 {file} 无法读取 · key file {file} cannot be read: {type(error).__name__}",
                      _RESTORE, "environment") from None
    if short or not [k for k in keys if k.state == ACTIVE]:
        zh, en = (f"有短于 {BYTES} 字节的密钥", f"holds a key shorter than {BYTES} bytes") if short else (
            "没有在用的密钥", "holds no key in use")
        raise Refusal(f"密钥文件 {file} {zh} · key file {file} {en}", _RESTORE, "environment")
    if wrong := [k.id for k in keys if k.secret and key_id(k.bytes) != k.id]:
        raise Refusal(f"密钥文件 {file} 中的密钥 {wrong[0]} 与其编号不符 · "
                      f"key file {file}: key {wrong[0]} is not the one of this name", _RESTORE, "environment")
    return keys


def read_key(path: Path) -> bytes:
    """The key in use of a warehouse, made at the first ingest."""
    return in_use(read_keys(path, make=True)).bytes


def in_use(keys: list[Key]) -> Key:
    """The key new deliveries are made with."""
    return [k for k in keys if k.state == ACTIVE][-1]


def key_of(path: Path, name: str) -> bytes:
    """The key of this id, retired ones included; refuses where the file does not hold it or it was destroyed."""
    for key in read_keys(path):
        if key.id == name:
            return key.bytes
    raise Refusal(f"密钥文件中没有密钥 {name} · key file {key_file(path)} does not hold the key {name}",
                  "用 YB_KEY_FILE 指明正确的密钥文件，或恢复它 · name the right file with YB_KEY_FILE, or restore it",
                  "environment")


def refuse_other_key(path: Path, name: str) -> None:
    """Refuse to write with another key than the one the published state was made with (`name`, empty if unknown)."""
    if name and not key_file(path).is_file():
        raise Refusal(f"没有密钥文件，仓库是用密钥 {name} 建立的 · "
                      f"no key file {key_file(path)}: the warehouse was made with the key {name}", _RESTORE,
                      "environment")
    mine = key_id(read_key(path))
    if name and mine != name:
        raise Refusal(f"密钥文件中是 {mine}，仓库用的是 {name}，人员将无法对应 · "
                      f"key file {key_file(path)} holds the key {mine}, the warehouse was made with {name}: persons "
                      "would not be recognised",
                      "用 YB_KEY_FILE 指明正确的文件，或用 yb keys rotate 更换密钥 · "
                      "name the right file with YB_KEY_FILE, or change the key with `yb keys rotate`",
                      "environment")


def write_keys(path: Path, keys: list[Key]) -> None:
    """Replace the key file by one rename, owner-only throughout."""
    file = key_file(path)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as f:
            f.write(_text(keys))
            f.flush()
            os.fsync(f.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def begin_rotation(path: Path) -> Key:
    """The next key, kept in the file before it is used; an earlier rotation that did not end goes on with its own."""
    keys = read_keys(path)
    waiting = [k for k in keys if k.state == NEXT]
    if waiting:
        return waiting[-1]
    write_keys(path, [*keys, _fresh(NEXT)])
    return read_keys(path)[-1]


def end_rotation(path: Path, name: str) -> None:
    """Put the key of this id in use and retire the one before."""
    keys = [replace(k, state=ACTIVE) if k.id == name else
            replace(k, state=RETIRED) if k.state == ACTIVE else k for k in read_keys(path)]
    write_keys(path, keys)


def destroy(path: Path, name: str) -> None:
    """Remove the secret of a retired key for good; its id and dates stay."""
    keys = read_keys(path)
    found = [k for k in keys if k.id == name]
    if not found or found[0].state != RETIRED:
        state = found[0].state if found else "unknown"
        raise Refusal(f"密钥 {name} 未停用，只能销毁已停用的密钥 · "
                      f"key {name} is {state}: only a retired key can be destroyed",
                      "见 yb keys · see `yb keys`", "usage")
    write_keys(path, [replace(k, state=DESTROYED, secret="") if k.id == name else k for k in keys])

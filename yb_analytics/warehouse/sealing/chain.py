"""All manifests of a warehouse, followed from the first to the newest; what is wrong is collected, not raised."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from yb_analytics.schema import Refusal
from yb_analytics.warehouse import manifest as manifests
from yb_analytics.warehouse.manifest import HEAD, OLD, WHAT, Manifest, file_of
from yb_analytics.warehouse.sealing.damage import Damage
from yb_analytics.warehouse.sealing.records import (
    NO_KEY,
    OTHER_KEY,
    PROVEN,
    UNSEALED,
    Record,
    head_folder,
    read_head,
    refuse,
    sealing_keys,
)

UNCHECKED = "未核对链（没有密钥文件） · chain not checked (no key file)"


@dataclass
class Chain:
    """Manifests that can be read, by version, and what is wrong with the others.

    Attributes
    ----------
    found
        Readable manifests by version.
    text
        Whether the chain was proven with the key, in a sentence.
    """

    path: Path
    found: dict[int, Manifest] = field(default_factory=dict)
    damages: list[Damage] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    text: str = UNCHECKED

    def lost(self, kind: str, told: str) -> None:
        """Note a damage."""
        self.damages.append(Damage(kind, str(self.path / "manifests"), told=told))

    def wrong(self, version: int, problem: str) -> None:
        """Note a damaged manifest."""
        file = file_of(self.path, version)
        self.damages.append(Damage("manifest", str(file), told=refuse(WHAT, file, problem).cause))


def followed(path: Path) -> Chain:
    """Read every manifest there is or was."""
    out, head = Chain(path), None
    try:
        head = read_head(path, HEAD)
    except Refusal as refusal:
        out.lost("head", refusal.cause)
    known = manifests.versions(path)
    newest = max([*known[-1:], head.body["version"] if head else 0])
    for version in range(1, newest + 1):
        if version not in known:
            turned = "（被删除，或仓库被回退）|is missing (deleted, or the warehouse was turned back)"
            out.wrong(version, f"缺失{turned}" if version > max(known, default=0) else "缺失|is missing")
            continue
        try:
            out.found[version] = manifests.made_of(path, version)
        except Refusal as refusal:
            out.damages.append(Damage("manifest", str(file_of(path, version)), told=refusal.cause))
    _links(out)
    _head(out, head)
    _seals(out)
    return out


def _links(out: Chain) -> None:
    for version, manifest in out.found.items():
        before = out.found.get(version - 1)
        if manifest.previous != (before.chain if before else "") and (before or version == 1):
            out.wrong(version, "与前一份清单不相接|does not follow the one before")
        if before and manifest.state == OLD and before.state != OLD:
            out.wrong(version, "没有封印|bears no seal")


def _head(out: Chain, head: Record | None) -> None:
    if head is None:
        if any(d.kind == "head" for d in out.damages):
            return
        told = (f"链头记录 {head_folder(out.path)} 不在，无法排除回退 · the head record is not here: "
                "that the warehouse was turned back cannot be excluded")
        newest = out.found.get(max(out.found, default=0))
        if newest and newest.state not in (OLD, NO_KEY):
            out.lost("head", told)
        else:
            out.notes.append(told)
        return
    named = out.found.get(head.body["version"])
    if named and named.chain != head.body["manifest"]:
        out.wrong(named.version, "不是当时发布的那一份|is not the one that was published")
    if head.state in (UNSEALED, OTHER_KEY):
        out.lost("head", "链头记录没有可核对的封印 · the head record bears no seal that can be checked")


def _seals(out: Chain) -> None:
    """The newest manifest bears a seal of a key at hand; it proves those it follows."""
    keys = sealing_keys(out.path)
    newest = out.found.get(max(out.found, default=0))
    if newest is None or not keys:
        return
    if newest.state == OLD:
        out.text = "未加封（首版仓库，下一次接入时加封） · not sealed yet (first release; the next ingest seals it)"
    elif newest.state == PROVEN:
        if any(d.kind in ("manifest", "head") for d in out.damages):
            out.text = "链不完整 · the chain is broken"
        else:
            out.text = f"链经密钥 {newest.sealed_by} 核对无误 · chain proven with key {newest.sealed_by}"
    else:
        out.text = "链未能核对 · the chain could not be proven"
        out.wrong(newest.version, "没有封印|bears no seal" if newest.state == UNSEALED else
                  "的封印不属于手头的任何密钥|bears the seal of a key that is not at hand")

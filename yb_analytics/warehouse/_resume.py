"""What a killed ingest had already read need not be read again.

Every delivery that was decoded leaves a page beside its rows in the staging folder: by which program it was read,
what the reader found, and the SHA-256 of the rows. The next ingest takes the rows over if the same bytes are
delivered under the same name, the rows are what was written, and the program has not changed; anything else in the
folder is removed. What an ingest has read is not published: taking it over saves time and changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa

from yb_analytics.warehouse.manifest import file_sha256
from yb_analytics.warehouse.reading.batches import RAW, Raw

_PAGE = ".page.json"


@cache
def _program() -> str:
    """Hash of everything that decides how a delivery is read."""
    done = hashlib.sha256(f"{duckdb.__version__} {pa.__version__}".encode())
    package = Path(__file__).parents[1]
    for file in sorted(f for shelf in ("schema", "warehouse") for f in (package / shelf).rglob("*.py")):
        done.update(file.read_bytes())
    return done.hexdigest()


def _page_of(staging: Path, sha256: str) -> Path:
    return staging / f"{sha256}{_PAGE}"


def note(staging: Path, raw: Raw) -> None:
    """Note that a delivery is read; the page appears whole or not at all."""
    found = {k: sorted(v) if isinstance(v, frozenset) else v for k, v in asdict(raw).items()}
    body = {"program": _program(), "rows": file_sha256(raw.parquet), "raw": found}
    draft = staging / f"{raw.sha256}.draft"
    draft.write_text(json.dumps(body, ensure_ascii=False, default=str), "utf-8")
    draft.replace(_page_of(staging, raw.sha256))


def taken_over(staging: Path, source: Path, sha256: str, name: str) -> Raw | None:
    """What a killed ingest had read of the same delivery, `None` if there is nothing that still holds."""
    page = _page_of(staging, sha256)
    if not page.is_file():
        return None
    try:
        body = json.loads(page.read_text("utf-8"))
        found = body["raw"]
        parquet = staging / Path(found["parquet"]).name
        if body["program"] != _program() or found["name"] != name or file_sha256(parquet) != body["rows"]:
            return None
        return Raw(**found | {"source": source, "parquet": parquet, "long_numbers": frozenset(found["long_numbers"]),
                              "malformed": [(line, why) for line, why in found["malformed"]]})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def clear(staging: Path) -> None:
    """Make the staging folder, its owner's alone; of what a killed ingest left, deliveries that were read stay."""
    staging.mkdir(mode=0o700, exist_ok=True)
    read = {f.name.removesuffix(_PAGE) for f in staging.glob(f"*{_PAGE}")}
    for left in staging.iterdir():
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        elif left.name.removesuffix(_PAGE).removesuffix(RAW) not in read:
            left.unlink()

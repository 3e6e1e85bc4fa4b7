"""The pins agree with one another: pyproject.toml, environment.yml, requirements.lock."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version

import pytest

from tests.pins import ROOT, environment

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINS = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["lab"], *PROJECT["optional-dependencies"]["dev"]]


def _name(pin: str) -> str:
    return re.split(r"[\[<>=~! ;]", pin)[0].lower().replace("_", "-")


def test_environment_yml_is_generated():
    assert (ROOT / "environment.yml").read_text(encoding="utf-8") == environment(), "run `make lock`"


@pytest.mark.parametrize("pin", PINS)
def test_every_pin_is_locked(pin):
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    found = re.search(rf"^{re.escape(_name(pin))}==(\S+)", lock, re.MULTILINE)
    assert found, f"{pin} is not in requirements.lock: run `make lock`"
    exact = re.search(r"==([\w.]+)", pin)
    if exact:
        assert found[1] == exact[1]


def test_lock_is_hashed_and_has_no_address():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock and "--index-url" not in lock
    for block in re.split(r"\n(?=[a-z0-9])", lock):
        if re.match(r"[a-z0-9][a-z0-9._-]*==", block):
            assert "--hash=sha256:" in block, block.splitlines()[0]


def test_duckdb_stays_below_two():
    """ibis 12 does not run on duckdb 2 (`fetch_record_batch` is gone)."""
    assert int(version("duckdb").split(".")[0]) < 2
